package rows

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// PlainName is a file's name without the ending that says how the file is compressed.
func PlainName(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
}

// compressor compresses as a file's name says. Each part that it is closed after can be read without those before it,
// and all of them one after the other as one text.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// newCompressor returns nil for a name that ends in neither ".gz" nor ".zst".
func newCompressor(path string, w io.Writer) compressor {
	switch {
	case strings.HasSuffix(path, ".gz"):
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is one that there is
		return z
	case strings.HasSuffix(path, ".zst"):
		z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		return z
	}
	return nil
}
