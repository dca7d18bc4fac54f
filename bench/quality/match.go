package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
)

// answer keeps of an outcome what is measured.
func answer(o *matcher.Outcome) *eval.Answer {
	a := &eval.Answer{
		Decision: decisionNames[o.Decision], AccountID: o.AccountID, Probability: o.Probability,
		Candidates: make([]eval.Scored, len(o.Candidates)),
	}
	for i := range o.Candidates {
		a.Candidates[i] = eval.Scored{AccountID: o.Candidates[i].AccountID, Probability: o.Candidates[i].Probability}
	}
	return a
}

// matchAll matches every lead on all cores, and says how long that took. The pairs are in the order of the leads.
func matchAll(s *matcher.Snapshot, leads []labelled.Lead) ([]eval.Pair, time.Duration) {
	start := time.Now()
	pairs := make([]eval.Pair, len(leads))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var out matcher.Outcome
			for i := w; i < len(leads); i += workers {
				s.Match(&out, &leads[i].Typed, matcher.MatchOptions{})
				pairs[i] = eval.Pair{Lead: &leads[i].Truth, Answer: answer(&out)}
			}
		})
	}
	wg.Wait()
	return pairs, time.Since(start)
}

// timeLeads times up to n leads of each scenario, spread over the set, one by one.
func timeLeads(s *matcher.Snapshot, leads []labelled.Lead, n int) map[string]timing.Summary {
	sample := sampleByScenario(leads, n)
	typed := make([]*matcher.Lead, len(sample))
	for i, l := range sample {
		typed[i] = &l.Typed
	}
	times := map[string][]time.Duration{}
	for i, took := range timing.Leads(s, typed) {
		scenario := sample[i].Truth.Labels["scenario"]
		times[scenario] = append(times[scenario], took)
	}
	summaries := make(map[string]timing.Summary, len(times))
	for scenario, t := range times {
		summaries[scenario] = timing.Summarize(t)
	}
	return summaries
}

// sampleByScenario returns up to n leads of each scenario, evenly spread, in the order of the set.
func sampleByScenario(leads []labelled.Lead, n int) []*labelled.Lead {
	total, seen := map[string]int{}, map[string]int{}
	for i := range leads {
		total[leads[i].Truth.Labels["scenario"]]++
	}
	var sample []*labelled.Lead
	for i := range leads {
		scenario := leads[i].Truth.Labels["scenario"]
		at, of := seen[scenario], total[scenario]
		seen[scenario]++
		if of <= n || at*n/of != (at+1)*n/of {
			sample = append(sample, &leads[i])
		}
	}
	return sample
}

// startProfile profiles until the returned function is called; with an empty path it does nothing. The set's name goes
// in front of the path's extension, so that several sets don't overwrite each other.
func startProfile(path, set string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	ext := filepath.Ext(path)
	f, err := os.Create(strings.TrimSuffix(path, ext) + "." + set + ext)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// decisionNames are the decisions as the outcomes file spells them.
var decisionNames = map[matcher.Decision]string{
	matcher.Matched: "MATCHED", matcher.Review: "REVIEW", matcher.NoMatch: "NO_MATCH", matcher.Insufficient: "INSUFFICIENT",
}

// outcomeRow is an outcome as the files spell it.
type outcomeRow struct {
	LeadID      string         `json:"lead_id"`
	Decision    string         `json:"decision"`
	AccountID   string         `json:"account_id"`
	Probability float64        `json:"probability"`
	Candidates  []candidateRow `json:"candidates"`
}

type candidateRow struct {
	AccountID   string  `json:"account_id"`
	Probability float64 `json:"probability"`
}

// writeOutcomes writes DIR/SET.outcomes.jsonl, an outcome a line, in the order of the leads.
func writeOutcomes(dir, set string, pairs []eval.Pair) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, set+".outcomes.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for _, p := range pairs {
		row := outcomeRow{p.Lead.ID, p.Answer.Decision, p.Answer.AccountID, p.Answer.Probability, nil}
		for _, c := range p.Answer.Candidates {
			row.Candidates = append(row.Candidates, candidateRow(c))
		}
		if err := enc.Encode(row); err != nil {
			return err
		}
	}
	return w.Flush()
}
