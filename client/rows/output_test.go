package rows

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// create begins a file in dir and writes to it.
func create(t *testing.T, path, text string) *Output {
	t.Helper()
	o, err := Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return o
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
	}
}

func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

func TestOutputAppearsWhenItIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}

	o := create(t, path, "after")
	wantFile(t, path, "before")
	if err := o.Discard(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "before")
	wantOnly(t, dir, "out.csv")

	o = create(t, path, "after")
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := o.Discard(); err != nil { // as deferred calls do
		t.Fatal(err)
	}
	wantFile(t, path, "after")
	wantOnly(t, dir, "out.csv")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want that of the file before", info.Mode(), err)
	}
}

func TestOutputIsCompressed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv.gz")
	if err := create(t, path, "text").Commit(); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != "text" {
		t.Errorf("got %q and %v", text, err)
	}
}

func TestOutputThatIsNoFile(t *testing.T) {
	var b bytes.Buffer
	o, err := Create("-", &b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write([]byte("text")); err != nil || b.String() != "text" {
		t.Errorf("got %q and %v", b.String(), err)
	}
	if err := o.Commit(); err != nil {
		t.Error(err)
	}
	if err := create(t, os.DevNull, "text").Commit(); err != nil {
		t.Error(err)
	}
	if _, err := Create(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: got %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "nowhere", "out"), nil); err == nil {
		t.Error("a folder that is not there: got no error")
	}
}

func TestOutputGoesOn(t *testing.T) {
	for _, name := range []string{"out.csv", "out.csv.gz", "out.csv.zst"} {
		path := filepath.Join(t.TempDir(), name)
		write := func(size int64, text string) *Output {
			t.Helper()
			o, err := Resume(path, size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			return o
		}
		o := write(0, "one\n")
		size, err := o.Sync()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Resume(path, size); !errors.Is(err, ErrInUse) {
			t.Errorf("while it is being written: got %v", err)
		}
		if _, err := o.Write([]byte("lost\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := o.Discard(); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, filepath.Dir(path), name+".partial")
		if _, err := Resume(path, 1<<20); err == nil || !strings.Contains(err.Error(), "were on disk when it was left") {
			t.Errorf("shorter than it was: got %v", err)
		}
		o = write(size, "two\n")
		if _, err := o.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := o.Commit(); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, filepath.Dir(path), name)
		in, err := Open(path, InputOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(in); err != nil || string(text) != "one\ntwo\n" {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
		in.Close()
	}
}
