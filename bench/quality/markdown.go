package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/client/eval"
)

const resultsSection = "Decision quality"

// resultsHead explains the table to who reads only the file.
const resultsHead = `One index a set, every lead matched in-process with the default policy, the same for all sets.
*wrong*: share of MATCHED leads that were given a wrong account. *recall*: share of leads that have an account and were
MATCHED to it. *abstain*: share of leads without an account that were not MATCHED. *top1*, *top5*: share of leads that
have an account with it as first candidate, or among the first five. *r98*, *r99*: recall where the cut-off is set so
that 2 %, or 1 %, are wrong. *ece*: calibration error of the probability. *µs*: the engine's time a lead, on one thread.`

// writeResults writes the reports as Markdown tables into the results file.
func writeResults(path, command string, reports []*report) error {
	var b strings.Builder
	b.WriteString(resultsHead)
	b.WriteString("\n")
	for _, r := range reports {
		r.markdown(&b)
	}
	return results.Write(path, resultsSection, command, b.String())
}

// aboutSets says where the leads of known sets are from.
var aboutSets = map[string]string{
	"sample":      "well-known companies, in this repository",
	"sec":         "companies listed in the USA; former names, spellings of exchanges",
	"ror_company": "companies that do research; aliases, acronyms, names in other languages",
	"ipeds":       "US colleges; aliases, former names, acronyms",
	"gpg":         "employers in the United Kingdom; former names, typing errors",
	"nsi":         "brands of many countries; aliases, translations",
}

// writeReadme writes one line a set into the README.
func writeReadme(path string, reports []*report) error {
	var b strings.Builder
	b.WriteString("| set | accounts | leads | MATCHED: to the right one | has an account: MATCHED to it | has none: not MATCHED | leads a second through a server |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range reports {
		m := &r.Quality.Slices[0].Metrics
		name, served := r.Set, "–"
		if about, known := aboutSets[r.Set]; known {
			name += ": " + about
		}
		if r.Served != nil {
			served = fmt.Sprintf("%.0f", float64(m.N)/r.Served.MatchSeconds)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s | %s |\n", name, r.Import.Accounts, m.N,
			percent(1-m.Wrong), percent(m.Recall), percent(m.Abstain), served)
	}
	return results.Block(path, "quality", b.String())
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

func (r *report) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s: %d accounts\n\n", r.Set, r.Import.Accounts)
	if about, known := aboutSets[r.Set]; known {
		fmt.Fprintf(b, "These are %s.\n\n", about)
	}
	b.WriteString("| leads | n | matchable | wrong | recall | abstain | top1 | top5 | r99 | r98 | ece | µs median | µs p99 |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range r.Quality.Slices {
		s := &r.Quality.Slices[i]
		_, name, found := strings.Cut(s.Name, "=")
		if !found {
			name = s.Name
		}
		m := &s.Metrics
		fmt.Fprintf(b, "| %s | %d | %d |", name, m.N, m.Matchable)
		for _, v := range []float64{m.Wrong, m.Recall, m.Abstain, m.Top1, m.Top5, m.R99, m.R98, m.ECE} {
			fmt.Fprintf(b, " %s |", shareText(v))
		}
		fmt.Fprintf(b, " %s |\n", r.engineTimes(s))
	}
	if s := r.Served; s != nil {
		fmt.Fprintf(b, "\nImported into a server and matched through it by the command line: %.0f leads a second, %d decided otherwise "+
			"than in-process.\n", float64(r.Quality.Slices[0].Metrics.N)/s.MatchSeconds, s.Differ)
	}
}

// engineTimes are two cells: they are measured by scenario, and left empty for other slices.
func (r *report) engineTimes(s *eval.Slice) string {
	scenario, _ := strings.CutPrefix(s.Name, "scenario=")
	t, ok := r.Engine[scenario]
	if !ok {
		return " | "
	}
	return timing.Micros(t.Median) + " | " + timing.Micros(t.P99)
}

func shareText(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.3f", v)
}
