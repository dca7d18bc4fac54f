package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes one with a commit and goes there. Without git there is nothing to compare with, which the program says.
func repository(t *testing.T) (hasGit bool) {
	t.Helper()
	t.Chdir(t.TempDir())
	if _, err := exec.LookPath("git"); err != nil {
		if err := run(t.Context(), []string{"-ref", "main"}, io.Discard); err == nil || !strings.Contains(err.Error(), "git") {
			t.Errorf("error is %v, want one with git", err)
		}
		return false
	}
	for _, args := range []string{"init -q", "-c user.name=a -c user.email=a@b.c commit -q --allow-empty -m x"} {
		if text, err := exec.Command("git", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, text)
		}
	}
	return true
}

func worktrees(t *testing.T) int {
	t.Helper()
	text, err := output(context.Background(), ".", "git", "worktree", "list")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(text, "\n") + 1
}

func TestWorktreeIsRemoved(t *testing.T) {
	if !repository(t) {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "tree")
	remove, err := checkOut(ctx, "HEAD", dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := worktrees(t); n != 2 {
		t.Errorf("%d worktrees, want 2", n)
	}
	cancel() // as Ctrl-C does
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) || worktrees(t) != 1 {
		t.Errorf("the worktree is still there: %v", err)
	}
	if _, err := checkOut(ctx, "HEAD", dir); err == nil || worktrees(t) != 1 {
		t.Errorf("an interrupted one is made: %v", err)
	}
}

func TestBadRef(t *testing.T) {
	if !repository(t) {
		return
	}
	f := func(ref, want string) {
		t.Helper()
		if err := run(t.Context(), []string{"-ref", ref}, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", ref, err, want)
		}
	}
	f("", "-ref is missing: the commit to compare with, as in make bench-compare REF=main~1")
	f("nobody", `"nobody" is no commit that git knows here`)
	f("--all", `"--all" is no commit that git knows here`)
	f("HEAD~5", `"HEAD~5" is no commit that git knows here`)
}

func TestShare(t *testing.T) {
	to := t.TempDir()
	for path, text := range map[string]string{"bench/corpus/old.go": "old", sharedFile: "old", "client/typed/old.go": "old", "matcher/kept.go": "kept"} {
		if err := os.MkdirAll(filepath.Join(to, filepath.Dir(path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join("..", "..")
	if err := share(root, to); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"bench/corpus/old.go": "", "client/typed/old.go": "", "matcher/kept.go": "kept", sharedFile: "BenchmarkMatch",
		"bench/corpus/corpus.go": "package corpus", "bench/corpus/words.tsv": "inc", "client/typed/typed.go": "package typed",
	} {
		text, err := os.ReadFile(filepath.Join(to, path))
		if (err != nil) != (want == "") || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"unexpected argument":   {"-ref", "x", "y"},
		"want 1 or more":        {"-ref", "x", "-rounds", "0"},
		"flag provided but not": {"-reef", "x"},
	} {
		if _, err := parse(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", args, err, want)
		}
	}
}
