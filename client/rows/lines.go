package rows

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxRow bounds a row in bytes. The largest account that a server takes is about a quarter of it.
const MaxRow = 1 << 20

var errTooLong = errors.New("the row is longer than 1 MiB")

// lineReader reads lines of at most MaxRow bytes and counts them.
type lineReader struct {
	r      *bufio.Reader
	number int    // of the line read last, from 1
	long   []byte // for lines longer than r's buffer
	held   []byte // given back by unread, read before r

	keep bool   // whether lines are gathered in row, until whoever set it empties it
	row  []byte // with their ends
}

// next returns a line without its end. The line is valid until the next call. errTooLong means that the line was
// skipped and the next one can be read; any other error is final.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.read()
	if err != nil && (err != io.EOF || len(line) == 0) {
		if err == errTooLong {
			l.number++
		}
		return nil, err
	}
	l.number++
	if l.keep {
		l.row = append(l.row, line...)
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

func (l *lineReader) read() ([]byte, error) {
	if len(l.held) > 0 {
		end := bytes.IndexByte(l.held, '\n') + 1
		line := l.held[:end]
		l.held = l.held[end:]
		return line, nil
	}
	line, err := l.r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	l.long = l.long[:0]
	for err == bufio.ErrBufferFull && len(l.long) <= MaxRow {
		l.long = append(l.long, line...)
		line, err = l.r.ReadSlice('\n')
	}
	if len(l.long)+len(line) <= MaxRow {
		l.long = append(l.long, line...)
		return l.long, err
	}
	for err == bufio.ErrBufferFull {
		_, err = l.r.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return nil, errTooLong
}

// unread gives whole lines back, each with its "\n", as many as count says.
func (l *lineReader) unread(text []byte, count int) {
	l.held = append(bytes.Clone(text), l.held...)
	l.number -= count
	if at := bytes.IndexByte(l.row, '\n'); at >= 0 && count > 0 {
		l.row = l.row[:at] // all but the first line are given back
	}
}
