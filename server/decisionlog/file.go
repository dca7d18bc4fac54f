package decisionlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// file is the file that is written to, and those before it. One goroutine uses it, but for list.
type file struct {
	naming sync.Mutex // while a file gets its time into its name

	path     string
	maxBytes int64
	maxAge   time.Duration
	keep     int

	f     *os.File // nil after an error; the next write opens it again
	size  int64
	begun time.Time
}

func openFile(path string, maxBytes int64, maxAge time.Duration, keep int) (*file, error) {
	f := &file{path: path, maxBytes: maxBytes, maxAge: maxAge, keep: keep}
	return f, f.open()
}

func (f *file) open() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return err
	}
	opened, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	info, err := opened.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err == nil {
		err = endLine(opened, info.Size())
	}
	if err != nil {
		opened.Close()
		return fmt.Errorf("%s: %w", f.path, err)
	}
	f.f, f.size, f.begun = opened, info.Size(), time.Now()
	if info.Size() > 0 {
		f.begun = info.ModTime() // or earlier; nothing tells
	}
	return nil
}

// endLine ends a line that a crash has cut off.
func endLine(f *os.File, size int64) error {
	if size == 0 {
		return nil
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err := f.Write([]byte("\n"))
	return err
}

// write writes whole lines, and says how many bytes of them are in the file: up to the end of a line.
func (f *file) write(lines []byte) (written int, err error) {
	for written < len(lines) {
		if err := f.rotate(); err != nil {
			return written, err
		}
		n, err := f.f.Write(lines[written:f.cut(lines, written)])
		f.size += int64(n)
		if err != nil {
			f.f.Close() // to be opened again, and the line that was cut off ended
			f.f = nil
			return written + bytes.LastIndexByte(lines[written:written+n], '\n') + 1, err
		}
		written += n
	}
	return written, nil
}

// cut returns how far the lines go that the file still has room for; one at least.
func (f *file) cut(lines []byte, from int) int {
	room := f.maxBytes - f.size
	if int64(len(lines)-from) <= room {
		return len(lines)
	}
	if end := bytes.LastIndexByte(lines[from:from+int(max(0, room))], '\n'); end >= 0 {
		return from + end + 1
	}
	return from + bytes.IndexByte(lines[from:], '\n') + 1
}

// rotate begins a new file when the one at hand is too long or too old, or could not be written to.
func (f *file) rotate() error {
	if f.f != nil && f.size > 0 && (f.size >= f.maxBytes || time.Since(f.begun) >= f.maxAge) {
		f.f.Close()
		f.f = nil
		f.naming.Lock()
		err := os.Rename(f.path, f.endedName(time.Now()))
		f.naming.Unlock()
		if err != nil {
			return err
		}
		if err := f.deleteOld(); err != nil {
			return err
		}
	}
	if f.f == nil {
		return f.open()
	}
	return nil
}

// endedName is the name of a file that is written to no more. Names are in the order of time.
func (f *file) endedName(at time.Time) string {
	ext := filepath.Ext(f.path)
	return strings.TrimSuffix(f.path, ext) + at.UTC().Format("-20060102T150405.000000000Z") + ext
}

// ended returns the files that are written to no more, oldest first.
func (f *file) ended() ([]string, error) {
	ext := filepath.Ext(f.path)
	old, err := filepath.Glob(strings.TrimSuffix(f.path, ext) + "-[0-9]*Z" + ext)
	slices.Sort(old)
	return old, err
}

// list opens the file that is written to, nil when there is none, and returns the others, oldest first. Any goroutine may
// call it.
func (f *file) list() (newest *os.File, ended []string, err error) {
	f.naming.Lock()
	defer f.naming.Unlock()
	newest, err = os.Open(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	ended, err = f.ended()
	return newest, ended, err
}

func (f *file) deleteOld() error {
	old, err := f.ended()
	if err != nil {
		return err
	}
	for _, path := range old[:max(0, len(old)-f.keep)] {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (f *file) close() error {
	if f.f == nil {
		return nil
	}
	return f.f.Close()
}
