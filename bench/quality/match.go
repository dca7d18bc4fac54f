package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

// outcome is what is kept of an answer: enough for the measures and for the outcomes file.
type outcome struct {
	decision    matcher.Decision
	accountID   string
	probability float64
	reasons     []matcher.Reason
	candidates  []ranked
}

type ranked struct {
	AccountID   string  `json:"account_id"`
	Probability float64 `json:"probability"`
}

func keep(o *matcher.Outcome) outcome {
	k := outcome{
		decision: o.Decision, accountID: o.AccountID, probability: o.Probability,
		reasons: slices.Clone(o.Reasons), candidates: make([]ranked, len(o.Candidates)),
	}
	for i := range o.Candidates {
		k.candidates[i] = ranked{o.Candidates[i].AccountID, o.Candidates[i].Probability}
	}
	return k
}

// matchAll matches every lead on all cores. Outcomes are in the order of the leads.
func matchAll(s *matcher.Snapshot, leads []labelledLead) []outcome {
	outcomes := make([]outcome, len(leads))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var out matcher.Outcome
			for i := w; i < len(leads); i += workers {
				s.Match(&out, &leads[i].Lead, matcher.MatchOptions{})
				outcomes[i] = keep(&out)
			}
		})
	}
	wg.Wait()
	return outcomes
}

// latency is the engine's own time for one kind of lead.
type latency struct {
	Leads  int           `json:"leads"`
	Median time.Duration `json:"median_ns"`
	P99    time.Duration `json:"p99_ns"`
	Max    time.Duration `json:"max_ns"`
}

const timedRounds = 3

// timeLeads times each scenario's leads one by one on one thread: n of them, spread over the set. The rounds go over
// all the leads in turn, so that no lead finds its own data in the cache, and a lead's time is the median of its
// rounds, so that a visit of the scheduler does not count. What reading the clock costs is taken off.
func timeLeads(s *matcher.Snapshot, leads []labelledLead, n int) map[string]latency {
	sample := sampleByScenario(leads, n)
	times := make([][timedRounds]time.Duration, len(sample))
	clock := clockCost()
	var out matcher.Outcome
	for round := -1; round < timedRounds; round++ { // the first one only warms up
		for i, l := range sample {
			start := time.Now()
			s.Match(&out, &l.Lead, matcher.MatchOptions{})
			if took := time.Since(start); round >= 0 {
				times[i][round] = max(0, took-clock)
			}
		}
	}
	byScenario := map[string][]time.Duration{}
	for i, l := range sample {
		slices.Sort(times[i][:])
		scenario := l.fields["scenario"]
		byScenario[scenario] = append(byScenario[scenario], times[i][timedRounds/2])
	}
	latencies := map[string]latency{}
	for scenario, t := range byScenario {
		slices.Sort(t)
		latencies[scenario] = latency{len(t), t[len(t)/2], t[len(t)*99/100], t[len(t)-1]}
	}
	return latencies
}

// sampleByScenario returns up to n leads of each scenario, evenly spread, in the order of the set.
func sampleByScenario(leads []labelledLead, n int) []*labelledLead {
	total, seen := map[string]int{}, map[string]int{}
	for i := range leads {
		total[leads[i].fields["scenario"]]++
	}
	var sample []*labelledLead
	for i := range leads {
		scenario := leads[i].fields["scenario"]
		at, of := seen[scenario], total[scenario]
		seen[scenario]++
		if of <= n || at*n/of != (at+1)*n/of {
			sample = append(sample, &leads[i])
		}
	}
	return sample
}

func clockCost() time.Duration {
	costs := make([]time.Duration, 1001)
	for i := range costs {
		start := time.Now()
		costs[i] = time.Since(start)
	}
	slices.Sort(costs)
	return costs[len(costs)/2]
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

// writeOutcomes writes DIR/SET.outcomes.jsonl, an outcome a line, in the order of the leads.
func writeOutcomes(dir string, set *labelledSet, outcomes []outcome) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, set.name+".outcomes.jsonl"))
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for i := range outcomes {
		o := &outcomes[i]
		if err := enc.Encode(map[string]any{
			"lead_id": set.leads[i].ID, "decision": decisionNames[o.decision], "account_id": o.accountID,
			"probability": o.probability, "candidates": o.candidates,
		}); err != nil {
			return err
		}
	}
	return w.Flush()
}
