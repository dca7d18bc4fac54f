// Package timing measures how long the engine takes for single leads.
package timing

import (
	"fmt"
	"slices"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

// Rounds is how often each lead is timed.
const Rounds = 4

// Leads returns how long each lead takes on one thread. The rounds go over all the leads in turn, so that a lead does not
// find its own data in the cache, and a lead's time is the least of its rounds, so that other programs on the machine do
// not count. What reading the clock costs is taken off.
func Leads(s *matcher.Snapshot, leads []*matcher.Lead) (times []time.Duration) {
	for range Rounds {
		times = Round(times, s, leads)
	}
	return times
}

// Round is one of the rounds of Leads: it returns the times with those of this round where they are less. Before the
// first, times is nil.
func Round(times []time.Duration, s *matcher.Snapshot, leads []*matcher.Lead) []time.Duration {
	first := times == nil
	if first {
		times = make([]time.Duration, len(leads))
	}
	clock := clockCost()
	var out matcher.Outcome
	for i, l := range leads {
		start := time.Now()
		s.Match(&out, l, matcher.MatchOptions{})
		if took := max(0, time.Since(start)-clock); first || took < times[i] {
			times[i] = took
		}
	}
	return times
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

// Summary is how long some leads took.
type Summary struct {
	Leads  int           `json:"leads"`
	Median time.Duration `json:"median_ns"`
	P99    time.Duration `json:"p99_ns"`
	Max    time.Duration `json:"max_ns"`
}

// Summarize sorts the times, of which there has to be one, and sums them up.
func Summarize(times []time.Duration) Summary {
	slices.Sort(times)
	n := len(times)
	return Summary{n, times[n/2], times[n*99/100], times[n-1]}
}

// Micros spells a time in microseconds, without the unit.
func Micros(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Microsecond))
}
