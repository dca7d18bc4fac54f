package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"

	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
)

// report is all that was measured on one set.
type report struct {
	Set     string                    `json:"set"`
	Quality eval.Report               `json:"quality"`
	Import  importFigures             `json:"import"`
	Stats   matcher.Stats             `json:"stats"`
	Engine  map[string]timing.Summary `json:"engine"` // by scenario

	MatchSeconds float64        `json:"match_seconds"` // all leads, on all cores
	Served       *servedFigures `json:"served,omitempty"`
}

type importFigures struct {
	Accounts int     `json:"accounts"`
	Seconds  float64 `json:"seconds"`
}

func (r *report) print(w io.Writer) error {
	fmt.Fprintf(w, "\n=== %s\n\n", r.Set)
	if err := r.Quality.WriteText(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d accounts imported in %.2f s (%.0f a second), %.0f bytes each\n", r.Import.Accounts,
		r.Import.Seconds, float64(r.Import.Accounts)/r.Import.Seconds, float64(r.Stats.Bytes)/float64(max(1, r.Stats.Accounts)))
	leads := r.Quality.Slices[0].Metrics.N
	fmt.Fprintf(w, "%d leads matched in %.2f s on %d cores (%.0f a second)\n", leads, r.MatchSeconds, runtime.GOMAXPROCS(0),
		float64(leads)/r.MatchSeconds)
	for _, scenario := range slices.Sorted(maps.Keys(r.Engine)) {
		t := r.Engine[scenario]
		fmt.Fprintf(w, "engine, %-16s median %8s µs   p99 %8s µs   max %8s µs   (%d leads)\n", scenario,
			timing.Micros(t.Median), timing.Micros(t.P99), timing.Micros(t.Max), t.Leads)
	}
	return nil
}

// writeJSON writes every figure of the reports.
func writeJSON(path string, reports []*report) error {
	text, err := json.MarshalIndent(reports, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
