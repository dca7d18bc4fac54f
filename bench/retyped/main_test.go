package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/labelled"
)

// TestRun measures on the sample's accounts: names as they are find their accounts, and those typed otherwise most of them.
func TestRun(t *testing.T) {
	set, err := labelled.Read("", labelled.Sample)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "accounts.jsonl")
	var file, b bytes.Buffer
	if err := book.Write(&file, set.All); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-file", path, "-leads", "200"}, &b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want a head and three kinds:\n%s", len(lines), b.String())
	}
	for i, want := range []struct {
		kind string
		five int
	}{{"exact", 198}, {"typo", 150}, {"fuzzy", 140}} {
		f := strings.Fields(lines[i+1])
		five, err := strconv.Atoi(f[len(f)-1])
		if err != nil || f[0] != want.kind || f[1] != "200" || five < want.five || five > 200 {
			t.Errorf("%q: want 200 leads of %s, the right account among five for %d and more", lines[i+1], want.kind, want.five)
		}
	}
}

func TestBadArguments(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"-file", "nowhere.jsonl"}, {"-file", empty}, {"-file", empty, "-leads", "0"}} {
		var b bytes.Buffer
		if err := run(t.Context(), args, &b); err == nil {
			t.Errorf("%v: no error, but\n%s", args, b.String())
		}
	}
}
