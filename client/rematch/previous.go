package rematch

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Previous is the outcomes of before, by lead, in two temporary files: they may be more than memory holds, and in any
// order. Any number of goroutines may look for outcomes at once.
//
// The records are the leads' ids and the outcomes, after the lengths of both. The table is open addressing: slots of a hash of the lead's id and
// where its record is, plus one; zero is a free slot. The highest bit says that there are several of the lead.
type Previous struct {
	records, table *os.File
	mask           uint64 // slots - 1
	digest         uint64
	count          int
	least          uint64 // see Revision
}

const (
	slotBytes  = 16
	headBytes  = 8
	recordRead = 512 // most records are shorter, and are read at once
	several    = 1 << 63
)

// head is what a record begins with: how long the id is, and the outcome.
type head struct{ id, outcome int }

func headOf(b []byte) head {
	return head{int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[headBytes/2:]))}
}

func (h head) bytes() int { return headBytes + h.id + h.outcome }

// ReadPrevious keeps the outcomes, whose versions only where they say what they have read. Of several of one lead, the last
// counts. Whoever calls it closes what it returns.
func ReadPrevious(outcomes iter.Seq2[*leadmatchv1.Outcome, error]) (_ *Previous, err error) {
	p := &Previous{least: math.MaxUint64}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.records, err = tempFile(); err != nil {
		return nil, err
	}
	if p.table, err = tempFile(); err != nil {
		return nil, err
	}
	n, err := p.writeRecords(outcomes)
	if err != nil {
		return nil, err
	}
	slots := uint64(16)
	for slots < 2*uint64(n) {
		slots *= 2
	}
	p.mask = slots - 1
	if err := p.table.Truncate(int64(slots) * slotBytes); err != nil {
		return nil, err
	}
	return p, p.fillTable()
}

// tempFile returns a file that has no name, where the system allows it: whatever ends the process, it is gone.
func tempFile() (*os.File, error) {
	f, err := os.CreateTemp("", "leadmatch-previous-")
	if err == nil {
		_ = os.Remove(f.Name()) // else Close does
	}
	return f, err
}

// Close removes the files.
func (p *Previous) Close() {
	for _, f := range []*os.File{p.records, p.table} {
		if f != nil {
			f.Close()
			_ = os.Remove(f.Name())
		}
	}
}

// Digest tells these outcomes from others.
func (p *Previous) Digest() uint64 { return p.digest }

// Revision returns the least revision of the outcomes that say what they have read; false when none does.
func (p *Previous) Revision() (least uint64, ok bool) { return p.least, p.least != math.MaxUint64 }

// Len is how many leads there are outcomes of.
func (p *Previous) Len() int { return p.count }

func (p *Previous) writeRecords(outcomes iter.Seq2[*leadmatchv1.Outcome, error]) (n int, err error) {
	w := bufio.NewWriterSize(p.records, 1<<20)
	digest := xxhash.New()
	var buf []byte
	for o, err := range ahead(outcomes) {
		if err != nil {
			return 0, err
		}
		if len(o.GetReads()) > 0 {
			p.least = min(p.least, o.GetVersions().GetRevision())
		} else {
			o.Versions = nil
		}
		buf = append(append(buf[:0], make([]byte, headBytes)...), o.GetLeadId()...)
		if buf, err = (proto.MarshalOptions{Deterministic: true}).MarshalAppend(buf, o); err != nil {
			return 0, fmt.Errorf("lead %q: %w", o.GetLeadId(), err)
		}
		binary.LittleEndian.PutUint32(buf, uint32(len(o.GetLeadId())))
		binary.LittleEndian.PutUint32(buf[headBytes/2:], uint32(len(buf)-headBytes-len(o.GetLeadId())))
		_, _ = digest.Write(buf) // never fails
		if _, err := w.Write(buf); err != nil {
			return 0, err
		}
		n++
	}
	p.digest = digest.Sum64()
	return n, w.Flush()
}

func (p *Previous) fillTable() error {
	if _, err := p.records.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(p.records, 1<<20)
	var id []byte
	for at := uint64(0); ; {
		var begin [headBytes]byte
		if _, err := io.ReadFull(r, begin[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		h := headOf(begin[:])
		id = append(id[:0], make([]byte, h.id)...)
		if _, err := io.ReadFull(r, id); err != nil {
			return err
		}
		if _, err := r.Discard(h.outcome); err != nil {
			return err
		}
		if err := p.enter(string(id), at+1); err != nil {
			return err
		}
		at += uint64(h.bytes())
	}
}

// enter makes a lead's slot say where its record is.
func (p *Previous) enter(lead string, where uint64) error {
	slot, old, _, err := p.find(lead)
	if err != nil {
		return err
	}
	if old == nil {
		p.count++
	} else {
		where |= several
	}
	var entry [slotBytes]byte
	binary.LittleEndian.PutUint64(entry[:], xxhash.Sum64String(lead))
	binary.LittleEndian.PutUint64(entry[8:], where)
	_, err = p.table.WriteAt(entry[:], int64(slot)*slotBytes)
	return err
}

// Find returns the lead's outcome; nil when there was none.
func (p *Previous) Find(lead string) (*leadmatchv1.Outcome, error) {
	_, record, _, err := p.find(lead)
	return outcomeIn(record, err)
}

// FindOne returns the lead's outcome; nil when there was none, or several, which may be of different leads.
func (p *Previous) FindOne(lead string) (*leadmatchv1.Outcome, error) {
	_, record, others, err := p.find(lead)
	if others {
		return nil, err
	}
	return outcomeIn(record, err)
}

// outcomeIn returns the outcome in a record; nil where there is no record.
func outcomeIn(record []byte, err error) (*leadmatchv1.Outcome, error) {
	if record == nil || err != nil {
		return nil, err
	}
	o := &leadmatchv1.Outcome{}
	return o, proto.Unmarshal(record[headBytes+headOf(record).id:], o)
}

// find returns the lead's slot, or the one that it would have, its record, nil when there is none, and whether it had others.
func (p *Previous) find(lead string) (slot uint64, record []byte, others bool, err error) {
	hash := xxhash.Sum64String(lead)
	for slot = hash & p.mask; ; slot = (slot + 1) & p.mask {
		var entry [slotBytes]byte
		if _, err := p.table.ReadAt(entry[:], int64(slot)*slotBytes); err != nil {
			return 0, nil, false, err
		}
		at := binary.LittleEndian.Uint64(entry[8:])
		if at == 0 {
			return slot, nil, false, nil
		}
		if binary.LittleEndian.Uint64(entry[:]) != hash {
			continue
		}
		if record, err = p.record(int64(at&^several - 1)); err != nil {
			return slot, nil, false, err
		}
		if string(record[headBytes:][:headOf(record).id]) == lead {
			return slot, record, at&several != 0, nil
		}
	}
}

func (p *Previous) record(at int64) ([]byte, error) {
	b := make([]byte, recordRead)
	n, err := p.records.ReadAt(b, at)
	if n < headBytes {
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	size := headOf(b).bytes()
	if size > n {
		b = make([]byte, size)
		if _, err := p.records.ReadAt(b, at); err != nil {
			return nil, err
		}
	}
	return b[:size], nil
}
