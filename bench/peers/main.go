// Peers measures leadmatch beside what people would build instead, on the same accounts and leads in one run: PostgreSQL
// with pg_trgm, Bleve, and brute force with a metric of strutil.
//
//	make peers [PEERS=-quick]
//
// It is a module of its own, so that the peers' dependencies are not leadmatch's. PostgreSQL is started on a temporary
// folder and stopped again; where it is not installed, it is left out, with a word.
//
// # What each peer gets
//
// Names, domains, phone numbers and places as leadmatch's own normalizer reads them, an exact look-up of domains and
// phone numbers before names are searched for, places, and a decision rule that is fitted to the labelled leads: see rule.
// The rule is measured on the leads that it was fitted to.
//
// # What is measured
//
// From the lead as typed to the decision, with one lead after the other: median and 99th percentile by kind of lead. Then
// leads a second, with a worker for each core. Slow peers get the first leads only, as many as there is time for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/program"
)

func main() { program.Main("peers", run) }

const (
	fullSizes  = "10000,100000,1000000"
	quickSizes = "1000,10000"
)

// config is what the flags say.
type config struct {
	sizes    []int
	data     string
	labelled int
	patience patience
	metric   string
	only     string
	results  string
	command  string // that makes the same figures
}

func parse(args []string) (config, error) {
	c := config{command: commandOf(args)}
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	sizes := f.String("accounts", fullSizes, "made-up accounts to measure speed with; several numbers with commas between")
	quick := f.Bool("quick", false, "measure little: "+quickSizes+" accounts, 200 labelled leads of a set, a second each")
	f.StringVar(&c.data, "data", "", "folder of labelled sets, SET.accounts.jsonl.gz and SET.leads.jsonl.gz")
	f.IntVar(&c.labelled, "labelled", 1500, "labelled leads of each set")
	f.IntVar(&c.patience.leads, "leads", 1000, "made-up leads of each kind")
	f.DurationVar(&c.patience.each, "each", 5*time.Second, "time for the leads of a kind, and for the throughput")
	f.StringVar(&c.metric, "metric", defaultMetric, "strutil's metric: "+strings.Join(metricNames(), ", "))
	f.StringVar(&c.only, "only", "", "measure only systems whose names hold this text")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into; the plot goes into this folder")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	if *quick {
		*sizes, c.labelled, c.patience = quickSizes, 200, patience{100, time.Second}
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return c, fmt.Errorf("-accounts is %q, want numbers of 1 or more with commas between", *sizes)
		}
		c.sizes = append(c.sizes, n)
	}
	if c.labelled < 1 || c.patience.leads < 1 {
		return c, errors.New("-labelled and -leads have to be 1 or more")
	}
	if metricsByName[c.metric] == nil {
		return c, fmt.Errorf("-metric is %q, want one of %s", c.metric, strings.Join(metricNames(), ", "))
	}
	return c, nil
}

// commandOf is how to measure the same again.
func commandOf(args []string) string {
	var other []string
	for i := 0; i < len(args); i++ {
		if args[i] == "-data" || args[i] == "-results" {
			i++
			continue
		}
		other = append(other, args[i])
	}
	if len(other) == 0 {
		return "make peers"
	}
	return "make peers PEERS='" + strings.Join(other, " ") + "'"
}

func run(ctx context.Context, args []string, w io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	sets, err := loadSets(c.data, c.labelled)
	if err != nil {
		return err
	}
	systems, left, err := c.systems(ctx)
	if err != nil {
		return err
	}
	r := &report{config: c, sets: sets, leftOut: left}
	for _, s := range systems {
		program.Say("%s: deciding labelled leads", s.name)
		row := row{system: s}
		if !s.sameAnswers {
			if row.quality, err = s.quality(ctx, sets); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		r.rows = append(r.rows, row)
	}
	for _, n := range c.sizes {
		made := corpus.New(seed, n)
		leads := made.Leads(c.patience.leads)
		for i := range r.rows {
			program.Say("%s: %d accounts", r.rows[i].name, n)
			f, err := r.rows[i].measure(ctx, made.Accounts(), leads, c.patience)
			if err != nil {
				return fmt.Errorf("%s, %d accounts: %w", r.rows[i].name, n, err)
			}
			r.rows[i].speeds = append(r.rows[i].speeds, f)
		}
	}
	return r.write(w)
}
