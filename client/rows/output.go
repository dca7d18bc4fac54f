package rows

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Output is a file that appears under its name only when it is whole: until Commit it is written under another name in
// the same folder. A name that ends in ".gz" is compressed; "-" is standard output, and what is no regular file (a
// pipe, /dev/null) is written directly. Not for use by several goroutines at once.
type Output struct {
	path string
	file *os.File // nil for standard output
	temp bool     // file is to be renamed to path
	zip  *gzip.Writer
	w    io.Writer
}

// Create begins a file.
func Create(path string, stdout io.Writer) (*Output, error) {
	o := &Output{path: path}
	if path == "-" {
		o.w = stdout
		return o, nil
	}
	if err := o.open(); err != nil {
		return nil, err
	}
	o.w = o.file
	if strings.HasSuffix(path, ".gz") {
		o.zip, _ = gzip.NewWriterLevel(o.file, gzip.BestSpeed)
		o.w = o.zip
	}
	return o, nil
}

func (o *Output) open() (err error) {
	info, statErr := os.Stat(o.path)
	if statErr == nil && info.IsDir() {
		return &os.PathError{Op: "create", Path: o.path, Err: errors.New("is a folder")}
	}
	if statErr == nil && !info.Mode().IsRegular() {
		o.file, err = os.OpenFile(o.path, os.O_WRONLY, 0)
		return err
	}
	if o.file, err = os.CreateTemp(filepath.Dir(o.path), "."+filepath.Base(o.path)+".*.partial"); err != nil {
		return o.naming(err)
	}
	o.temp = true
	mode := os.FileMode(0o644)
	if statErr == nil {
		mode = info.Mode().Perm()
	}
	return o.file.Chmod(mode)
}

// naming puts the file's own name into an error, in place of the one that it has until it is whole.
func (o *Output) naming(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return &fs.PathError{Op: path.Op, Path: o.path, Err: path.Err}
	}
	return err
}

func (o *Output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	return n, o.naming(err)
}

// Commit ends the file and gives it its name. After an error there is no such file, or the one that was there before.
func (o *Output) Commit() error {
	if o.zip != nil {
		if err := o.zip.Close(); err != nil {
			return errors.Join(err, o.Discard())
		}
	}
	if o.file == nil {
		return nil
	}
	if !o.temp {
		return o.file.Close()
	}
	if err := errors.Join(o.file.Sync(), o.file.Close()); err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	if err := os.Rename(o.file.Name(), o.path); err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	o.file = nil
	return nil
}

// Discard drops what was written. After Commit it does nothing.
func (o *Output) Discard() error {
	if o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	f.Close()
	if o.temp {
		return os.Remove(f.Name())
	}
	return nil
}
