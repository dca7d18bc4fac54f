// Quality measures how well the engine decides on labelled leads, and how long it takes.
//
//	go run ./bench/quality [-data DIR] [-sets sec,gpg] [-by scenario,overlap]
//
// The set "sample" is built in. DIR holds more, two files for each: SET.accounts.jsonl.gz and SET.leads.jsonl.gz. Each
// set's accounts are loaded into an index of their own, every lead is matched in-process, and a table says what came of
// it: see the columns in the package client/eval. Everything else is a flag: the worst mistakes with their explanations
// (-worst), how often the right account was a candidate at all (-recall), the same through a server (-served), floors
// that must hold (-floors), a profile (-cpuprofile).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/client/eval"
)

func main() { program.Main("quality", run) }

func run(ctx context.Context, args []string, w io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if len(c.sets) == 0 {
		if c.sets, err = labelled.Names(c.data); err != nil {
			return err
		}
	}
	if c.fit != "" {
		return c.fitModel(w)
	}
	reports := make([]*report, 0, len(c.sets))
	for _, name := range c.sets {
		r, err := c.measureSet(ctx, name, w)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		reports = append(reports, r)
	}
	return c.finish(reports, w)
}

// finish does what takes the reports of all sets, and says what is wrong with them.
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
	if c.readme != "" {
		if err := writeReadme(c.readme, reports); err != nil {
			return err
		}
	}
	err := servedAlike(reports)
	if c.floors != "" {
		err = errors.Join(err, checkFloors(c.floors, reports, w))
	}
	return err
}

// servedAlike is an error when a server decided otherwise than the engine in this process.
func servedAlike(reports []*report) error {
	var errs []error
	for _, r := range reports {
		if r.Served != nil && r.Served.Differ > 0 {
			errs = append(errs, fmt.Errorf("set %s: the server decided %d leads otherwise than in-process", r.Set, r.Served.Differ))
		}
	}
	return errors.Join(errs...)
}

// measureSet does all that is asked for on one set, so that only one set is in memory at a time.
func (c *config) measureSet(ctx context.Context, name string, w io.Writer) (*report, error) {
	set, err := loadSet(c.data, name)
	if err != nil {
		return nil, err
	}
	index, imported, err := set.index(c.among, c.batch)
	if err != nil {
		return nil, err
	}
	defer index.Close()
	snapshot := index.Snapshot()

	stop, err := startProfile(c.cpuprofile, name)
	if err != nil {
		return nil, err
	}
	pairs, took := matchAll(snapshot, set.Leads)
	stop()
	r := &report{
		Set: name, Import: imported, Stats: snapshot.Stats(), MatchSeconds: took.Seconds(),
		Quality: eval.NewReport(pairs, c.by...), Engine: timeLeads(snapshot, set.Leads, c.timed),
	}
	if err := r.print(w); err != nil {
		return nil, err
	}
	if c.served {
		if r.Served, err = c.compareServed(ctx, name, pairs, w); err != nil {
			return nil, err
		}
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
