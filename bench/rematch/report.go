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
	row(fmt.Sprintf("beside %.0f live calls a second", m.rate), 0, m.bulkBeside)
	fmt.Fprintf(&b, "\n| live calls, %.0f a second | median | p90 | p99 | p99.9 |\n|---|--:|--:|--:|--:|\n", m.rate)
	for _, of := range []struct {
		what string
		r    *load.Result
	}{{"alone", m.alone}, {"while everything is rematched", m.together}} {
		l := of.r.Latency
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", of.what, millis(l.P50), millis(l.P90), millis(l.P99), millis(l.P999))
	}
	fmt.Fprintf(&b, "\nThe p99 is %.1f times as long, and %.0f %% of the leads a second without live calls are rematched.\n\n",
		float64(m.together.Latency.P99)/float64(m.alone.Latency.P99), 100*m.bulkBeside/rate(m.wholeRun.took))
	fmt.Fprintf(&b, "| memory of `leadmatch rematch`, MB | at 10 %% | 25 %% | 50 %% | 75 %% | at the end |\n|---|--:|--:|--:|--:|--:|\n")
	for _, of := range []struct {
		what    string
		samples []int
	}{
		{"whole: client", m.wholeRun.memory.client},
		{"whole: server", m.wholeRun.memory.server},
		{"compared: client", m.comparison.memory.client},
	} {
		fmt.Fprintf(&b, "| %s |", of.what)
		for _, at := range []float64{.1, .25, .5, .75, 1} {
			fmt.Fprintf(&b, " %s |", sampled(of.samples, at))
		}
		b.WriteByte('\n')
	}
	return b.String()
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
