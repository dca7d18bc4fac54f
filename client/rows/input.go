package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
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

// FormatOf tells the format from a file's name, with or without ".gz" or ".zst"; Unknown when the name does not say.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(PlainName(path))) {
	case ".csv", ".tsv", ".tab":
		return CSV
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	}
	return Unknown
}

// InputOptions say what a file is where it would be told wrongly from its name and content. The zero value leaves it to
// these.
type InputOptions struct {
	Format   Format
	Encoding string // UTF8, UTF16 or Windows1252; "" to tell it
}

// bufferSize is how much of a file is read at once, and most that is looked at to tell what it is.
const bufferSize = 64 << 10

// Input is a file as UTF-8 text, whatever it was: gzip, Zstandard and Parquet are recognized by their first bytes, UTF-8
// and UTF-16 by their byte order marks, UTF-16 without one by its zeros, and Windows-1252 by being no UTF-8. Not for use
// by several goroutines at once, but for Offset.
type Input struct {
	Name     string // for messages
	Size     int64  // bytes of the file; 0 when they are not known ahead
	Encoding string // UTF8, UTF16 or Windows1252
	Format   Format // told from the name or else from the first byte of text

	text   *bufio.Reader
	offset atomic.Int64
	file   io.Closer
}

// Open opens a file; "-" is stdin.
func Open(path string, opts InputOptions, stdin io.Reader) (*Input, error) {
	if path == "-" {
		return NewInput("stdin", opts, stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var text io.Reader = f
	var size int64
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
		text = io.NewSectionReader(f, 0, size) // and not what is written while it is read
	}
	in, err := NewInput(path, opts, text)
	if err != nil {
		f.Close()
		return nil, err
	}
	in.file, in.Size = f, size
	return in, nil
}

// NewInput reads text from r. The name is for messages, and its ending tells the format where opts do not.
func NewInput(name string, opts InputOptions, r io.Reader) (*Input, error) {
	in := &Input{Name: name, Format: opts.Format}
	if in.Format == Unknown {
		in.Format = FormatOf(name)
	}
	if err := in.start(r, opts); err != nil {
		return nil, fmt.Errorf("%s: %w", name, explain(err))
	}
	return in, nil
}

// start finds out what the file is.
func (in *Input) start(r io.Reader, opts InputOptions) error {
	encoding, err := ParseEncoding(opts.Encoding)
	if err != nil {
		return fmt.Errorf("encoding: %w", err)
	}
	unpacked, err := in.unpack(r)
	if err != nil {
		return err
	}
	if in.text, in.Encoding, err = decode(unpacked, encoding); err != nil {
		return err
	}
	return in.checkStart()
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

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// unpack decompresses, makes text of Parquet, and refuses what people take for a table and is none.
func (in *Input) unpack(r io.Reader) (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(&countingReader{r, &in.offset}, bufferSize)
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case err == io.EOF && len(magic) > 1 && bytes.HasPrefix(zstdMagic, magic):
		return nil, io.ErrUnexpectedEOF
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z, bufferSize), nil
	case bytes.HasPrefix(magic, zstdMagic):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(zstdReader{z}, bufferSize), nil
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return nil, errors.New("this is a zip archive or an Excel workbook; expected CSV or JSON Lines (in Excel: save as CSV UTF-8)")
	case bytes.HasPrefix(magic, []byte("PAR1")):
		p, err := openParquet(r, &in.offset)
		if err != nil {
			return nil, err
		}
		in.Format = JSONL
		return bufio.NewReaderSize(p, bufferSize), nil
	}
	return raw, nil
}

// maxZstdWindow bounds what unpacking takes in memory; it is what the zstd command takes unless told otherwise.
const maxZstdWindow = 128 << 20

// peek returns what can be had of a text at once: a pipe may have little, and more may be long in coming.
func peek(r *bufio.Reader) ([]byte, error) {
	if _, err := r.Peek(1); err == io.EOF {
		return nil, errEmpty
	} else if err != nil {
		return nil, err
	}
	return r.Peek(r.Buffered())
}

var errEmpty = errors.New("the file is empty")

// checkStart refuses text that is no table, and tells the format by the first byte when the name did not.
func (in *Input) checkStart() error {
	sample, err := peek(in.text)
	if err != nil {
		return err
	}
	text := bytes.TrimLeft(sample, " \t\r\n")
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
	if in.Format == JSONL && !object && len(text) > 0 {
		return notObjects(text)
	}
	return nil
}

func notObjects(text []byte) error {
	if text[0] == '[' {
		return errors.New("this is one JSON array; expected one object a line (jq -c '.[]' makes them)")
	}
	return errors.New("line 1 is no JSON object; expected one object a line")
}

// explain puts the errors that a file or a broken archive gives in words, to be put after the file's name.
func explain(err error) error {
	var corrupt flate.CorruptInputError
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file is cut off: %w", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("the gzip file is damaged: %w", err)
	}
	return err
}

// zstdReader says what it is that is damaged: the library's errors do not, and not all of them have names.
type zstdReader struct{ *zstd.Decoder }

func (z zstdReader) Read(p []byte) (int, error) {
	n, err := z.Decoder.Read(p)
	var path *fs.PathError
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &path) {
		err = fmt.Errorf("the Zstandard file is damaged: %w", err)
	}
	return n, err
}

// Read reads the text.
func (in *Input) Read(p []byte) (int, error) { return in.text.Read(p) }
