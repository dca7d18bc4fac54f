package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/bench/program"
)

// config is what the flags say.
type config struct {
	data       string
	sets       list
	by         list
	only       list
	among      string
	out        string
	json       string
	results    string
	readme     string
	floors     string
	cpuprofile string
	fit        string
	ablate     bool
	batch      int
	worst      int
	recall     bool
	served     bool
	timed      int
}

// list is a flag's comma-separated values.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = strings.Split(s, ",")
	return nil
}

// defaultBatch is how many accounts are imported at a time.
const defaultBatch = 50_000

func parse(args []string) (*config, error) {
	c := &config{by: list{"scenario"}}
	f := flag.NewFlagSet("quality", flag.ContinueOnError)
	f.StringVar(&c.data, "data", "", "folder with SET.accounts.jsonl.gz and SET.leads.jsonl.gz")
	f.Var(&c.sets, "sets", "sets to measure, comma-separated (default: sample and all in the folder)")
	f.Var(&c.by, "by", "fields of the leads to slice by, comma-separated")
	f.Var(&c.only, "only", "field=value,…: look only at leads that have all of these in -worst")
	f.StringVar(&c.among, "among", "", "file of more accounts to hide each set's among: for speed, not for quality")
	f.StringVar(&c.out, "out", "", "folder to write SET.outcomes.jsonl to")
	f.StringVar(&c.json, "json", "", "file to write all figures to")
	f.StringVar(&c.results, "results", "", "Markdown file to write the tables into")
	f.StringVar(&c.readme, "readme", "", "Markdown file to write one line a set into, between <!-- quality --> and <!-- /quality -->")
	f.StringVar(&c.floors, "floors", "", "file of floors; one that is not met is an error")
	f.StringVar(&c.cpuprofile, "cpuprofile", "", "file to write a profile of the matching to")
	f.StringVar(&c.fit, "fit", "", "model file to fit to the sets and write; each set is measured with the model fitted to the others")
	f.BoolVar(&c.ablate, "ablate", false, "with -fit: write no model, and measure it without each of its parts instead")
	f.IntVar(&c.batch, "batch", defaultBatch, "accounts that are imported at a time; it must not make a difference")
	f.IntVar(&c.worst, "worst", 0, "print this many of the worst mistakes of each kind, explained")
	f.BoolVar(&c.recall, "recall", false, "print how often the right account is among the candidates")
	f.BoolVar(&c.served, "served", false, "match through a server as well, by leadmatch bulk, and compare the outcomes")
	f.IntVar(&c.timed, "timed", 500, "leads of each scenario to time; 0 for none")
	if err := program.Parse(f, args); err != nil {
		return nil, err
	}
	if c.ablate && c.fit == "" {
		return nil, errors.New("-ablate needs -fit, for the priors")
	}
	if c.batch < 1 {
		return nil, fmt.Errorf("-batch is %d, and has to be 1 or more", c.batch)
	}
	return c, nil
}
