package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// side is one of the two trees that are compared.
type side struct {
	name string
	dir  string // of its tree
	out  string // folder for its program and results
}

func (s *side) program() string { return filepath.Join(s.out, s.name+".test") }
func (s *side) results() string { return filepath.Join(s.out, s.name+".txt") }

func (s *side) build(ctx context.Context) error {
	_, err := output(ctx, s.dir, "go", "test", "-c", "-o", s.program(), "./bench")
	if err != nil && ctx.Err() == nil && s.name == "base" {
		return fmt.Errorf("the benchmark does not fit the engine of that commit: %w", err)
	}
	return err
}

// bench runs the benchmarks once and adds to the results.
func (s *side) bench(ctx context.Context, c *config) error {
	text, err := output(ctx, filepath.Join(s.dir, "bench"), s.program(), "-test.run", "^$", "-test.bench", c.bench, "-test.benchtime", c.each)
	if err != nil {
		return err
	}
	if !strings.Contains(text, "ns/op") {
		return fmt.Errorf("no benchmark in ./bench is called %q", c.bench)
	}
	f, err := os.OpenFile(s.results(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, text)
	return errors.Join(err, f.Close())
}

// checkOut makes a worktree of the commit, and returns what removes it.
func checkOut(ctx context.Context, ref, dir string) (remove func() error, err error) {
	commit, err := output(ctx, ".", "git", "rev-parse", "--verify", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%q is no commit that git knows here: %w", ref, err)
	}
	remove = func() error {
		// The context may be done: that is when the worktree has to go. One that was just being made is locked.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := output(ctx, ".", "git", "worktree", "remove", "--force", "--force", dir)
		return err
	}
	if _, err := output(ctx, ".", "git", "worktree", "add", "--quiet", "--detach", dir, commit); err != nil {
		remove() // which fails where git has done so itself
		return nil, err
	}
	return remove, nil
}

// What both sides have from here: folders, and a file.
var (
	sharedFolders = []string{"bench/corpus", "client/typed"}
	sharedFile    = "bench/match_bench_test.go"
)

// share puts what both sides have from here into the other tree.
func share(from, to string) error {
	for _, path := range sharedFolders {
		if err := os.RemoveAll(filepath.Join(to, path)); err != nil {
			return err
		}
		if err := os.CopyFS(filepath.Join(to, path), os.DirFS(filepath.Join(from, path))); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(from, sharedFile))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, sharedFile), text, 0o600)
}
