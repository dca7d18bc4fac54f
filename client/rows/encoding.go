package rows

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encodings that a file can be in, as InputOptions and Input name them.
const (
	UTF8        = "utf-8"
	UTF16       = "utf-16"
	Windows1252 = "windows-1252"
)

// ParseEncoding reads an encoding's name. Empty text is "".
func ParseEncoding(s string) (string, error) {
	switch name := strings.ToLower(s); name {
	case "", UTF8, UTF16, Windows1252:
		return name, nil
	}
	return "", fmt.Errorf("expected %s, %s or %s, not %q", UTF8, UTF16, Windows1252, s)
}

var utf8BOM = []byte("\xef\xbb\xbf")

// decode returns the text as UTF-8 without byte order mark, and the encoding that it was in: the one that was asked for
// or else the one that a sample looks like.
func decode(r *bufio.Reader, encoding string) (*bufio.Reader, string, error) {
	sample, err := peek(r)
	if err != nil {
		return nil, "", err
	}
	order := byteOrder(sample)
	if encoding == "" {
		encoding = UTF8
		switch {
		case bytes.HasPrefix(sample, utf8BOM):
		case order != unknownOrder:
			encoding = UTF16
		case isSingleByte(sample):
			encoding = Windows1252
		}
	}
	switch {
	case encoding == UTF16 && order == bigEndian:
		r = through(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM))
	case encoding == UTF16:
		r = through(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))
	case encoding == Windows1252:
		r = through(r, charmap.Windows1252)
	case bytes.HasPrefix(sample, utf8BOM):
		_, err = r.Discard(len(utf8BOM))
		return r, encoding, err
	}
	return r, encoding, nil
}

func through(r io.Reader, e encoding.Encoding) *bufio.Reader {
	return bufio.NewReaderSize(transform.NewReader(r, e.NewDecoder()), bufferSize)
}

const (
	unknownOrder = iota
	littleEndian
	bigEndian
)

// byteOrder tells UTF-16 and its byte order by the mark, or without one by its zeros: half of the bytes of a header or
// of JSON's punctuation are zero.
func byteOrder(sample []byte) int {
	switch {
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}):
		return littleEndian
	case bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return bigEndian
	}
	sample = sample[:min(len(sample), 256)]
	var zeros [2]int // at even and at odd places
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(sample) / 2; {
	case half < 2:
		return unknownOrder
	case zeros[0] > half*3/4 && zeros[1] == 0:
		return bigEndian
	case zeros[1] > half*3/4 && zeros[0] == 0:
		return littleEndian
	}
	return unknownOrder
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
