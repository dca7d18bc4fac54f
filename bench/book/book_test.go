package book_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	c := corpus.New(1, 500)
	if err := book.Write(f, c.Accounts()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	i := 0
	for got, err := range book.Read(path) {
		if err != nil {
			t.Fatal(err)
		}
		want := c.Account(i)
		if want.Addresses == nil {
			want.Addresses = []matcher.Address{{}} // which says as little
		}
		if !reflect.DeepEqual(*got, want) {
			t.Fatalf("account %d:\nread  %+v\nwrote %+v", i, *got, want)
		}
		i++
	}
	if i != c.Len() {
		t.Errorf("%d accounts were read, want %d", i, c.Len())
	}
}

func TestReadNamesTheLine(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "accounts.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range book.Read(path) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", text, last, want)
		}
	}
	f(`{"id": "a"}`+"\n"+`{"id": 7}`, "accounts.jsonl:2: ")
	f(strings.Repeat("x", 2<<20), "too long")
}
