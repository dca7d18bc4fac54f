package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
)

func TestEnginesAreTimedOnEveryKind(t *testing.T) {
	dir := t.TempDir()
	books := []*measurement{ofCorpus(10_000, 20, dir), ofCorpus(400, 20, dir)}
	var path string
	for _, m := range books {
		var err error
		if path, err = m.prepare(); err != nil {
			t.Fatal(err)
		}
	}
	books = append(books, ofFile(path, 20, dir))
	if _, err := books[2].prepare(); err != nil {
		t.Fatal(err)
	}
	n, err := books[2].writeLeads(filepath.Join(dir, "leads.jsonl"))
	if err != nil || n != 20*len(corpus.Kinds) {
		t.Errorf("%d leads were written, error %v", n, err)
	}
	if err := timeEngines(t.Context(), books); err != nil {
		t.Fatal(err)
	}
	if books[1].built.n != 400 || books[2].built.n != 400 {
		t.Errorf("indexes of %d and %d accounts, want 400 both", books[1].built.n, books[2].built.n)
	}
	text := markdown(books)
	for _, kind := range corpus.Kinds {
		for _, m := range books {
			if s := m.sums[kind]; s.Leads != 20 || s.Median <= 0 {
				t.Errorf("%s: %s leads took %+v", m.name, kind, s)
			}
		}
		if !strings.Contains(text, "| "+kind.String()+" | p99 |") {
			t.Errorf("nothing is said of %s leads:\n%s", kind, text)
		}
	}
	if !strings.Contains(text, "| accounts | 10,000 | 400 | accounts.jsonl |\n| --- | --: | --: | --: |\n") {
		t.Errorf("the table has other columns:\n%s", text)
	}
	chart := filepath.Join(dir, chartName)
	if err := writeChart(chart, books); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(chart); err != nil || !strings.Contains(string(svg), "worst") {
		t.Errorf("the chart, error %v:\n%s", err, svg)
	}
}

func TestGrowth(t *testing.T) {
	var books []*measurement
	for _, name := range []string{"10,000", "100,000", "1,000,000", "10,000,000"} {
		books = append(books, &measurement{name: name})
	}
	f := func(books []*measurement, want ...[2]int) {
		t.Helper()
		got := growth(books)
		if len(got) != len(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	}
	f(books, [2]int{0, 2}, [2]int{2, 3})
	f(books[1:], [2]int{1, 2})
	f(books[:2])
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 500), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := folderSize(dir); err != nil || n != 1000 {
		t.Errorf("the folder has %d bytes, error %v, want 1000", n, err)
	}
	if got := megabytes(1_500_000); got != "2 MB" {
		t.Errorf("got %s", got)
	}
}

func TestFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if _, err := parse(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", args, err, want)
		}
	}
	f("want numbers of 1 or more", "-accounts", "0")
	f("want numbers of 1 or more", "-accounts", "10,")
	f("-leads has to be 1 or more", "-leads", "-1")
	f("unexpected argument", "accounts.jsonl")
	if c, err := parse([]string{"-accounts", "10,200"}); err != nil || len(c.sizes) != 2 || c.sizes[1] != 200 {
		t.Errorf("sizes are %v, error %v", c.sizes, err)
	}
}
