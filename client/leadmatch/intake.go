package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client/rematch"
	"github.com/leadmatch/leadmatch/client/rows"
)

// readFlags say how a file of rows is read.
type readFlags struct {
	Map         map[string]string `help:"Columns that are not known by themselves: 'Firma=company'. An empty field leaves a column out." placeholder:"COLUMN=FIELD" mapsep:"none"`
	Strict      bool              `help:"Refuse unknown columns and keys and text that is not UTF-8, and stop at the first row that cannot be read."`
	FailFast    bool              `help:"Stop at the first row that cannot be read or is refused."`
	InputFormat string            `help:"csv or jsonl; otherwise told by the file's name, or by how it begins." placeholder:"FORMAT" name:"input-format"`
	Encoding    string            `help:"utf-8, utf-16 or windows-1252; otherwise told by how the file begins." placeholder:"NAME"`
}

func (f *readFlags) failFast() bool { return f.FailFast || f.Strict }

// maxNamed is how many rows are named one by one; beyond them they are only counted.
const maxNamed = 20

// intake reads the rows of files, one after the other, names those that cannot be read, and knows the places of those on
// their way.
type intake[T comparable] struct {
	app    *app
	flags  *readFlags
	opts   rows.Options
	format rows.InputOptions
	open   func(*rows.Input, *rows.Options) (*rows.Reader[T], error)
	inputs []rematch.Input
	extra  bool // what is of no field is used, too
	digest bool // places have a digest; rows are messages then
	hash   xxhash.Digest
	buf    []byte

	in      *rows.Input // the file at hand
	reader  *rows.Reader[T]
	skipped bool     // the rows at hand were read before
	notes   []string // about files that have been read

	mu      sync.Mutex          // guards the rest, and in for those who do not read
	at      rematch.Place       // of the row that was read last
	places  map[T]rematch.Place // of rows that were read and not yet settled
	before  int64               // bytes of the files before the one at hand
	refused int                 // rows that the server did not take
	mended  int
	named   int
}

func newIntake[T comparable](
	a *app, paths []string, flags *readFlags, opts rows.Options,
	open func(*rows.Input, *rows.Options) (*rows.Reader[T], error),
) (*intake[T], error) {
	format, err := rows.ParseFormat(flags.InputFormat)
	if err != nil {
		return nil, usagef("--input-format: %w", err)
	}
	encoding, err := rows.ParseEncoding(flags.Encoding)
	if err != nil {
		return nil, usagef("--encoding: %w", err)
	}
	k := &intake[T]{
		app: a, flags: flags, opts: opts, open: open, format: rows.InputOptions{Format: format, Encoding: encoding},
		extra: opts.Extra, places: map[T]rematch.Place{},
	}
	k.opts.Map, k.opts.Strict, k.opts.Mended = flags.Map, flags.Strict, k.noteMended
	for i := range paths {
		// The last to be opened is the first to be read; what is wrong with the others is better said at once.
		if err := k.tryFile(paths, len(paths)-1-i); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// tryFile opens one of the files, and closes it again unless it is the first.
func (k *intake[T]) tryFile(paths []string, i int) error {
	if k.inputs == nil {
		k.inputs = make([]rematch.Input, len(paths))
	}
	k.inputs[i].Name = paths[i]
	if paths[i] == "-" && len(paths) > 1 {
		return usagef("'-', standard input, is read alone, not with other files")
	}
	if err := k.openFile(i); err != nil {
		return err
	}
	k.inputs[i].Size = k.in.Size
	if i > 0 {
		return k.in.Close()
	}
	return nil
}

func (k *intake[T]) openFile(i int) error {
	in, err := rows.Open(k.inputs[i].Name, k.format, k.app.stdin)
	if err != nil {
		return err
	}
	reader, err := k.open(in, &k.opts)
	if err != nil {
		in.Close()
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.in, k.reader = in, reader
	return nil
}

// nextFile goes on with the next file; io.EOF when there is none.
func (k *intake[T]) nextFile() error {
	if k.at.File+1 == len(k.inputs) {
		return io.EOF
	}
	k.endFile()
	k.mu.Lock()
	k.before += k.in.Size
	k.at.File, k.at.Line = k.at.File+1, 0
	k.mu.Unlock()
	return k.openFile(k.at.File)
}

// next returns the next row that can be read; io.EOF is the end.
func (k *intake[T]) next() (T, error) {
	for {
		row, err := k.reader.Read()
		var bad *rows.RowError
		switch {
		case err == nil:
			return row, k.place(row)
		case err == io.EOF:
			err = k.nextFile()
		case errors.As(err, &bad) && !k.flags.failFast():
			k.skip(bad)
			err = nil
		}
		if err != nil {
			return row, err
		}
	}
}

// place notes where the row was read.
func (k *intake[T]) place(row T) (err error) {
	if k.digest {
		if k.buf, err = (proto.MarshalOptions{Deterministic: true}).MarshalAppend(k.buf[:0], any(row).(proto.Message)); err != nil {
			k.buf = fmt.Append(k.buf[:0], row) // a text that is no UTF-8, which is mended before it is sent
		}
		_, _ = k.hash.Write(binary.AppendUvarint(k.buf, uint64(len(k.buf)))) // never fails
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at.Leads++
	k.at.Line = k.reader.Line()
	if k.digest {
		k.at.Digest = k.hash.Sum64()
	}
	if !k.skipped {
		k.places[row] = k.at
	}
	return nil
}

// skipTo reads up to a place where an earlier run was. What is read must be what was read then.
func (k *intake[T]) skipTo(at rematch.Place) error {
	k.skipped = true
	defer func() { k.skipped = false }()
	for k.at.Leads < at.Leads {
		if _, err := k.next(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if k.at != at {
		return fmt.Errorf("the %s before %s:%d are not those that were decided before; they have to be, to go on",
			count(at.Leads, "lead"), k.inputs[at.File].Name, at.Line)
	}
	return nil
}

// skipRest reads to the end, where there are no more rows that can be read.
func (k *intake[T]) skipRest() error {
	k.skipped = true
	switch _, err := k.next(); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("there are more leads than were decided before")
	default:
		return err
	}
}

// all yields the rows that can be read.
func (k *intake[T]) all() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			row, err := k.next()
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (k *intake[T]) skip(bad *rows.RowError) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at.Unread++
	k.name(bad.Error())
}

func (k *intake[T]) noteMended(line int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mended++
	k.name(fmt.Sprintf("%s:%d: not valid UTF-8; what is not was replaced by U+FFFD (another encoding: --encoding)", k.in.Name, line))
}

// name tells what is wrong with a row, until there are too many. The caller holds mu.
func (k *intake[T]) name(message string) {
	if k.skipped {
		return
	}
	if k.named++; k.named <= maxNamed {
		k.app.tell("leadmatch: " + message)
	}
}

// Settle forgets a row that is done, and returns where it was.
func (k *intake[T]) Settle(row T) rematch.Place {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := k.places[row]
	delete(k.places, row)
	return at
}

// Refuse names a row that the server did not take, and returns an error when that is to be the end.
func (k *intake[T]) Refuse(at rematch.Place, why error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := &rows.RowError{Name: k.inputs[at.File].Name, Line: at.Line, Err: why}
	if k.flags.failFast() {
		return err
	}
	k.refused++
	k.name(err.Error())
	return nil
}

// position is how many bytes of the files have been read, and of how many; 0 where that is not known. Any goroutine may
// ask.
func (k *intake[T]) position() (read, of int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, in := range k.inputs {
		of += in.Size
	}
	return k.before + k.in.Offset(), of
}

// endFile closes the file at hand and keeps what is to be said about it.
func (k *intake[T]) endFile() {
	k.in.Close()
	of := ""
	if len(k.inputs) > 1 {
		of = " of " + k.in.Name
	}
	if k.in.Encoding != rows.UTF8 {
		k.notes = append(k.notes, fmt.Sprintf("%s was read as %s", k.in.Name, k.in.Encoding))
	}
	if names := k.reader.Unknown(); len(names) > 0 && !k.extra {
		k.notes = append(k.notes, fmt.Sprintf("not used%s: %s", of, describeUnknown(names, k.at.Leads)))
	}
}

// close sums up what was not as it should be; the error is for the exit code.
func (k *intake[T]) close() error {
	k.endFile()
	for _, note := range k.notes {
		k.app.note("%s", note)
	}
	if hidden := k.named - maxNamed; hidden > 0 {
		k.app.note("%s more like these were not shown", thousands(hidden))
	}
	var parts []string
	if k.at.Unread > 0 {
		parts = append(parts, count(k.at.Unread, "row")+" could not be read")
	}
	if k.refused > 0 {
		parts = append(parts, count(k.refused, "row")+" refused by the server")
	}
	if len(parts) == 0 {
		return nil
	}
	return partlyError{errors.New(strings.Join(parts, ", "))}
}

// describeUnknown names the columns and keys that were not read, not all when there are many. In how many rows they
// held something is said where it is not all.
func describeUnknown(names []rows.UnknownName, all int) string {
	const most = 20
	var shown []string
	for _, u := range names[:min(most, len(names))] {
		name := rows.Printable(u.Name)
		if u.Rows < all {
			name += fmt.Sprintf(" (%s)", count(u.Rows, "row"))
		}
		shown = append(shown, name)
	}
	if more := len(names) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}
