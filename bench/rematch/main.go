// Rematch measures bulk work: a file of leads is decided again through a server of its own, whole, killed and resumed,
// compared with the outcomes of before, only what changed accounts may tell in, and with live calls beside it. What the
// engine does in-process on the same accounts and leads is what the speed is held against.
//
//	go run ./bench/rematch [-accounts N] [-leads N] [-kills N] [-changed N] [-rate N] [-live TIME] [-results bench/RESULTS.md]
//
// Accounts and leads are the corpus's. Data goes into a temporary folder, which is removed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

func main() { program.Main("rematch", run) }

// config is what the flags say.
type config struct {
	accounts, leads, kills, changed int
	rate                            float64
	live                            time.Duration
	results                         string
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("rematch", flag.ContinueOnError)
	f.IntVar(&c.accounts, "accounts", 1_000_000, "accounts to match against")
	f.IntVar(&c.leads, "leads", 1_000_000, "leads to decide")
	f.IntVar(&c.changed, "changed", 1000, "accounts that change, at most all")
	f.IntVar(&c.kills, "kills", 10, "how often the resumed run is killed")
	f.Float64Var(&c.rate, "rate", 300, "live calls a second beside it")
	f.DurationVar(&c.live, "live", 10*time.Second, "how long live calls and bulk work are measured each time")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	c.changed = min(c.changed, c.accounts)
	if c.accounts < 1 || c.leads < 1 || c.kills < 1 || c.changed < 1 || c.rate <= 0 || c.live <= 0 {
		return c, errors.New("-accounts, -leads, -kills, -changed, -rate and -live have to be above 0")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-rematch-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := &measurement{config: c, dir: dir}
	if m.programs, err = local.Build(ctx, dir); err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"making accounts and leads", m.prepare},
		{"timing the engine alone", m.timeEngine},
		{"importing", m.start},
		{"rematching everything", m.whole},
		{"rematching, killed and resumed", m.killed},
		{"rematching, compared with the outcomes of before", m.compared},
		{"rematching what changes may tell in", m.impacted},
		{"live calls alone and beside it", m.beside},
	} {
		program.Say("%s", step.what)
		if err := step.do(ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", step.what, err), m.stop())
		}
	}
	if err := m.stop(); err != nil {
		return err
	}
	return results.Report(w, c.results, "Rematching", "make rematch", m.markdown())
}
