package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	accounts, leads := filepath.Join(dir, "accounts"), filepath.Join(dir, "leads")
	for _, c := range []config{{accounts: 500, leads: 100}, {file: accounts, leads: 200}} {
		if err := c.prepare(accounts+"x", leads); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(accounts+"x", accounts); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{accounts: 500, leads: c.leads} {
			text, err := os.ReadFile(path)
			if n := strings.Count(string(text), "\n"); err != nil || n != want {
				t.Errorf("%s has %d lines, want %d: %v", path, n, want, err)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "timings")
	c := &config{file: "x/book.jsonl.gz", leads: 7}
	f := func(text, row, says string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := c.markdown(path)
		if says != "" {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v, want %q", text, err, says)
			}
			return
		}
		if err != nil || !strings.Contains(got, row) || !strings.Contains(got, "book.jsonl.gz") {
			t.Errorf("%q: %v\n%s", text, err, got)
		}
	}
	f("open it\t3.2\t1.1\t100.9\n", "\n| open it | 3 | 3 | 101 |\n", "")
	f("none\n", "", "no times")
	f("x\tnow\n", "", "invalid syntax")
}

func TestParse(t *testing.T) {
	f := func(ok bool, args ...string) {
		t.Helper()
		if _, err := parse(args); (err == nil) != ok {
			t.Errorf("%v: %v", args, err)
		}
	}
	f(true)
	f(true, "-file", "x", "-leads", "100")
	f(false, "-leads", "99")
	f(false, "-accounts", "0")
	f(false, "more")
}
