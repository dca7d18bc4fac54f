package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/plot"
)

func (m *measurement) markdown() string {
	var b strings.Builder
	n := m.config.leads
	fmt.Fprintf(&b, "%s leads (%s), JSON Lines and gzip, against %s made-up accounts; server and client on this machine.\n\n",
		plot.Number(float64(n)), load.Usual, plot.Number(float64(m.config.accounts)))
	fmt.Fprintf(&b, "| run | time | leads a second | of the engine's |\n|---|--:|--:|--:|\n")
	row := func(what string, took time.Duration, perSecond float64) {
		fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f %% |\n", what, seconds(took), perSecond, 100*perSecond*m.engine.Seconds()/float64(n))
	}
	rate := func(took time.Duration) float64 { return float64(n) / took.Seconds() }
	row("the engine in-process, on all processors", m.engine, rate(m.engine))
	row("`leadmatch rematch`", m.wholeRun.took, rate(m.wholeRun.took))
	row("compared with the outcomes of before, changes only", m.comparison.took, rate(m.comparison.took))
	row(fmt.Sprintf("killed %d times and resumed; the output is the same", m.kills), m.killedTook, rate(m.killedTook))
	row("with what each decision has read (`--reads`)", m.impact.read.took, rate(m.impact.read.took))
	row(m.impact.describe(m.changed), m.impact.kept.took, rate(m.impact.kept.took))
	row("then all", m.impact.all.took, rate(m.impact.all.took))
	row("alone, in turns with the next", 0, m.middle(func(r *round) float64 { return r.bulkAlone }))
	row(fmt.Sprintf("beside %.0f live calls a second", m.rate), 0, m.middle(func(r *round) float64 { return r.bulkBeside }))
	m.besideTable(&b)
	fmt.Fprintf(&b, "| memory of `leadmatch rematch`, MB | at 10 %% | 25 %% | 50 %% | 75 %% | at the end |\n|---|--:|--:|--:|--:|--:|\n")
	for _, of := range []struct {
		what    string
		samples []int
	}{
		{"whole: client", m.wholeRun.memory.client},
		{"whole: server", m.wholeRun.memory.server},
		{"compared: client", m.comparison.memory.client},
		{"compared: server", m.comparison.memory.server},
		{"only what changes may tell in: client", m.impact.kept.memory.client},
		{"only what changes may tell in: server", m.impact.kept.memory.server},
	} {
		fmt.Fprintf(&b, "| %s |", of.what)
		for _, at := range []float64{.1, .25, .5, .75, 1} {
			fmt.Fprintf(&b, " %s |", sampled(of.samples, at))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// besideTable is what bulk work and live calls do to each other.
func (m *measurement) besideTable(b *strings.Builder) {
	fmt.Fprintf(b, "\n| live calls, %.0f a second | median | p90 | p99 | p99.9 |\n|---|--:|--:|--:|--:|\n", m.rate)
	for _, of := range []struct {
		what string
		r    func(*round) *load.Result
	}{
		{"alone", func(r *round) *load.Result { return r.alone }},
		{"while everything is rematched", func(r *round) *load.Result { return r.together }},
	} {
		at := func(which func(load.Latency) time.Duration) string {
			return millis(time.Duration(m.middle(func(r *round) float64 { return float64(which(of.r(r).Latency)) })))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", of.what,
			at(func(l load.Latency) time.Duration { return l.P50 }), at(func(l load.Latency) time.Duration { return l.P90 }),
			at(func(l load.Latency) time.Duration { return l.P99 }), at(func(l load.Latency) time.Duration { return l.P999 }))
	}
	fmt.Fprintf(b, "\nBeside bulk work the p99 of live calls is %.1f times as long (goal: 2 at most): %s in %d turns of %v each.\n"+
		"Alone, live calls and their sender take %.0f %% of the processors. Of what that leaves of the leads a second that bulk work gets\n"+
		"alone, it gets %.0f %% beside live calls (goal: 70 %% at least): %s %%.\n\n",
		m.middle((*round).p99Ratio), m.each("%.1f", (*round).p99Ratio), len(m.rounds), m.live,
		100*m.middle(func(r *round) float64 { return r.liveShare }),
		100*m.middle((*round).bulkShare), m.each("%.0f", func(r *round) float64 { return 100 * r.bulkShare() }))
}

func (m *measurement) each(format string, of func(*round) float64) string {
	var all []string
	for _, r := range m.rounds {
		all = append(all, fmt.Sprintf(format, of(r)))
	}
	return strings.Join(all, ", ")
}

// sampled is the sample at a share of the time.
func sampled(samples []int, at float64) string {
	if len(samples) == 0 {
		return "–"
	}
	return fmt.Sprint(samples[int(at*float64(len(samples)-1))] >> 20)
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}
