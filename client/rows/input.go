package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Format is how rows are written down.
type Format uint8

const (
	Unknown Format = iota
	CSV            // a header line and separated values
	JSONL          // one JSON object a line
)

func (f Format) String() string { return [...]string{"unknown", "csv", "jsonl"}[f] }

// ParseFormat reads "csv", "tsv" or "jsonl". Empty text is Unknown.
func ParseFormat(s string) (Format, error) {
	switch strings.ToLower(s) {
	case "":
		return Unknown, nil
	case "csv", "tsv":
		return CSV, nil
	case "jsonl", "ndjson", "json":
		return JSONL, nil
	}
	return Unknown, fmt.Errorf("expected csv or jsonl, not %q", s)
}

// FormatOf tells the format from a file's name, with or without ".gz"; Unknown when the name does not say.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(strings.TrimSuffix(path, ".gz"))) {
	case ".csv", ".tsv", ".tab":
		return CSV
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	}
	return Unknown
}

// sampleSize is how much of a file is looked at to tell how it is encoded.
const sampleSize = 64 << 10

// Input is a file as UTF-8 text, whatever it was: gzip is recognized by its first bytes, UTF-8 and UTF-16 by their byte
// order marks, UTF-16 without one by its zeros, and Windows-1252 by being no UTF-8. Not for use by several goroutines at
// once, but for Offset.
type Input struct {
	Name     string // for messages
	Size     int64  // bytes of the file; 0 when they are not known ahead
	Encoding string // "UTF-8", "UTF-16", "Windows-1252"
	Format   Format // told from the name or else from the first byte of text

	text   *bufio.Reader
	offset atomic.Int64
	file   io.Closer
}

// Open opens a file; "-" is stdin. A format that is not Unknown is taken whatever the file's name and text say.
func Open(path string, format Format, stdin io.Reader) (*Input, error) {
	if path == "-" {
		return NewInput("stdin", format, stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := NewInput(path, format, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	in.file = f
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.Size = info.Size()
	}
	return in, nil
}

// NewInput reads text from r. The name is for messages, and, where the format is Unknown, for its ending.
func NewInput(name string, format Format, r io.Reader) (*Input, error) {
	in := &Input{Name: name, Format: format}
	if format == Unknown {
		in.Format = FormatOf(name)
	}
	raw := bufio.NewReaderSize(&countingReader{r, &in.offset}, sampleSize)
	unpacked, err := unpack(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if in.text, in.Encoding, err = decode(unpacked); err != nil {
		return nil, fmt.Errorf("%s: %w", name, explain(err))
	}
	if err := in.checkStart(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// Offset is how many bytes of the file have been read, of Size. Any goroutine may ask.
func (in *Input) Offset() int64 { return in.offset.Load() }

// Close closes the file that Open opened.
func (in *Input) Close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// unpack decompresses gzip and refuses what people take for a table and is none.
func unpack(raw *bufio.Reader) (*bufio.Reader, error) {
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, explain(err)
		}
		return bufio.NewReaderSize(z, sampleSize), nil
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return nil, errors.New("this is a zip archive or an Excel workbook; expected CSV or JSON Lines (in Excel: save as CSV UTF-8)")
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, errors.New("this is compressed with Zstandard; expected gzip or plain text")
	case bytes.HasPrefix(magic, []byte("PAR1")):
		return nil, errors.New("this is a Parquet file; expected CSV or JSON Lines")
	}
	return raw, nil
}

var utf8BOM = []byte("\xef\xbb\xbf")

// decode tells the encoding from a sample and returns the text as UTF-8 without byte order mark.
func decode(r *bufio.Reader) (*bufio.Reader, string, error) {
	sample, err := r.Peek(sampleSize)
	if err != nil && err != io.EOF && len(sample) == 0 {
		return nil, "", err
	}
	switch {
	case bytes.HasPrefix(sample, utf8BOM):
		_, err := r.Discard(len(utf8BOM))
		return r, "UTF-8", err
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}), bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return through(r, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)), "UTF-16", nil
	}
	switch order := zeros(sample); {
	case order == odd:
		return through(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), "UTF-16", nil
	case order == even:
		return through(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), "UTF-16", nil
	case isSingleByte(sample):
		return through(r, charmap.Windows1252), "Windows-1252", nil
	}
	return r, "UTF-8", nil
}

func through(r io.Reader, e encoding.Encoding) *bufio.Reader {
	return bufio.NewReaderSize(transform.NewReader(r, e.NewDecoder()), sampleSize)
}

const (
	even = iota + 1 // most bytes at even places are zero: UTF-16, big end first
	odd             // at odd places: little end first
)

// zeros tells UTF-16 without a byte order mark: half of the bytes of a header or of JSON's punctuation are zero.
func zeros(sample []byte) int {
	sample = sample[:min(len(sample), 256)]
	var n [2]int
	for i, c := range sample {
		if c == 0 {
			n[i%2]++
		}
	}
	switch half := len(sample) / 2; {
	case half < 2:
		return 0
	case n[0] > half*3/4 && n[1] == 0:
		return even
	case n[1] > half*3/4 && n[0] == 0:
		return odd
	}
	return 0
}

// isSingleByte says whether the bytes beyond ASCII are no UTF-8: more of them stand alone than in whole sequences. A
// few broken characters in a UTF-8 file are left to be replaced one by one.
func isSingleByte(sample []byte) bool {
	whole, alone := 0, 0
	for i := 0; i < len(sample); {
		if sample[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(sample[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			whole++
		case !utf8.FullRune(sample[i:]): // cut by the sample's end
		default:
			alone++
		}
		i += size
	}
	return alone > whole
}

// checkStart refuses text that is no table, and tells the format by the first byte when the name did not.
func (in *Input) checkStart() error {
	sample, err := in.text.Peek(sampleSize)
	if err != nil && err != io.EOF && len(sample) == 0 {
		return explain(err)
	}
	text := bytes.TrimLeft(sample, " \t\r\n")
	if len(text) == 0 && err == io.EOF {
		return errors.New("the file is empty")
	}
	if bytes.IndexByte(sample, 0) >= 0 {
		return errors.New("this is no text (there is a zero byte); expected CSV or JSON Lines in UTF-8, UTF-16 or Windows-1252")
	}
	if i := bytes.IndexByte(sample, '\r'); i >= 0 && bytes.IndexByte(sample, '\n') < 0 && i < len(bytes.TrimRight(sample, "\r")) {
		return errors.New("lines end with CR alone, as on very old Macs; expected LF or CR LF")
	}
	object := len(text) > 0 && text[0] == '{'
	if in.Format == Unknown {
		in.Format = CSV
		if object {
			in.Format = JSONL
		}
	}
	if in.Format == JSONL && !object {
		return notObjects(text)
	}
	return nil
}

func notObjects(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return errors.New("this is one JSON array; expected one object a line (jq -c '.[]' makes them)")
	}
	return errors.New("line 1 is no JSON object; expected one object a line")
}

// explain puts the errors that a broken archive gives in words.
func explain(err error) error {
	var corrupt interface{ Error() string }
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file is cut off: %w", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the gzip file is damaged: %w", err)
	case errors.As(err, &corrupt) && strings.Contains(corrupt.Error(), "flate: corrupt"):
		return fmt.Errorf("the gzip file is damaged: %w", err)
	}
	return err
}
