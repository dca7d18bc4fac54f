// Retyped measures decisions on leads that are made of a book's own names, typed as they are, with a letter wrong, or loosely:
// cut, joined, with another ending.
//
//	go run ./bench/retyped -file ACCOUNTS.jsonl.gz [-leads 6000]
//
// No model is fitted to such leads, and they need no labels. A lead has its account's country, and nothing else. Of an account that
// the book has twice the other one counts as wrong, and a name that was cut may well be that of another.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"text/tabwriter"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/matcher"
)

func main() { program.Main("retyped", run) }

// seed is that of the draw of accounts and of how their names are typed.
const seed = 5

func run(ctx context.Context, args []string, w io.Writer) error {
	f := flag.NewFlagSet("retyped", flag.ContinueOnError)
	file := f.String("file", "", "file of accounts, JSON Lines, gzipped or not")
	leads := f.Int("leads", 6000, "leads of each kind")
	if err := program.Parse(f, args); err != nil {
		return err
	}
	if *file == "" || *leads < 1 {
		return errors.New("-file has to name a file of accounts, and -leads has to be 1 or more")
	}
	accounts, err := read(*file)
	if err != nil {
		return err
	}
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, (&labelled.Set{Accounts: accounts}).All); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "typed\tleads\tassigned rightly\twrongly\tright one first\tamong five\t")
	for _, kind := range []corpus.Kind{corpus.Exact, corpus.Typo, corpus.Fuzzy} {
		c := measure(ctx, x.Snapshot(), accounts, kind, *leads)
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t\n", kind, c.leads, c.right, c.wrong, c.first, c.five)
	}
	return errors.Join(t.Flush(), ctx.Err())
}

// read returns the accounts of a file; none is an error.
func read(path string) (accounts []matcher.Account, err error) {
	for a, err := range book.Read(path) {
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, *a)
	}
	if len(accounts) == 0 {
		return nil, fmt.Errorf("%s has no accounts", path)
	}
	return accounts, nil
}

// counts are of leads.
type counts struct{ leads, right, wrong, first, five int }

// measure matches n leads of a kind, each of an account that is drawn, until the context ends.
func measure(ctx context.Context, s *matcher.Snapshot, accounts []matcher.Account, kind corpus.Kind, n int) (c counts) {
	r := rand.New(rand.NewPCG(seed, uint64(kind)))
	var out matcher.Outcome
	for c.leads < n && ctx.Err() == nil {
		a := &accounts[r.IntN(len(accounts))]
		lead := matcher.Lead{Company: corpus.Retype(kind, r, a.Name)}
		if len(a.Addresses) > 0 {
			lead.Address.Country = a.Addresses[0].Country
		}
		s.Match(&out, &lead, matcher.MatchOptions{Limit: 5})
		c.leads++
		switch {
		case out.Decision == matcher.Matched && out.AccountID == a.ID:
			c.right++
		case out.Decision == matcher.Matched:
			c.wrong++
		}
		at := slices.IndexFunc(out.Candidates, func(o matcher.Candidate) bool { return o.AccountID == a.ID })
		if at == 0 {
			c.first++
		}
		if at >= 0 {
			c.five++
		}
	}
	return c
}
