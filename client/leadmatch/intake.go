package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

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

// intake reads the rows of a file, names those that cannot be read, and knows the lines of those on their way.
type intake[T comparable] struct {
	app    *app
	flags  *readFlags
	in     *rows.Input
	reader *rows.Reader[T]
	extra  bool // what is of no field is used, too

	mu      sync.Mutex // guards the rest
	lines   map[T]int  // of rows that were read and not yet settled
	read    int
	unread  int // rows that could not be read
	refused int // rows that the server did not take
	mended  int
	named   int
}

func newIntake[T comparable](
	a *app, path string, flags *readFlags, opts rows.Options,
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
	in, err := rows.Open(path, rows.InputOptions{Format: format, Encoding: encoding}, a.stdin)
	if err != nil {
		return nil, err
	}
	k := &intake[T]{app: a, flags: flags, in: in, extra: opts.Extra, lines: map[T]int{}}
	opts.Map, opts.Strict, opts.Mended = flags.Map, flags.Strict, k.noteMended
	if k.reader, err = open(in, &opts); err != nil {
		in.Close()
		return nil, err
	}
	return k, nil
}

// all yields the rows that can be read.
func (k *intake[T]) all() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			row, err := k.reader.Read()
			if err == io.EOF {
				return
			}
			var bad *rows.RowError
			if errors.As(err, &bad) && !k.flags.failFast() {
				k.skip(bad)
				continue
			}
			if err != nil {
				yield(row, err)
				return
			}
			k.mu.Lock()
			k.read++
			k.lines[row] = k.reader.Line()
			k.mu.Unlock()
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (k *intake[T]) skip(bad *rows.RowError) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unread++
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
	if k.named++; k.named <= maxNamed {
		k.app.tell("leadmatch: " + message)
	}
}

// settle forgets a row that is done.
func (k *intake[T]) settle(row T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.lines, row)
}

// refuse names a row that the server did not take, and returns an error when that is to be the end.
func (k *intake[T]) refuse(row T, why error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := &rows.RowError{Name: k.in.Name, Line: k.lines[row], Err: why}
	delete(k.lines, row)
	if k.flags.failFast() {
		return err
	}
	k.refused++
	k.name(err.Error())
	return nil
}

// close sums up what was not as it should be; the error is for the exit code.
func (k *intake[T]) close() error {
	k.in.Close()
	if k.in.Encoding != rows.UTF8 {
		k.app.note("%s was read as %s", k.in.Name, k.in.Encoding)
	}
	if hidden := k.named - maxNamed; hidden > 0 {
		k.app.note("%s more like these were not shown", thousands(hidden))
	}
	if names := k.reader.Unknown(); len(names) > 0 && !k.extra {
		k.app.note("not used: %s", describeUnknown(names, k.read))
	}
	var parts []string
	if k.unread > 0 {
		parts = append(parts, count(k.unread, "row")+" could not be read")
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
