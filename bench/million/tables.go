package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/plot"
	"github.com/leadmatch/leadmatch/bench/timing"
)

// markdown returns the figures as tables with a column a book.
func markdown(books []*measurement) string {
	var b strings.Builder
	line := func(what, format string, value func(*measurement) any) {
		fmt.Fprintf(&b, "| %s |", what)
		for _, m := range books {
			fmt.Fprintf(&b, " "+format+" |", value(m))
		}
		b.WriteByte('\n')
	}
	line("accounts", "%s", func(m *measurement) any { return m.name })
	line("---", "%s", func(*measurement) any { return "--:" })
	line("imported by the command line, acknowledged and visible", "%d", func(m *measurement) any { return m.imported.n })
	line("of them in a second", "%.0f", func(m *measurement) any { return m.imported.perSecond() })
	line("store on disk", "%s", func(m *measurement) any { return megabytes(m.storeBytes) })
	line("start with all of them on disk, until SERVING", "%.1f s", func(m *measurement) any { return m.restarted.took.Seconds() })
	line("server's memory at most until then", "%s", func(m *measurement) any { return megabytes(m.server.peak) })
	line("server's memory then", "%s", func(m *measurement) any { return megabytes(m.server.resident) })
	line("index", "%s", func(m *measurement) any { return megabytes(int(m.server.indexBytes)) })
	line("index, bytes an account", "%d", func(m *measurement) any { return m.server.indexBytes / max(1, m.server.accounts) })
	line("leads a second by the command line, read, matched and written", "%.0f", func(m *measurement) any { return m.matched.perSecond() })
	line("index built in-process, with reading or making the accounts", "%.1f s", func(m *measurement) any { return m.built.took.Seconds() })
	fmt.Fprintf(&b, "\nThe engine alone, one lead at a time on one thread, µs; of %d leads of each kind, each the least of %d rounds:\n\n",
		len(books[0].leads[corpus.Exact]), timing.Rounds)
	b.WriteString(latencies(books))
	return b.String()
}

// measure is a figure of a summary.
type measure struct {
	name string
	of   func(timing.Summary) time.Duration
}

var measures = []measure{
	{"median", func(s timing.Summary) time.Duration { return s.Median }},
	{"p99", func(s timing.Summary) time.Duration { return s.P99 }},
	{"max", func(s timing.Summary) time.Duration { return s.Max }},
}

// latencies returns a table of the engine's times, by kind of lead, with how much they grow from one size to the next but one
// or to the next, as the goals are.
func latencies(books []*measurement) string {
	var b strings.Builder
	steps := growth(books)
	b.WriteString("| lead | |")
	for _, m := range books {
		fmt.Fprintf(&b, " %s |", m.name)
	}
	for _, s := range steps {
		fmt.Fprintf(&b, " %s → %s |", books[s[0]].name, books[s[1]].name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("--:|", len(books)+len(steps)) + "\n")
	for _, kind := range corpus.Kinds {
		for _, measure := range measures {
			fmt.Fprintf(&b, "| %s | %s |", kind, measure.name)
			for _, m := range books {
				fmt.Fprintf(&b, " %s |", micros(m, kind, measure))
			}
			for _, s := range steps {
				from, to := measure.of(books[s[0]].sums[kind]), measure.of(books[s[1]].sums[kind])
				fmt.Fprintf(&b, " × %.2f |", float64(to)/float64(max(1, from)))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func micros(m *measurement, kind corpus.Kind, measure measure) string {
	if m.sums[kind].Leads == 0 {
		return "–"
	}
	return timing.Micros(measure.of(m.sums[kind]))
}

// growth returns between which books, by index, the goals bound how times grow: 10,000 to a million, and a million to ten.
func growth(books []*measurement) (steps [][2]int) {
	at := map[string]int{}
	for i, m := range books {
		at[m.name] = i + 1
	}
	for _, s := range [][2]string{{"10,000", "1,000,000"}, {"1,000,000", "10,000,000"}} {
		if from, to := at[s[0]], at[s[1]]; from > 0 && to > 0 {
			steps = append(steps, [2]int{from - 1, to - 1})
		}
	}
	return steps
}

const (
	chartName  = "sizes.svg"
	chartTitle = "Median time of a lead in the engine"
)

// writeChart draws the median times of each kind against the number of accounts.
func writeChart(path string, books []*measurement) error {
	c := plot.Chart{
		Title: chartTitle,
		X:     plot.Axis{Label: "accounts", Log: true},
		Y:     plot.Axis{Label: "time", Log: true, Format: plot.Seconds},
	}
	for _, kind := range corpus.Kinds {
		l := plot.Line{Name: kind.String()}
		for _, m := range books {
			l.Points = append(l.Points, plot.Point{X: float64(m.built.n), Y: m.sums[kind].Median.Seconds()})
		}
		c.Lines = append(c.Lines, l)
	}
	svg, err := c.SVG()
	if err != nil {
		return err
	}
	return os.WriteFile(path, svg, 0o644)
}

func megabytes(n int) string {
	if n == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
