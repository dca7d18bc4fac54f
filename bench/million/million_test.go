package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

func TestEngineIsTimedOnEveryKind(t *testing.T) {
	m := &measurement{config: config{accounts: 400, leads: 20}, dir: t.TempDir()}
	if err := m.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.timeEngine(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.engine.stats.Accounts != 400 {
		t.Errorf("the index holds %d accounts, want 400", m.engine.stats.Accounts)
	}
	text := m.markdown()
	for _, kind := range corpus.Kinds {
		if !strings.Contains(text, "| "+kind.String()+" |") {
			t.Errorf("nothing is said of %s leads:\n%s", kind, text)
		}
	}

	fromFile := &measurement{config: config{accounts: 1, leads: 20, file: m.path}, dir: t.TempDir()}
	if err := fromFile.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, k := range fromFile.leadSet {
		if l := k.leads[0]; k.kind == corpus.Domain && l.Email == m.leadSet[i].leads[0].Email || l.Company == "" {
			t.Errorf("a %s lead is not of the file: %+v", k.kind, l)
		}
	}
	n, err := writeLeads(filepath.Join(t.TempDir(), "leads.jsonl"), fromFile.leadSet)
	if err != nil || n != 20*len(corpus.Kinds) {
		t.Errorf("%d leads were written, error %v", n, err)
	}
}

func TestPickIsFair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.jsonl")
	if err := writeBook(path, corpus.New(1, 1000).Accounts()); err != nil {
		t.Fatal(err)
	}
	late := 0
	picked, err := pick(rand.New(rand.NewPCG(1, 1)), path, 200, func(a *matcher.Account) bool { return len(a.ID) == 4 })
	if err != nil || len(picked) != 200 {
		t.Fatalf("picked %d, error %v", len(picked), err)
	}
	for _, a := range picked { // c100 to c999
		if a.ID >= "c550" {
			late++
		}
	}
	if late < 70 || late > 130 {
		t.Errorf("%d of 200 are of the second half, want about 100", late)
	}
	if _, err := pick(rand.New(rand.NewPCG(1, 1)), path+"x", 1, nil); err == nil {
		t.Error("a file that is not there is no error")
	}
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
	f("have to be 1 or more", "-accounts", "0")
	f("have to be 1 or more", "-leads", "-1")
	f("unexpected argument", "accounts.jsonl")
}
