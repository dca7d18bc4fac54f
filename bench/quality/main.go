// Quality measures how well the engine decides on labelled leads, and how long it takes.
//
//	go run ./bench/quality [-data DIR] [-sets sec,gpg] [-by scenario,overlap]
//
// The set "sample" is built in. DIR holds more, two files for each: SET.accounts.jsonl.gz and SET.leads.jsonl.gz. Each
// set's accounts are loaded into an index of their own, every lead is matched in-process, and a table says what came of
// it: see the columns in the package client/eval. Everything else is a flag: the worst mistakes with their explanations (-worst), how often the right
// account was a candidate at all (-recall), floors that must hold (-floors), a profile (-cpuprofile).
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
)

func main() {
	err := run(os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

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
	floors     string
	cpuprofile string
	fit        string
	worst      int
	recall     bool
	timed      int
}

// list is a flag's comma-separated values.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = strings.Split(s, ",")
	return nil
}

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
	f.StringVar(&c.floors, "floors", "", "file of floors; one that is not met is an error")
	f.StringVar(&c.cpuprofile, "cpuprofile", "", "file to write a profile of the matching to")
	f.StringVar(&c.fit, "fit", "", "model file to fit to the sets and write; each set is measured with the model fitted to the others")
	f.IntVar(&c.worst, "worst", 0, "print this many of the worst mistakes of each kind, explained")
	f.BoolVar(&c.recall, "recall", false, "print how often the right account is among the candidates")
	f.IntVar(&c.timed, "timed", 500, "leads of each scenario to time; 0 for none")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return c, nil
}

func run(args []string, w io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if len(c.sets) == 0 {
		if c.sets, err = setsIn(c.data); err != nil {
			return err
		}
	}
	if c.fit != "" {
		return c.fitModel(w)
	}
	reports := make([]*report, 0, len(c.sets))
	for _, name := range c.sets {
		r, err := c.measureSet(name, w)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		reports = append(reports, r)
	}
	return c.finish(reports, w)
}

// finish does what takes the reports of all sets.
func (c *config) finish(reports []*report, w io.Writer) error {
	if c.json != "" {
		if err := writeJSON(c.json, reports); err != nil {
			return err
		}
	}
	if c.results != "" {
		if err := writeResults(c.results, "make results", reports); err != nil {
			return err
		}
	}
	if c.floors != "" {
		return checkFloors(c.floors, reports, w)
	}
	return nil
}

// measureSet does all that is asked for on one set, so that only one set is in memory at a time.
func (c *config) measureSet(name string, w io.Writer) (*report, error) {
	set, err := loadSet(c.data, name)
	if err != nil {
		return nil, err
	}
	index, imported, err := set.index(c.among)
	if err != nil {
		return nil, err
	}
	defer index.Close()
	snapshot := index.Snapshot()

	stop, err := startProfile(c.cpuprofile, name)
	if err != nil {
		return nil, err
	}
	pairs, took := matchAll(snapshot, set.leads)
	stop()
	r := &report{
		Set: name, Import: imported, Stats: snapshot.Stats(), MatchSeconds: took.Seconds(),
		Quality: eval.NewReport(pairs, c.by...), Engine: timeLeads(snapshot, set.leads, c.timed),
	}
	if err := r.print(w); err != nil {
		return nil, err
	}
	if c.out != "" {
		if err := writeOutcomes(c.out, name, pairs); err != nil {
			return nil, err
		}
	}
	if c.recall {
		printRecall(w, snapshot, set)
	}
	if c.worst > 0 {
		printWorst(w, snapshot, set, pairs, c.worst, c.only)
	}
	return r, nil
}
