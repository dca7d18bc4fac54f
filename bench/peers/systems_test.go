package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
)

var (
	account = matcher.Account{
		ID: "a", Name: "Acme GmbH", Aliases: []string{"North Pole Acme"}, Domains: []string{"https://www.acme.de"},
		Phones: []string{"+49 30 1234567"}, Addresses: []matcher.Address{{Country: "Germany", City: "Berlin"}},
	}
	lead = matcher.Lead{
		Company: "ACME", Email: "jo@acme.de", Phone: "030 1234567", Address: matcher.Address{Country: "DE", City: "Berlin"},
	}
)

// Every system finds the account of leads that hold its name as it is, or its domain.
func TestSystemsFindAccounts(t *testing.T) {
	const n = 300
	made := corpus.New(seed, n)
	c := config{metric: defaultMetric}
	systems, leftOut, err := c.systems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(systems)+2*len(leftOut) != 6 {
		t.Fatalf("%d systems, left out: %q", len(systems), leftOut)
	}
	for _, s := range systems {
		s.rule = &rule{}
		err := s.with(t.Context(), made.Accounts(), func(o opened, _ time.Duration) error {
			decide, err := s.workerOf(t.Context(), o)
			if err != nil {
				return err
			}
			for _, kind := range []corpus.Kind{corpus.Domain, corpus.Exact} {
				right := 0
				for i := range 50 {
					l, expected := made.Lead(kind, i)
					var a eval.Answer
					if err := decide(t.Context(), &l, &a); err != nil {
						return err
					}
					if len(a.Candidates) > 0 && a.Candidates[0].AccountID == expected {
						right++
					}
				}
				if right < 40 { // names repeat
					t.Errorf("%s: %d of 50 %s leads found their account", s.name, right, kind)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

func TestWithoutPostgres(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	packaged := packagedPostgres
	t.Cleanup(func() { packagedPostgres = packaged })
	packagedPostgres = filepath.Join(t.TempDir(), "*", "initdb")
	c := config{metric: defaultMetric}
	systems, leftOut, err := c.systems(t.Context())
	if err != nil || len(systems) != 4 || len(leftOut) != 1 || !strings.Contains(leftOut[0], "PostgreSQL is left out") {
		t.Errorf("%d systems, left out: %q, error %v", len(systems), leftOut, err)
	}
	r := report{leftOut: leftOut}
	if text := r.markdown(); !strings.Contains(text, leftOut[0]) {
		t.Errorf("the report does not say that PostgreSQL is left out:\n%s", text)
	}
}

// What was started is stopped and removed, also when it was interrupted.
func TestNothingIsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, dir := range []string{os.Getenv("TMPDIR"), filepath.Dir(os.Getenv("TMPDIR"))} { // for the user that PostgreSQL runs as
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := config{metric: defaultMetric}
	ctx, cancel := context.WithCancel(t.Context())
	systems, _, err := c.systems(ctx)
	if err != nil {
		t.Fatal(err)
	}
	interrupted := 0
	for _, s := range systems {
		if s.inside {
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		err := s.with(ctx, corpus.New(seed, 10).Accounts(), func(opened, time.Duration) error {
			cancel()
			return ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", s.name, err)
		}
		interrupted++
	}
	cancel()
	if interrupted == 0 {
		t.Error("nothing was interrupted")
	}
	err = filepath.WalkDir(os.Getenv("TMPDIR"), func(path string, d fs.DirEntry, err error) error {
		if strings.HasPrefix(d.Name(), "peers-") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRunWritesResults(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "peers"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "RESULTS.md")
	var out strings.Builder
	args := []string{"-accounts", "60", "-leads", "3", "-each", "50ms", "-labelled", "150", "-only", "r", "-results", path}
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Peers\n", "Made by `make peers PEERS='-accounts 60 ", "### How right", "### 60 accounts", "strutil, brute force"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if svg, err := os.ReadFile(filepath.Join(dir, plotFile)); err != nil || !strings.Contains(string(svg), "<svg") {
		t.Errorf("the plot is %.50q, error %v", svg, err)
	}
}

func TestFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if err := run(t.Context(), args, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	f("-accounts", "-accounts", "10,x")
	f("-accounts", "-accounts", "0")
	f("-labelled", "-labelled", "0")
	f("-metric", "-metric", "Soundex")
	f("-only", "-only", "Oracle")
	f("no SET", "-data", t.TempDir())
	f("unexpected", "more")
}
