// Impact measures how many leads need not be decided again after accounts have changed, because nothing that their decisions
// had read has, and compares with deciding all of them again: none may differ that was not named.
//
//	go run ./bench/impact [-accounts N] [-leads N] [-changes N,N,…] [-seed N] [-results bench/RESULTS.md]
//
// Accounts and leads are the corpus's, and what changes is drawn by package churn; every number of changes begins with the same
// book.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/churn"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/matcher"
)

func main() { program.Main("impact", run) }

// config is what the flags say.
type config struct {
	accounts, leads int
	changes         []int
	seed            uint64
	results         string
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("impact", flag.ContinueOnError)
	f.IntVar(&c.accounts, "accounts", 100_000, "accounts of the book")
	f.IntVar(&c.leads, "leads", 50_000, "leads that were decided before")
	f.Uint64Var(&c.seed, "seed", 1, "seed of what changes")
	changes := f.String("changes", "10,100,1000,10000", "accounts that change, with commas between")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	for word := range strings.SplitSeq(*changes, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return c, fmt.Errorf("-changes: expected numbers above 0, not %q", word)
		}
		c.changes = append(c.changes, n)
	}
	if c.accounts < 1 || c.leads < 1 {
		return c, errors.New("-accounts and -leads have to be above 0")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	made := corpus.New(c.seed, c.accounts)
	leads, err := load.Usual.Of(c.seed, made.Leads(c.leads/4), c.leads)
	if err != nil {
		return err
	}
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, made.Accounts()); err != nil {
		return err
	}
	before := decideAll(x.Snapshot(), leads)
	report := &report{config: c, cells: before.cells, bytes: before.bytes}
	for _, n := range c.changes {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := measure(c, made, leads, before, n)
		if err != nil {
			return err
		}
		report.rows = append(report.rows, row)
	}
	fmt.Fprint(w, report.markdown())
	for _, r := range report.rows {
		if r.missed > 0 {
			return fmt.Errorf("after %d changes, %d leads that are decided differently were not named", r.changes, r.missed)
		}
	}
	if c.results == "" {
		return nil
	}
	return results.Write(c.results, "Impact", "make impact", report.markdown())
}

// measure changes a book of its own so many times.
func measure(c config, made *corpus.Corpus, leads []*matcher.Lead, before *decided, n int) (row, error) {
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, made.Accounts()); err != nil {
		return row{}, err
	}
	var accounts []matcher.Account
	for a := range made.Accounts() {
		accounts = append(accounts, *a)
	}
	next := made.Len()
	book := churn.New(c.seed, accounts, func() matcher.Account { next++; return made.Account(next) })
	for len(book.Accounts) < n {
		book.Step(x, min(100, n-len(book.Accounts)))
	}
	touched := x.Snapshot().Touched(book.Accounts, book.Overrides)
	r := row{changes: len(book.Accounts), leads: len(leads), all: touched.All}
	for k := range touched.Cells {
		r.touched += len(touched.Cells[k])
	}
	r.compare(before, decideAll(x.Snapshot(), leads), touched)
	return r, nil
}

// decided are leads' outcomes, and what was read for them.
type decided struct {
	outs         []matcher.Outcome
	reads        []matcher.ReadSet
	cells, bytes float64 // of a lead, on average
}

func decideAll(s *matcher.Snapshot, leads []*matcher.Lead) *decided {
	d := &decided{outs: make([]matcher.Outcome, len(leads)), reads: make([]matcher.ReadSet, len(leads))}
	var buf []byte
	for i, l := range leads {
		out := &d.outs[i]
		s.Match(out, l, matcher.MatchOptions{Reads: true})
		d.reads[i], out.Reads = matcher.ReadSet{Cells: slices.Clip(out.Reads.Cells), All: out.Reads.All}, matcher.ReadSet{}
		buf = d.reads[i].Append(buf[:0])
		d.cells += float64(len(d.reads[i].Cells)) / float64(len(leads))
		d.bytes += float64(len(buf)) / float64(len(leads))
		out.Versions.Revision, out.Retrieval = 0, matcher.Retrieval{} // of which leads are told only when they ask
	}
	return d
}
