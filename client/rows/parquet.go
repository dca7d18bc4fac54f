package rows

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Parquet is read as if it were JSON Lines: a row is a line, a column a key, a list an array. Columns in a group are
// named with it, "labels.tier", but for those of an address, which are the lead's own.

// parquetRows is how many rows are read at once.
const parquetRows = 256

// parquetText is the rows of a Parquet file as JSON Lines.
type parquetText struct {
	groups  []parquet.RowGroup // that have not been begun
	rows    parquet.Rows       // of the group at hand; nil between groups
	columns []parquetColumn
	buf     []parquet.Row
	text    []byte // of rows that were read
	held    []byte // the part of text that was not handed out

	size       int64
	total, got int64 // rows
	offset     *atomic.Int64
}

// openParquet wants a file: what is in it stands at its end.
func openParquet(r io.Reader, offset *atomic.Int64) (p *parquetText, err error) {
	f, ok := r.(interface {
		io.ReaderAt
		Size() int64
	})
	if !ok {
		return nil, errors.New("this is a Parquet file, which is read from its end; expected it as a file, not from a pipe")
	}
	if err := checkEnd(f, f.Size()); err != nil {
		return nil, err
	}
	defer recoverParquet(&err)
	file, err := parquet.OpenFile(f, f.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, damagedParquet(err)
	}
	p = &parquetText{
		groups: file.RowGroups(), buf: make([]parquet.Row, parquetRows),
		size: f.Size(), total: file.NumRows(), offset: offset,
	}
	for _, path := range file.Schema().Columns() {
		leaf, _ := file.Schema().Lookup(path...)
		p.columns = append(p.columns, newParquetColumn(path, leaf.Node))
	}
	return p, nil
}

// checkEnd wants the bytes that a Parquet file ends with.
func checkEnd(f io.ReaderAt, size int64) error {
	var end [4]byte
	if _, err := f.ReadAt(end[:], max(0, size-int64(len(end)))); err != nil && err != io.EOF {
		return err
	}
	if size < 2*int64(len(end)) || string(end[:]) != "PAR1" {
		return errors.New("the Parquet file is cut off: it does not end in PAR1")
	}
	return nil
}

// recoverParquet makes an error of a panic: the library trusts what a file says of itself.
func recoverParquet(err *error) {
	if fault := recover(); fault != nil {
		*err = damagedParquet(fmt.Errorf("%v", fault))
	}
}

func damagedParquet(err error) error { return fmt.Errorf("the Parquet file is damaged: %v", err) }

func (p *parquetText) Read(dst []byte) (int, error) {
	for len(p.held) == 0 {
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(dst, p.held)
	p.held = p.held[n:]
	return n, nil
}

// fill reads some more rows. io.EOF is the end.
func (p *parquetText) fill() (err error) {
	defer recoverParquet(&err)
	if p.rows == nil {
		if len(p.groups) == 0 {
			return io.EOF
		}
		p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
	}
	n, err := p.rows.ReadRows(p.buf)
	p.text = p.text[:0]
	for _, row := range p.buf[:n] {
		p.text = append(p.appendRow(p.text, row), '\n')
	}
	p.held = p.text
	p.got += int64(n)
	p.offset.Store(int64(float64(p.size) * float64(p.got) / float64(max(1, p.total))))
	if err == io.EOF {
		err = p.rows.Close()
		p.rows = nil
	}
	if err != nil {
		return damagedParquet(err)
	}
	return nil
}

func (p *parquetText) appendRow(dst []byte, row parquet.Row) []byte {
	w := objectWriter{append(dst, '{')}
	for at := 0; at < len(row); {
		c := &p.columns[row[at].Column()]
		end := at + 1
		for end < len(row) && row[end].Column() == row[at].Column() {
			end++
		}
		w.dst = c.append(w.dst, row[at:end])
		at = end
	}
	return w.end()
}

// parquetColumn is how a column's values are written.
type parquetColumn struct {
	key  string // `"name":`
	list bool
	kind parquet.Kind
	as   format.LogicalTypeValue // what the number stands for; nil for itself
}

func newParquetColumn(path []string, leaf parquet.Node) parquetColumn {
	c := parquetColumn{list: leaf.Repeated(), kind: leaf.Type().Kind()}
	if as := leaf.Type().LogicalType(); as != nil {
		c.as = as.Value
	}
	name := path[0]
	switch {
	case len(path) > 1 && (path[1] == "list" || path[1] == "bag" || path[1] == "array"):
		c.list = true
	case len(path) > 1 && name == "address":
		name = path[len(path)-1]
	default:
		name = strings.Join(path, ".")
	}
	c.key = string(appendString(nil, name)) + ":"
	return c
}

// append writes the column's member of a row, if it has a value.
func (c *parquetColumn) append(dst []byte, values []parquet.Value) []byte {
	w := objectWriter{dst}
	if c.list {
		w.key(c.key)
		w.dst = append(w.dst, '[')
		for _, v := range values {
			if v.IsNull() {
				continue
			}
			if w.dst[len(w.dst)-1] != '[' {
				w.dst = append(w.dst, ',')
			}
			w.dst = c.appendValue(w.dst, v)
		}
		w.dst = append(w.dst, ']')
	} else if v := values[0]; !v.IsNull() {
		w.key(c.key)
		w.dst = c.appendValue(w.dst, v)
	}
	return w.dst
}

func (c *parquetColumn) appendValue(dst []byte, v parquet.Value) []byte {
	switch c.kind {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean())
	case parquet.Float:
		return appendFloat(dst, float64(v.Float()))
	case parquet.Double:
		return appendFloat(dst, v.Double())
	case parquet.Int32, parquet.Int64:
		return c.appendInt(dst, v)
	case parquet.Int96:
		return appendString(dst, v.String())
	}
	return appendString(dst, string(v.ByteArray()))
}

func (c *parquetColumn) appendInt(dst []byte, v parquet.Value) []byte {
	n := v.Int64()
	if c.kind == parquet.Int32 {
		n = int64(v.Int32())
	}
	switch as := c.as.(type) {
	case *format.DateType:
		return appendString(dst, time.Unix(n*24*60*60, 0).UTC().Format(time.DateOnly))
	case *format.TimestampType:
		if as.Unit.Value != nil {
			per := int64(time.Second / as.Unit.Value.Duration())
			at := time.Unix(n/per, n%per*int64(as.Unit.Value.Duration()))
			return appendString(dst, at.UTC().Format(time.RFC3339Nano))
		}
	case *format.DecimalType:
		return appendFloat(dst, float64(n)/math.Pow10(int(as.Scale)))
	}
	return strconv.AppendInt(dst, n, 10)
}
