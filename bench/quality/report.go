package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

// report is all that was measured on one set.
type report struct {
	Set    string
	Slices []slice
	Import importFigures
	Stats  matcher.Stats
	Engine map[string]latency // by scenario
}

// slice is the leads that have one value in one field; the first of a report is all of them.
type slice struct {
	Name string // "all" or field=value
	measures
}

type importFigures struct {
	Accounts int     `json:"accounts"`
	Seconds  float64 `json:"seconds"`
}

func newReport(set *labelledSet, outcomes []outcome, by []string) *report {
	all := make([]int, len(set.leads))
	for i := range all {
		all[i] = i
	}
	r := &report{Set: set.name, Slices: []slice{{"all", measure(set.leads, outcomes, all)}}}
	for _, field := range by {
		groups := map[string][]int{}
		for i := range set.leads {
			name := field + "=" + set.leads[i].fields[field]
			groups[name] = append(groups[name], i)
		}
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			r.Slices = append(r.Slices, slice{name, measure(set.leads, outcomes, groups[name])})
		}
	}
	return r
}

// column is a measure by its name in the table, in floors and in JSON.
type column struct {
	name string
	of   func(*measures) float64
}

var columns = []column{
	{"n", func(m *measures) float64 { return float64(m.N) }},
	{"matchable", func(m *measures) float64 { return float64(m.Matchable) }},
	{"assigned", func(m *measures) float64 { return m.Assigned }},
	{"wrong", func(m *measures) float64 { return m.Wrong }},
	{"recall", func(m *measures) float64 { return m.Recall }},
	{"abstain", func(m *measures) float64 { return m.Abstain }},
	{"top1", func(m *measures) float64 { return m.Top1 }},
	{"top5", func(m *measures) float64 { return m.Top5 }},
	{"r99", func(m *measures) float64 { return m.Recall99 }},
	{"r98", func(m *measures) float64 { return m.Recall98 }},
	{"ece", func(m *measures) float64 { return m.ECE }},
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d accounts imported in %.2f s (%.0f a second), %.0f bytes each\n\n", r.Set, r.Import.Accounts,
		r.Import.Seconds, float64(r.Import.Accounts)/r.Import.Seconds, float64(r.Stats.Bytes)/float64(max(1, r.Stats.Accounts)))
	fmt.Fprintf(w, "%-26s", "slice")
	for _, c := range columns {
		fmt.Fprintf(w, "%10s", c.name)
	}
	fmt.Fprintf(w, "%11s%11s\n", "µs median", "µs p99")
	for i := range r.Slices {
		s := &r.Slices[i]
		fmt.Fprintf(w, "%-26s", s.Name)
		for k, c := range columns {
			if k < 2 {
				fmt.Fprintf(w, "%10.0f", c.of(&s.measures))
			} else {
				fmt.Fprintf(w, "%10.4f", c.of(&s.measures))
			}
		}
		if t, ok := r.Engine[scenarioOf(s.Name)]; ok {
			fmt.Fprintf(w, "%11.1f%11.1f", micros(t.Median), micros(t.P99))
		}
		fmt.Fprintln(w)
	}
}

// scenarioOf returns the scenario that a slice is of; empty when it is of another field.
func scenarioOf(slice string) string {
	const prefix = "scenario="
	if len(slice) > len(prefix) && slice[:len(prefix)] == prefix {
		return slice[len(prefix):]
	}
	return ""
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// writeJSON writes every figure of the reports. A share of nothing is left out.
func writeJSON(path string, reports []*report) error {
	type setJSON struct {
		Slices map[string]map[string]float64 `json:"slices"`
		Import importFigures                 `json:"import"`
		Bytes  int                           `json:"bytes"`
		Engine map[string]latency            `json:"engine"`
	}
	sets := map[string]setJSON{}
	for _, r := range reports {
		figures := map[string]map[string]float64{}
		for i := range r.Slices {
			values := map[string]float64{}
			for _, c := range columns {
				if v := c.of(&r.Slices[i].measures); !math.IsNaN(v) {
					values[c.name] = v
				}
			}
			figures[r.Slices[i].Name] = values
		}
		sets[r.Set] = setJSON{figures, r.Import, r.Stats.Bytes, r.Engine}
	}
	text, err := json.MarshalIndent(sets, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
