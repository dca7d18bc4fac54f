package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A record of CSV is a line of fields, or several lines when quoted fields hold line breaks. A field is quoted when its
// first byte is a quote; a quote inside is then doubled. Quotes further in are taken as they are (5" pipe). What tells
// it from the standard library's reader: records are bounded, a record that is broken costs one line and not the rest
// of the file, and lines are counted as editors count them.

var (
	errAfterQuote = errors.New(`text follows a closing quote; quotes inside a quoted field are doubled ("")`)
	errOpenQuote  = errors.New("a quote is never closed, or not within 1 MiB")
)

// csvReader reads records.
type csvReader struct {
	lines *lineReader
	sep   byte

	text   []byte // the fields' text, one after the other
	ends   []int  // where each field ends in text
	quoted bool   // inside a quoted field
	more   []byte // lines after the first of the record, to be given back
}

// next reads a record and says in which line it begins. io.EOF is the end; errors that name what is wrong with one
// record can be read past.
func (c *csvReader) next() (line int, err error) {
	c.text, c.ends, c.more, c.quoted = c.text[:0], c.ends[:0], c.more[:0], false
	first, err := c.lines.next()
	if err != nil {
		return c.lines.number, err
	}
	line = c.lines.number
	if err := c.split(first); err != nil {
		return line, err
	}
	size := len(first)
	for c.quoted {
		next, err := c.lines.next()
		if err == nil || err == errTooLong {
			c.more = append(append(c.more, next...), '\n')
		}
		if size += len(next) + 1; err == nil && size > MaxRow {
			err = errTooLong
		}
		if err == nil {
			err = c.split(next)
		}
		if err != nil {
			return line, c.giveUp(err)
		}
	}
	return line, nil
}

// giveUp ends a record that has a quote too many: what seemed to be its further lines are read again as records.
func (c *csvReader) giveUp(err error) error {
	switch err {
	case io.EOF, errTooLong:
		err = errOpenQuote
	case errAfterQuote:
	default:
		return err
	}
	c.lines.unread(c.more, bytes.Count(c.more, []byte("\n")))
	return err
}

// split appends the fields of a line, going on inside a quoted field when one is open.
func (c *csvReader) split(line []byte) error {
	if c.quoted {
		c.text = append(c.text, '\n')
	}
	for {
		var rest []byte
		var err error
		if c.quoted {
			rest, err = c.quotedField(line)
		} else if len(line) > 0 && line[0] == '"' {
			c.quoted = true
			rest, err = c.quotedField(line[1:])
		} else {
			rest = c.plainField(line)
		}
		if err != nil || c.quoted || rest == nil {
			return err
		}
		line = rest
	}
}

// plainField takes a field up to the separator and returns what follows it; nil at the line's end.
func (c *csvReader) plainField(line []byte) []byte {
	end := bytes.IndexByte(line, c.sep)
	if end < 0 {
		c.text = append(c.text, line...)
		c.ends = append(c.ends, len(c.text))
		return nil
	}
	c.text = append(c.text, line[:end]...)
	c.ends = append(c.ends, len(c.text))
	return line[end+1:]
}

// quotedField takes the rest of a quoted field; c.quoted stays true when the line ends before it does.
func (c *csvReader) quotedField(line []byte) ([]byte, error) {
	for {
		quote := bytes.IndexByte(line, '"')
		if quote < 0 {
			c.text = append(c.text, line...)
			return nil, nil
		}
		c.text = append(c.text, line[:quote]...)
		line = line[quote+1:]
		if len(line) > 0 && line[0] == '"' {
			c.text = append(c.text, '"')
			line = line[1:]
			continue
		}
		c.quoted = false
		c.ends = append(c.ends, len(c.text))
		switch {
		case len(line) == 0:
			return nil, nil
		case line[0] == c.sep:
			return line[1:], nil
		}
		return nil, errAfterQuote
	}
}

// blank says whether the record is an empty line, or one of separators only, as spreadsheets leave at the end.
func (c *csvReader) blank() bool { return len(bytes.TrimSpace(c.text)) == 0 }

// sniffSeparator picks the separator that a header line has most of, outside quotes; a comma when it has none.
func sniffSeparator(header []byte) byte {
	var n [256]int
	quoted := false
	for _, c := range header {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			n[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t', '|'} {
		if n[c] > n[best] {
			best = c
		}
	}
	return best
}

// readHeader reads the header record, telling the separator on the way, and returns the columns' names.
func readHeader(lines *lineReader) (*csvReader, []string, error) {
	c := &csvReader{lines: lines}
	for {
		line, err := lines.next()
		if err == io.EOF {
			return nil, nil, errEmpty
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the header: %w", err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if rest, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("sep=")); ok && len(rest) == 1 {
			c.sep = rest[0] // Excel's own way to say it
			continue
		}
		if c.sep == 0 {
			c.sep = sniffSeparator(line)
		}
		lines.unread(append(bytes.Clone(line), '\n'), 1)
		break
	}
	if _, err := c.next(); err != nil {
		return nil, nil, fmt.Errorf("reading the header: %w", err)
	}
	return c, c.fields(nil), nil
}

// fields appends the record's fields to dst. They share one string and stay valid.
func (c *csvReader) fields(dst []string) []string {
	text := string(c.text)
	start := 0
	for _, end := range c.ends {
		dst = append(dst, strings.TrimSpace(text[start:end]))
		start = end
	}
	return dst
}
