package rows

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Options say how rows are read. The zero value, and nil, read what can be read.
type Options struct {
	// Map names the fields of columns or keys that are not known by themselves: {"Firma": "company"}. An empty field
	// means that the column is not to be read.
	Map map[string]string
	// Strict refuses what is otherwise ignored or mended: unknown columns and keys, invalid UTF-8.
	Strict bool
	// Raw keeps the ' before what a spreadsheet would run as a formula, as if it were part of the value.
	Raw bool
	// Extra keeps what is of no field of a row, for Reader.Extra. Strict then takes no offence at it.
	Extra bool
	// Text keeps each row as it stands in the file, for Reader.Text.
	Text bool
	// Mended is called for each row that held invalid UTF-8, which was replaced.
	Mended func(line int)
}

// RowError is a row that cannot be read. The next one can.
type RowError struct {
	Name string // the file's
	Line int    // where the row begins, from 1
	Err  error
}

// FieldError is what is wrong with one field of a row; a RowError wraps it.
type FieldError struct {
	Field string // as the row names it
	Err   error  // what was expected
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }
func (e *FieldError) Unwrap() error { return e.Err }

func (e *RowError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err) }
func (e *RowError) Unwrap() error { return e.Err }

// UnknownName is a column or key that is not read, and in how many rows it held something.
type UnknownName struct {
	Name string
	Rows int
}

// Value is a value that is of no field of its row.
type Value struct{ Name, Text string }

// Reader reads rows of one kind. Not for use by several goroutines at once.
type Reader[T any] struct {
	in     *Input
	opts   Options
	schema *schema[T]
	check  func(T) error
	lines  *lineReader
	line   int

	mapped  mapping[T]
	unknown map[string]*UnknownName

	csv    *csvReader
	layout *layout[T]
	fields []string

	extra []Value // of the row

	known map[string]*column[T] // keys of JSON met so far
	ranks map[string]int        // of the row: which rank filled a field
}

// NewAccounts reads accounts. A nil opts is the zero value.
func NewAccounts(in *Input, opts *Options) (*Reader[*leadmatchv1.Account], error) {
	return newReader(in, accountSchema(), checkAccount, opts)
}

// NewLeads reads leads. A nil opts is the zero value.
func NewLeads(in *Input, opts *Options) (*Reader[*leadmatchv1.Lead], error) {
	return newReader(in, leadSchema(), func(*leadmatchv1.Lead) error { return nil }, opts)
}

func newReader[T any](in *Input, s *schema[T], check func(T) error, opts *Options) (*Reader[T], error) {
	r := &Reader[T]{in: in, schema: s, check: check, lines: &lineReader{r: in.text}, unknown: map[string]*UnknownName{}}
	if opts != nil {
		r.opts = *opts
	}
	r.lines.keep = r.opts.Text
	var err error
	if r.mapped, err = newMapping(s, r.opts.Map); err != nil {
		return nil, err
	}
	if in.Format == CSV {
		err = r.startCSV()
	} else {
		r.known, r.ranks = map[string]*column[T]{}, map[string]int{}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, explain(err))
	}
	return r, nil
}

func (r *Reader[T]) startCSV() error {
	c, header, err := readHeader(r.lines)
	if err != nil {
		return err
	}
	r.csv = c
	if r.layout, err = newLayout(r.schema, header, r.mapped); err != nil {
		return err
	}
	if !r.opts.Strict || r.opts.Extra || len(r.layout.unknown) == 0 {
		return nil
	}
	names := make([]string, len(r.layout.unknown))
	for i, at := range r.layout.unknown {
		names[i] = header[at]
	}
	return fmt.Errorf("columns that would not be used: %s", strings.Join(names, ", "))
}

// Read returns the next row, which stays valid. io.EOF is the end. After a *RowError the next row can be read; any other
// error is final.
func (r *Reader[T]) Read() (T, error) {
	var none T
	r.extra = r.extra[:0]
	row, err := r.read()
	if err == nil {
		if err = r.check(row); err == nil {
			return row, nil
		}
	} else if final(err) {
		if err == io.EOF {
			return none, err
		}
		return none, fmt.Errorf("%s:%d: %w", r.in.Name, r.lines.number, explain(err))
	}
	return none, &RowError{r.in.Name, r.line, err}
}

// final says whether an error is of the file itself rather than of one row.
func final(err error) bool {
	var row rowFault
	return !errors.As(err, &row)
}

// rowFault marks what is wrong with one row.
type rowFault struct{ error }

func (f rowFault) Unwrap() error { return f.error }

// Line is where the row that was read last begins, from 1.
func (r *Reader[T]) Line() int { return r.line }

// Extra returns the values of the row that was read last that are of none of its fields, if Options.Extra asked for them:
// lists joined by "|" and null as "". They are valid until the next Read.
func (r *Reader[T]) Extra() []Value { return r.extra }

// Text returns the row that was read last, or could not be, as it stands in the file, if Options.Text asked for it; of
// Parquet, as JSON. It is empty for a row that is too long, and valid until the next Read.
func (r *Reader[T]) Text() []byte { return bytes.TrimRight(r.lines.row, "\r\n") }

// Unknown returns the columns and keys that were not read, those in most rows first.
func (r *Reader[T]) Unknown() []UnknownName {
	var names []UnknownName
	for _, u := range r.unknown {
		names = append(names, *u)
	}
	slices.SortFunc(names, func(a, b UnknownName) int { return cmp.Or(b.Rows-a.Rows, strings.Compare(a.Name, b.Name)) })
	return names
}

func (r *Reader[T]) read() (T, error) {
	if r.csv != nil {
		return r.readCSV()
	}
	return r.readJSON()
}

func (r *Reader[T]) readCSV() (row T, err error) {
	for {
		r.lines.row = r.lines.row[:0]
		r.line, err = r.csv.next()
		switch err {
		case nil:
		case errTooLong, errAfterQuote, errOpenQuote:
			return row, rowFault{err}
		default:
			return row, err
		}
		if !r.csv.blank() {
			break
		}
	}
	if r.csv.text, err = r.mend(r.csv.text, r.csv.ends); err != nil {
		return row, rowFault{err}
	}
	r.fields = r.csv.fields(r.fields[:0])
	if want := len(r.layout.columns); len(r.fields) != want {
		return row, rowFault{fmt.Errorf("expected %d fields, as the header has; got %d", want, len(r.fields))}
	}
	row = r.schema.make()
	for i, value := range r.fields {
		if err := r.putField(row, i, value); err != nil {
			return row, rowFault{inField(r.layout.names[i], err)}
		}
	}
	return row, nil
}

// putField puts a field of CSV into the row, or says that nobody wants it.
func (r *Reader[T]) putField(row T, i int, value string) error {
	if !r.opts.Raw {
		value = unescapeFormula(value)
	}
	c := r.layout.columns[i]
	if c == nil {
		r.leave(r.layout.names[i], value)
		return nil
	}
	if value == "" {
		return nil
	}
	return c.put(row, value)
}

// leave notes a value that is of no field.
func (r *Reader[T]) leave(name, value string) {
	if r.opts.Extra {
		r.extra = append(r.extra, Value{name, value})
	}
	if name == "" && value == "" {
		return
	}
	u := r.unknown[name]
	if u == nil {
		u = &UnknownName{Name: strings.Clone(name)} // it is a piece of the row
		r.unknown[u.Name] = u
	}
	if value != "" {
		u.Rows++
	}
}

// mend replaces invalid UTF-8, or refuses it when reading strictly.
func (r *Reader[T]) mend(text []byte, ends []int) ([]byte, error) {
	if utf8.Valid(text) {
		return text, nil
	}
	if r.opts.Strict {
		return nil, errors.New("not valid UTF-8")
	}
	if r.opts.Mended != nil {
		r.opts.Mended(r.line)
	}
	var valid []byte
	start := 0
	for i, end := range ends {
		valid = append(valid, strings.ToValidUTF8(string(text[start:end]), "\uFFFD")...)
		start, ends[i] = end, len(valid)
	}
	return valid, nil
}

func (r *Reader[T]) readJSON() (row T, err error) {
	var line []byte
	for len(line) == 0 {
		r.lines.row = r.lines.row[:0]
		line, err = r.lines.next()
		r.line = r.lines.number
		if err == errTooLong {
			return row, rowFault{err}
		}
		if err != nil {
			return row, err
		}
		line = bytes.TrimSpace(line)
	}
	return r.readObject(line)
}

// readObject reads a row from a line that holds an object.
func (r *Reader[T]) readObject(line []byte) (row T, err error) {
	if line, err = r.mend(line, []int{len(line)}); err != nil {
		return row, rowFault{err}
	}
	object, err := parseObject(line)
	if err != nil {
		return row, rowFault{err}
	}
	row = r.schema.make()
	clear(r.ranks)
	err = object.members(func(key string, value raw) error { return r.putMember(row, key, value) })
	if err != nil {
		return row, rowFault{err}
	}
	return row, nil
}

// putMember puts a member of an object into the row. Of several members for one field, the best is taken.
func (r *Reader[T]) putMember(row T, key string, value raw) error {
	if value[0] == '{' || value[0] == '[' {
		if set := r.schema.nested[key]; set != nil {
			return inField(key, set(row, value))
		}
	}
	c := r.lookUp(key)
	if c == nil {
		return r.leaveMember(key, value)
	}
	if !c.list && value[0] != 'n' {
		if rank, taken := r.ranks[c.field]; taken && rank < c.rank {
			return r.leaveMember(key, value)
		}
		r.ranks[c.field] = c.rank
	}
	return inField(key, c.putJSON(row, value))
}

// maxKeys bounds the keys that are remembered: a file whose every row has new ones is read all the same.
const maxKeys = 1000

func (r *Reader[T]) lookUp(key string) *column[T] {
	c, ok := r.known[key]
	if !ok {
		c = r.mapped.resolve(r.schema, key)
		if len(r.known) < maxKeys {
			r.known[strings.Clone(key)] = c
		}
	}
	return c
}

func (r *Reader[T]) leaveMember(key string, value raw) error {
	if r.opts.Strict && !r.opts.Extra {
		return fmt.Errorf("%s would not be used", key)
	}
	if _, ok := r.unknown[key]; !ok && len(r.unknown) >= maxKeys {
		key = "…"
	}
	text := ""
	switch value[0] {
	case 'n':
	case '[':
		var items []string
		if err := value.elements(func(item raw) error { items = append(items, item.text()); return nil }); err != nil {
			return err
		}
		text = joinList(items)
	default:
		text = value.text()
	}
	r.leave(key, text)
	return nil
}

func inField(name string, err error) error {
	if err == nil {
		return nil
	}
	return &FieldError{name, err}
}

// shorten cuts a value for a message.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
