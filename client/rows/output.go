package rows

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Output is a file that appears under its name only when it is whole: until Commit it is written under another name in
// the same folder. A name that ends in ".gz" or ".zst" is compressed; "-" is standard output, and what is no regular
// file (a pipe, /dev/null) is written directly. Not for use by several goroutines at once.
type Output struct {
	path string
	file *os.File // nil for standard output
	temp bool     // file is to be renamed to path
	kept bool     // and stays under its own name until then
	zip  compressor
	done bool // zip was closed and nothing written since
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
	o.compress()
	return o, nil
}

func (o *Output) compress() {
	o.w = o.file
	if o.zip = newCompressor(o.path, o.file); o.zip != nil {
		o.w = o.zip
	}
}

// PartialName is where a file that Resume goes on with is until it is whole.
func PartialName(path string) string { return path + ".partial" }

// ErrInUse is a file that another process is writing.
var ErrInUse = errors.New("another process is writing it")

// Resume goes on with a file of which Sync said that size bytes are on disk; what was written after that is dropped.
// Size 0 begins it. Unlike one of Create, the file is known by its name until it is whole, PartialName, and stays there
// after Discard. Nobody else can resume it at the same time: ErrInUse.
func Resume(path string, size int64) (*Output, error) {
	o := &Output{path: path, temp: true}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "create", Path: path, Err: errors.New("is no file that can be replaced; only files can be gone on with")}
	}
	mode := os.O_RDWR
	if size == 0 {
		mode |= os.O_CREATE
	}
	if o.file, err = os.OpenFile(PartialName(path), mode, 0o644); err != nil {
		return nil, err
	}
	if err := o.goOn(size); err != nil {
		o.file.Close()
		return nil, err
	}
	o.kept, o.done = true, size > 0
	o.compress()
	return o, nil
}

func (o *Output) goOn(size int64) error {
	if err := lock(o.file); err != nil {
		return &os.PathError{Op: "lock", Path: o.file.Name(), Err: err}
	}
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		return fmt.Errorf("%s has %d bytes; %d were on disk when it was left", o.file.Name(), info.Size(), size)
	}
	if err := o.file.Truncate(size); err != nil {
		return err
	}
	if _, err = o.file.Seek(size, io.SeekStart); err != nil || size > 0 {
		return err
	}
	return SyncFolder(o.path)
}

// Sync brings all that was written on disk and returns how many bytes of the file that is: Resume can go on from there.
func (o *Output) Sync() (size int64, err error) {
	if err := o.endZip(); err != nil {
		return 0, o.naming(err)
	}
	if err := o.file.Sync(); err != nil {
		return 0, o.naming(err)
	}
	return o.file.Seek(0, io.SeekCurrent)
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
		name := o.path
		if name == "-" {
			name = "standard output"
		}
		return &fs.PathError{Op: path.Op, Path: name, Err: path.Err}
	}
	return err
}

func (o *Output) Write(p []byte) (int, error) {
	o.done = false
	n, err := o.w.Write(p)
	return n, o.naming(err)
}

// endZip ends what is compressed together.
func (o *Output) endZip() error {
	if o.zip == nil || o.done {
		return nil
	}
	if err := o.zip.Close(); err != nil {
		return err
	}
	o.zip.Reset(o.file)
	o.done = true
	return nil
}

// Commit ends the file and gives it its name, durably. After an error there is no such file, or the one that was there
// before.
func (o *Output) Commit() error {
	if err := o.endZip(); err != nil {
		return errors.Join(o.naming(err), o.Discard())
	}
	if o.file == nil {
		return nil
	}
	if !o.temp {
		return o.file.Close()
	}
	if err := o.file.Sync(); err != nil {
		return errors.Join(o.naming(err), o.Discard())
	}
	if err := os.Rename(o.file.Name(), o.path); err != nil {
		return errors.Join(err, o.Discard())
	}
	err := errors.Join(o.file.Close(), SyncFolder(o.path))
	o.file = nil
	return err
}

// Discard drops what was written, unless the file is one to go on with. After Commit it does nothing.
func (o *Output) Discard() error {
	if o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	f.Close()
	if o.temp && !o.kept {
		return os.Remove(f.Name())
	}
	return nil
}
