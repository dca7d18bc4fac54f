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
// order. Not for use by several goroutines at once.
//
// The records are the outcomes, each after its length. The table is open addressing: slots of a hash of the lead's id and
// where its record is, plus one; zero is a free slot. The highest bit says that there are several of the lead.
type Previous struct {
	records, table *os.File
	mask           uint64 // slots - 1
	digest         uint64
	count          int
	least          uint64 // see Revision
	buf            []byte
}

const (
	slotBytes   = 16
	lengthBytes = 4
	recordRead  = 512 // most records are shorter, and are read at once
	several     = 1 << 63
)

// ReadPrevious keeps the outcomes, whose versions only where they say what they have read. Of several of one lead, the last counts. Whoever calls it closes what it returns.
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
	for o, err := range outcomes {
		if err != nil {
			return 0, err
		}
		if len(o.GetReads()) > 0 {
			p.least = min(p.least, o.GetVersions().GetRevision())
		} else {
			o.Versions = nil
		}
		p.buf = append(p.buf[:0], make([]byte, lengthBytes)...)
		if p.buf, err = (proto.MarshalOptions{Deterministic: true}).MarshalAppend(p.buf, o); err != nil {
			return 0, fmt.Errorf("lead %q: %w", o.GetLeadId(), err)
		}
		binary.LittleEndian.PutUint32(p.buf, uint32(len(p.buf)-lengthBytes))
		_, _ = digest.Write(p.buf) // never fails
		if _, err := w.Write(p.buf); err != nil {
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
	for at := uint64(0); ; {
		var length [lengthBytes]byte
		if _, err := io.ReadFull(r, length[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		body := make([]byte, binary.LittleEndian.Uint32(length[:]))
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		var o leadmatchv1.Outcome
		if err := proto.Unmarshal(body, &o); err != nil {
			return err
		}
		slot, old, _, err := p.find(o.GetLeadId())
		if err != nil {
			return err
		}
		entryAt := at + 1
		if old == nil {
			p.count++
		} else {
			entryAt |= several
		}
		var entry [slotBytes]byte
		binary.LittleEndian.PutUint64(entry[:], xxhash.Sum64String(o.GetLeadId()))
		binary.LittleEndian.PutUint64(entry[8:], entryAt)
		if _, err := p.table.WriteAt(entry[:], int64(slot)*slotBytes); err != nil {
			return err
		}
		at += lengthBytes + uint64(len(body))
	}
}

// Find returns the lead's outcome; nil when there was none.
func (p *Previous) Find(lead string) (*leadmatchv1.Outcome, error) {
	_, o, _, err := p.find(lead)
	return o, err
}

// FindOne returns the lead's outcome; nil when there was none, or several, which may be of different leads.
func (p *Previous) FindOne(lead string) (*leadmatchv1.Outcome, error) {
	_, o, others, err := p.find(lead)
	if others {
		return nil, err
	}
	return o, err
}

// find returns the lead's slot, or the one that it would have, its outcome, and whether it had others.
func (p *Previous) find(lead string) (slot uint64, o *leadmatchv1.Outcome, others bool, err error) {
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
		if o, err = p.record(int64(at&^several - 1)); err != nil || o.GetLeadId() == lead {
			return slot, o, at&several != 0, err
		}
	}
}

func (p *Previous) record(at int64) (*leadmatchv1.Outcome, error) {
	p.buf = append(p.buf[:0], make([]byte, recordRead)...)
	n, err := p.records.ReadAt(p.buf, at)
	if n < lengthBytes {
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	size := lengthBytes + int(binary.LittleEndian.Uint32(p.buf))
	if size > n {
		p.buf = append(p.buf[:0], make([]byte, size)...)
		if _, err := p.records.ReadAt(p.buf, at); err != nil {
			return nil, err
		}
	}
	var o leadmatchv1.Outcome
	return &o, proto.Unmarshal(p.buf[lengthBytes:size], &o)
}
