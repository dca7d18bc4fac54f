package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/client/eval"
)

// servedFigures are of a server that a set was imported into and matched through, by the command line.
type servedFigures struct {
	ImportSeconds float64 `json:"import_seconds"`
	MatchSeconds  float64 `json:"match_seconds"`
	Differ        int     `json:"differ"` // leads that were decided otherwise than in-process
}

// compareServed imports a set into a server of its own, matches its leads through it, and compares with the pairs that
// were decided in-process: one decision function, whichever way a lead comes. It prints the first that differs.
func (c *config) compareServed(ctx context.Context, set string, pairs []eval.Pair, w io.Writer) (*servedFigures, error) {
	answers, figures, err := c.serve(ctx, set)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		s := answers[p.Lead.ID]
		if s != nil && sameAnswer(p.Answer, s) {
			continue
		}
		if figures.Differ == 0 {
			fmt.Fprintf(w, "the server decided lead %s otherwise:\n  in-process %+v\n  served     %+v\n", p.Lead.ID, p.Answer, s)
		}
		figures.Differ++
	}
	fmt.Fprintf(w, "through a server: imported in %.2f s, matched in %.2f s (%.0f a second), %d decided otherwise\n",
		figures.ImportSeconds, figures.MatchSeconds, float64(len(pairs))/figures.MatchSeconds, figures.Differ)
	return figures, nil
}

// serve returns what a server answers for the leads of a set, by lead.
func (c *config) serve(ctx context.Context, set string) (answers map[string]*eval.Answer, _ *servedFigures, err error) {
	dir, err := os.MkdirTemp("", "leadmatch-quality-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	accounts, leads, err := c.files(set, dir)
	if err != nil {
		return nil, nil, err
	}
	programs, err := local.Build(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	server, err := local.Start(ctx, programs.Server, filepath.Join(dir, "data"))
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	outcomes := filepath.Join(dir, "outcomes.jsonl")
	start := time.Now()
	if _, _, err := server.Leadmatch(ctx, programs, "accounts", "import", accounts); err != nil {
		return nil, nil, err
	}
	imported := time.Since(start)
	if _, _, err := server.Leadmatch(ctx, programs, "bulk", leads, "-o", outcomes); err != nil {
		return nil, nil, err
	}
	matched := time.Since(start) - imported
	answers, err = readOutcomes(outcomes)
	return answers, &servedFigures{ImportSeconds: imported.Seconds(), MatchSeconds: matched.Seconds()}, err
}

// files returns where the set's accounts and leads are; those that are built in are written into dir.
func (c *config) files(set, dir string) (accounts, leads string, err error) {
	if set != labelled.Sample {
		accounts, leads = labelled.Files(c.data, set)
		return accounts, leads, nil
	}
	accounts, leads = filepath.Join(dir, "accounts.csv"), filepath.Join(dir, "leads.csv")
	return accounts, leads, errors.Join(os.WriteFile(accounts, sample.AccountsCSV(), 0o600),
		os.WriteFile(leads, sample.LeadsCSV(), 0o600))
}

// readOutcomes reads what writeOutcomes and `leadmatch bulk` write, by lead.
func readOutcomes(path string) (map[string]*eval.Answer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	answers := map[string]*eval.Answer{}
	for lines := json.NewDecoder(bufio.NewReader(f)); lines.More(); {
		var row outcomeRow
		if err := lines.Decode(&row); err != nil {
			return nil, fmt.Errorf("%s: outcome %d: %w", path, len(answers)+1, err)
		}
		a := &eval.Answer{Decision: row.Decision, AccountID: row.AccountID, Probability: row.Probability}
		for _, c := range row.Candidates {
			a.Candidates = append(a.Candidates, eval.Scored(c))
		}
		answers[row.LeadID] = a
	}
	return answers, nil
}

func sameAnswer(a, b *eval.Answer) bool {
	return a.Decision == b.Decision && a.AccountID == b.AccountID && a.Probability == b.Probability &&
		slices.Equal(a.Candidates, b.Candidates)
}
