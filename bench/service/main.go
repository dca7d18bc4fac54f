// Service measures a leadmatchd with a million accounts, or as many as are asked for: how much it answers in each way of
// asking, how long an answer takes by the rate at which leads come in, what a call costs beside the engine, and what becomes
// of all that while accounts are written. Or, with -observe, what metrics and traces cost.
//
//	go run ./bench/service [-accounts N | -file ACCOUNTS.jsonl.gz] [-span 3s] [-observe] [-results bench/RESULTS.md]
//
// Without a file the accounts are the corpus's. What is compared is measured in turns, over and over, so that what else the
// machine does is the same for all of it; client and server share the machine. Data goes into a temporary folder, which is
// removed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

func main() { program.Main("service", run) }

// config is what the flags say.
type config struct {
	accounts int
	file     string
	leads    int
	span     time.Duration
	results  string
	observe  bool
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("service", flag.ContinueOnError)
	f.IntVar(&c.accounts, "accounts", 1_000_000, "made-up accounts to measure with")
	f.StringVar(&c.file, "file", "", "JSON Lines file of accounts to measure with instead")
	f.IntVar(&c.leads, "leads", 20_000, "leads to make, which are sent over and over")
	f.DurationVar(&c.span, "span", 3*time.Second, "how long each single measurement takes; there are some eighty")
	f.BoolVar(&c.observe, "observe", false, "measure what metrics and traces cost, and nothing else")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into; pictures are put beside it")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	if c.accounts < 1 || c.leads < 1 || c.span < time.Millisecond {
		return c, errors.New("-accounts and -leads have to be 1 or more, and -span 1ms or more")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-service-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if c.observe {
		return observe(ctx, c, dir, w)
	}
	program.Say("building the programs")
	programs, err := local.Build(ctx, dir, "-tags", "noop")
	if err != nil {
		return err
	}
	m, err := begin(ctx, c, programs.Server, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.end()) }()
	if err := m.measure(ctx); err != nil {
		return err
	}
	text := m.markdown()
	fmt.Fprintln(w, text)
	if c.results == "" {
		return nil
	}
	if err := m.writeCharts(filepath.Dir(c.results)); err != nil {
		return err
	}
	return results.Write(c.results, "Service", "make load", text)
}

// measure takes all the figures, those first that writes would change.
func (m *measurement) measure(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"Match beside a call that does nothing", m.measureUnary},
		{"batches and streams beside the engine alone", m.measureBulk},
		{"latency by rate", m.measureRates},
		{"writes beside matches", m.measureWrites},
	} {
		program.Say("measuring %s", step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("measuring %s: %w", step.what, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
