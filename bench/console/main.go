// Console measures how long people wait for the pages of the console with a million accounts, or as many as are asked for: it
// fills a server of its own, has it decide leads, and goes through the pages in a headless Chromium.
//
//	go run ./bench/console [-accounts N | -file ACCOUNTS.jsonl.gz] [-results bench/RESULTS.md]
//
// Without a file the accounts are the corpus's. Data goes into a temporary folder, which is removed. Browser and server share
// the machine. The steps stand in server/console/browser/big_test.go, a module of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/matcher"
)

func main() { program.Main("console", run) }

const seed = 1

// kinds are the leads that people look at: the rest of the corpus's is for measuring the engine.
var kinds = []corpus.Kind{corpus.Exact, corpus.Fuzzy, corpus.Typo, corpus.Absent}

// config is what the flags say.
type config struct {
	accounts int
	file     string
	leads    int
	pictures string
	results  string
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("console", flag.ContinueOnError)
	f.IntVar(&c.accounts, "accounts", 1_000_000, "made-up accounts to measure with")
	f.StringVar(&c.file, "file", "", "JSON Lines file of accounts to measure with instead")
	f.IntVar(&c.leads, "leads", 1000, "leads, of four kinds as many each")
	f.StringVar(&c.pictures, "pictures", "", "folder for screenshots; none are kept without")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	if c.pictures != "" {
		var err error
		if c.pictures, err = filepath.Abs(c.pictures); err != nil {
			return c, err
		}
	}
	if c.accounts < 1 || c.leads < 100 {
		return c, errors.New("-accounts has to be 1 or more, and -leads 100 or more")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-console-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	accounts, leads, timings := filepath.Join(dir, "accounts.jsonl"), filepath.Join(dir, "leads.jsonl"), filepath.Join(dir, "timings")
	program.Say("making accounts and leads")
	if err := c.prepare(accounts, leads); err != nil {
		return err
	}
	program.Say("building the programs")
	programs, err := local.Build(ctx, dir)
	if err != nil {
		return err
	}
	s, err := local.Start(ctx, programs.Server, filepath.Join(dir, "data"), "--decision-log", filepath.Join(dir, "log.jsonl"), "--decision-log-leads", "company")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	program.Say("importing the accounts, and deciding the leads")
	for _, command := range [][]string{{"accounts", "import", accounts}, {"bulk", leads, "-o", filepath.Join(dir, "outcomes.jsonl")}} {
		if _, _, err := s.Leadmatch(ctx, programs, command...); err != nil {
			return err
		}
	}
	program.Say("going through the pages")
	if err := c.browse(ctx, s.Web, leads, timings); err != nil {
		return err
	}
	text, err := c.markdown(timings)
	if err != nil {
		return err
	}
	return results.Report(w, c.results, "The console", "make console", text)
}

// prepare writes the accounts and leads of them.
func (c *config) prepare(accounts, leads string) error {
	var all iter.Seq2[*matcher.Account, error]
	var byKind [][]*matcher.Lead
	each := c.leads / len(kinds)
	if c.file != "" {
		all = book.Read(c.file)
		var err error
		if byKind, err = corpus.LeadsFor(seed, all, each); err != nil {
			return err
		}
	} else {
		made := corpus.New(seed, c.accounts)
		all, byKind = made.Accounts(), made.Leads(each)
	}
	err := write(accounts, func(w io.Writer) error { return book.Write(w, all) })
	return errors.Join(err, write(leads, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		for i := range each {
			for _, kind := range kinds {
				l := byKind[kind][i]
				if err := lines.Encode(map[string]string{"id": l.ID, "company": l.Company}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

func write(path string, f func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// browse has the tests of the console write down what they time.
func (c *config) browse(ctx context.Context, addr, leads, timings string) error {
	cmd := exec.CommandContext(ctx, "go", "-C", "server/console/browser", "test", "-tags", "big", "-count", "1", "-run", "^TestBigBook$", ".",
		"-at", addr, "-leads", leads, "-timings", timings, "-screenshots", c.pictures)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("going through the pages: %w\n%s", err, out)
	}
	return nil
}
