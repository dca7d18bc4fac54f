// Compare measures the engine as it is in the files here against another commit's, on the same accounts and leads:
//
//	go run ./bench/compare -ref main~1
//
// The other commit is checked out into a worktree of its own, which is removed again, also when the program is
// interrupted. The benchmark and the corpus are put there as they are here, so that only the engine differs. Each side is
// built once; they run in turns, and benchstat says which differences are more than noise. Benchstat is fetched when it
// is not in the module cache. ACCOUNTS adds a size, as it does for make bench.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/program"
)

// benchstat is pinned: another version may print something else.
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

func main() { program.Main("compare", run) }

// config is what the flags say.
type config struct {
	ref    string
	bench  string
	each   string
	rounds int
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.StringVar(&c.ref, "ref", "", "commit to compare with")
	f.StringVar(&c.bench, "bench", "^BenchmarkMatch$", "regular expression of the benchmarks to run")
	f.StringVar(&c.each, "benchtime", "1000x", "how long, or how often, each benchmark runs in a round")
	f.IntVar(&c.rounds, "rounds", 8, "how often each side runs; benchstat wants 6 or more")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	switch {
	case c.ref == "":
		return c, errors.New("-ref is missing: the commit to compare with, as in make bench-compare REF=main~1")
	case c.rounds < 1:
		return c, fmt.Errorf("-rounds is %d, want 1 or more", c.rounds)
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	base := side{name: "base", dir: filepath.Join(dir, "tree"), out: dir}
	remove, err := checkOut(ctx, c.ref, base.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	root, err := output(ctx, ".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	head := side{name: "head", dir: root, out: dir}
	if err := share(root, base.dir); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "building benchstat and both sides …")
	if err := fetchBenchstat(ctx, dir); err != nil {
		return err
	}
	for _, s := range []*side{&base, &head} {
		if err := s.build(ctx); err != nil {
			return err
		}
	}
	for round := range c.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d …\n", round+1, c.rounds)
		sides := []*side{&base, &head}
		if round%2 == 1 { // who comes first may find the machine otherwise
			sides = []*side{&head, &base}
		}
		for _, s := range sides {
			if err := s.bench(ctx, &c); err != nil {
				return err
			}
		}
	}
	verdict, err := output(ctx, dir, filepath.Join(dir, "benchstat"), "base="+base.results(), "head="+head.results())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, verdict)
	return err
}

// fetchBenchstat puts benchstat into the folder.
func fetchBenchstat(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "install", benchstat)
	cmd.Env = append(os.Environ(), "GOBIN="+dir)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s, which judges the runs, is not in the module cache and could not be fetched (is there a network?): %w\n%s",
			benchstat, err, text)
	}
	return nil
}

// output runs a command in a folder and returns what it prints, without the line's end. An error holds what it says.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var said strings.Builder
	cmd.Stderr = &said
	text, err := cmd.Output()
	if ctx.Err() != nil {
		return "", errors.New("interrupted")
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, text, said.String())
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}
