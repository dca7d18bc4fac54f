package decisionlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/cespare/xxhash/v2"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// What one reading may cost, beside opening as many files as there are.
const (
	maxRead  = 8 << 20  // bytes of the log that are looked at
	maxFound = 2 << 20  // bytes of lines that are returned
	maxLine  = 64 << 10 // longer than any that is written; what is longer is left out
)

// Query says what to read.
type Query struct {
	From      Place                  // where to go on; zero: at the newest
	Most      int                    // decisions, at least 1
	Decisions []leadmatchv1.Decision // only these; empty: all
}

// Place is between two lines of the log. It holds as long as the file is there, whatever it is called by then.
type Place struct {
	mark   uint64 // of the file
	before int64  // byte
}

// String returns what ParsePlace reads.
func (p Place) String() string {
	return string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, p.mark), uint64(p.before)))
}

// ParsePlace reads what String returns.
func ParsePlace(text string) (p Place, ok bool) {
	if len(text) != 16 {
		return Place{}, false
	}
	p = Place{binary.BigEndian.Uint64([]byte(text)), int64(binary.BigEndian.Uint64([]byte(text[8:])))}
	return p, p.before >= 0
}

// Read returns decisions, newest first, and where to go on; the zero Place says that there are no more. There may be
// fewer than asked for, or none, and still more to come: the work is bounded. Lines that nobody here wrote are left out.
// Decisions that are still in memory are not found, nor any once the place's file has been deleted.
func (l *Log) Read(q Query) (found []*leadmatchv1.LoggedDecision, next Place, err error) {
	newest, ended, err := l.file.list()
	if err != nil {
		return nil, Place{}, err
	}
	r := &reading{Query: q, begun: q.From == Place{}, kinds: kindsOf(q.Decisions), buf: make([]byte, maxLine)}
	more, err := r.file(newest)
	for i := len(ended) - 1; i >= 0 && more && err == nil; i-- {
		f, missing := os.Open(ended[i])
		if errors.Is(missing, fs.ErrNotExist) {
			break // it was deleted just now, and those before it
		}
		if err = missing; err == nil {
			more, err = r.file(f)
		}
	}
	return r.found, r.next, err
}

// reading is a Read that is under way.
type reading struct {
	Query
	kinds [][]byte // one of which a line that is asked for has; none: all lines are
	buf   []byte
	begun bool // the file of From was met

	read, kept int // bytes
	found      []*leadmatchv1.LoggedDecision
	next       Place
}

// kindsOf returns how decisions stand in a line. A text in quotes cannot hold it, as its own quotes are escaped.
func kindsOf(decisions []leadmatchv1.Decision) (kinds [][]byte) {
	for _, d := range decisions {
		kinds = append(kinds, []byte(`"decision":"`+Name(d)+`"`))
	}
	return kinds
}

func (r *reading) full() bool { return len(r.found) >= r.Most || r.kept >= maxFound }

// file reads a file from its end, or from the place, and closes it; more says that the one before it is to be read.
func (r *reading) file(f *os.File) (more bool, err error) {
	if f == nil {
		return true, nil
	}
	defer f.Close()
	var head [64]byte // less than any line has; it begins with the time in nanoseconds, which no other file does
	if _, err := f.ReadAt(head[:], 0); err == io.EOF {
		return true, nil
	} else if err != nil {
		return false, err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	mark := xxhash.Sum64(head[:])
	if !r.begun {
		if mark != r.From.mark {
			return true, nil
		}
		r.begun, end = true, min(end, r.From.before)
	}
	for end > 0 && !r.full() && r.read < maxRead {
		if end, err = r.block(f, end); err != nil {
			return false, err
		}
	}
	if end > 0 {
		r.next = Place{mark, end}
	}
	return end == 0, nil
}

// block takes the lines that end in the block before a byte, last first, and returns where the first of them begins.
func (r *reading) block(f *os.File, end int64) (begin int64, err error) {
	from := max(0, end-maxLine)
	text := r.buf[:end-from]
	if _, err := f.ReadAt(text, from); err != nil {
		return 0, err
	}
	r.read += len(text)
	for len(text) > 0 && !r.full() {
		at := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
		if at == 0 && from > 0 && int64(len(text)) < end-from {
			break // it begins in the block before
		}
		r.line(text[at:])
		text = text[:at]
	}
	return from + int64(len(text)), nil
}

// line takes a line, if it is one, whole, and asked for.
func (r *reading) line(text []byte) {
	if text[len(text)-1] != '\n' || r.kinds != nil && !slices.ContainsFunc(r.kinds, func(k []byte) bool { return bytes.Contains(text, k) }) {
		return
	}
	d := decode(text)
	if d == nil || r.kinds != nil && !slices.Contains(r.Decisions, d.GetOutcome().GetDecision()) { // it may be the shadow's
		return
	}
	r.found = append(r.found, d)
	r.kept += len(text)
}
