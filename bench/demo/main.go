// Demo shows leadmatch at work: it starts a server in a temporary folder, imports the sample accounts, matches the
// sample leads, prints a telling selection of the decisions with their reasons, how many were right, and one
// explanation, and stops. It leaves nothing behind, also when it is interrupted or nobody reads on (| head).
//
//	go run ./bench/demo
//
// With -readme FILE it also writes a part of that into FILE, between the lines <!-- demo --> and <!-- /demo -->, so that
// what the README shows is what comes out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/bench/sample"
)

// patience bounds the demo, the programs' build apart.
const patience = 2 * time.Minute

func main() { program.Main("demo", run) }

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	readme := flags.String("readme", "", "write a part of what is printed into this `file`, too")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintln(w, "building leadmatchd and leadmatch …")
	programs, err := local.Build(ctx, dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	server, err := local.Start(ctx, programs.Server, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	fmt.Fprintf(w, "leadmatchd serves on %s, its data in a temporary folder\n", server.Addr)
	s := &show{w: w, dir: dir, programs: programs, server: server, readme: *readme}
	return s.run(ctx)
}

// show is the demo once a server is there.
type show struct {
	w        io.Writer
	dir      string // for files
	programs local.Programs
	server   *local.Server
	readme   string // a file; "" for none
}

func (s *show) run(ctx context.Context) error {
	leads, err := sample.Leads()
	if err != nil {
		return err
	}
	if err := s.importAccounts(ctx); err != nil {
		return err
	}
	outcomes, err := s.matchLeads(ctx)
	if err != nil {
		return err
	}
	answered, err := join(leads, outcomes)
	if err != nil {
		return err
	}
	printSelection(s.w, answered, allShown)
	printTotals(s.w, answered)
	why, err := s.explanation(ctx, answered, 2)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.w, "\nWhy? Ask for the explanation of any lead:\n\n%s", why)
	fmt.Fprint(s.w, "\nTry your own: `make build`, then `bin/leadmatchd` in one terminal and `bin/leadmatch --help` in another.\n")
	if s.readme == "" {
		return nil
	}
	return s.writeReadme(ctx, answered)
}

// fewShown is how many leads of a group the README shows.
const fewShown = 4

// writeReadme puts a few decisions and an explanation into the README.
func (s *show) writeReadme(ctx context.Context, answered []answered) error {
	var decisions strings.Builder
	printSelection(&decisions, answered, fewShown)
	printTotals(&decisions, answered)
	why, err := s.explanation(ctx, answered, 1)
	if err != nil {
		return err
	}
	return results.Block(s.readme, "demo", fmt.Sprintf("```\n%s```\n\nand of any lead, why:\n\n```\n%s```",
		strings.TrimPrefix(decisions.String(), "\n"), why))
}

func (s *show) importAccounts(ctx context.Context) error {
	path := filepath.Join(s.dir, "accounts.csv")
	if err := os.WriteFile(path, sample.AccountsCSV(), 0o600); err != nil {
		return err
	}
	_, said, err := s.server.Leadmatch(ctx, s.programs, "accounts", "import", path)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.w, "\n$ leadmatch accounts import bench/sample/accounts.csv\n%s", said)
	return nil
}

func (s *show) matchLeads(ctx context.Context) ([]outcome, error) {
	leads, outcomes := filepath.Join(s.dir, "leads.csv"), filepath.Join(s.dir, "outcomes.jsonl")
	if err := os.WriteFile(leads, sample.LeadsCSV(), 0o600); err != nil {
		return nil, err
	}
	_, said, err := s.server.Leadmatch(ctx, s.programs, "bulk", leads, "-o", outcomes)
	if err != nil {
		return nil, err
	}
	summary, _, _ := strings.Cut(said, "\n") // after it come the columns with the right answers, which were not used
	fmt.Fprintf(s.w, "\n$ leadmatch bulk bench/sample/leads.csv -o outcomes.jsonl\n%s\n", summary)
	return readOutcomes(outcomes)
}

// explanation asks for the explanation of a lead whose decision took more than looking its name up, with as many
// candidates; it comes with the command that asks for it.
func (s *show) explanation(ctx context.Context, answered []answered, candidates int) (string, error) {
	a := worthExplaining(answered)
	args := append([]string{"match", "--explain", "--limit", strconv.Itoa(candidates)}, a.flags()...)
	out, _, err := s.server.Leadmatch(ctx, s.programs, args...)
	return fmt.Sprintf("$ leadmatch %s\n%s", shellWords(args), out), err
}
