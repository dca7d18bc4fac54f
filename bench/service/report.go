package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/plot"
)

// The pictures, which lie beside the file of results.
const (
	ratesChart  = "service-rates.svg"
	writesChart = "service-writes.svg"
)

func (m *measurement) writeCharts(dir string) error {
	var rates []*load.Result
	for _, row := range m.rates {
		rates = append(rates, row.middle())
	}
	for name, chart := range map[string]*plot.Chart{
		ratesChart:  load.Chart("Latency of Match by the rate at which leads come in", rates),
		writesChart: m.writes.chart(),
	} {
		svg, err := chart.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), svg, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// markdown returns the figures as tables.
func (m *measurement) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A leadmatchd with %s accounts and the clients that ask it, over loopback, on the same machine. Leads: %s.\n",
		plot.Number(float64(m.accounts)), load.Usual)
	b.WriteString("Figures are medians of " + fmt.Sprint(rounds) + " rounds, ratios medians of the rounds' ratios; CPU is the server's.\n\n")
	m.unaryTable(&b)
	m.bulkTable(&b)
	m.ratesTable(&b)
	m.writes.table(&b)
	return b.String()
}

func (m *measurement) unaryTable(b *strings.Builder) {
	fmt.Fprintf(b, "### Match beside a call that does nothing\n\n"+
		"%d calls on their way, closed loop. The other call takes and gives the same messages, on the same server.\n\n", inFlight)
	b.WriteString("| leads | Match/s | p50 | p99 | µs of CPU a lead | nothing/s | µs of CPU | rate of Match | CPU of nothing |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range m.unary {
		fmt.Fprintf(b, "| %s | %.0f | %s | %s | %.1f | %.0f | %.1f | %s | %s |\n", r.mix, r.match.perSecond(),
			millis(middle(r.latency, func(l load.Latency) time.Duration { return l.P50 })),
			millis(middle(r.latency, func(l load.Latency) time.Duration { return l.P99 })),
			micros(r.match.cpu()), r.noop.perSecond(), micros(r.noop.cpu()),
			percent(ratio(r.match, r.noop, rate)), percent(ratio(r.noop, r.match, cpu)))
	}
}

func (m *measurement) bulkTable(b *strings.Builder) {
	fmt.Fprintf(b, "\n### Batches and streams beside the engine alone\n\n"+
		"Batches of %d, 8 on their way; %d streams of messages of %d, 16 on their way; the engine in-process on all cores.\n"+
		"The client of a server has the cores, too: how much of the engine's speed is left with the cores left to it is told by the CPU.\n\n",
		batchLeads, len(m.clients), streamLeads)
	b.WriteString("| how | leads/s | µs of CPU a lead | rate, of the engine's | the engine's CPU, of its |\n|---|--:|--:|--:|--:|\n")
	for _, row := range []struct {
		name string
		s    series
	}{{"BatchMatch", m.bulk.batch}, {"StreamMatch", m.bulk.stream}, {"engine alone", m.bulk.engine}} {
		fmt.Fprintf(b, "| %s | %.0f | %.1f | %s | %s |\n", row.name, row.s.perSecond(), micros(row.s.cpu()),
			percent(ratio(row.s, m.bulk.engine, rate)), percent(ratio(m.bulk.engine, row.s, cpu)))
	}
}

func (m *measurement) ratesTable(b *strings.Builder) {
	b.WriteString("\n### Match by the rate at which leads come in\n\nOpen loop: latency counts from when a lead was due, in ms. What tells a\n" +
		"slow server from a machine with other work: of the p99, how late messages were sent; how long threads of server and\n" +
		"sender waited for a processor, in ms a second; and the share of the processors that the hypervisor gave to others.\n\n")
	b.WriteString("| leads/s | p50 | p90 | p99 | p99 of the worst round | p99.9 | max | sent late, p99 | waited, ms/s | stolen |\n")
	b.WriteString("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, row := range m.rates {
		l := row.middle().Latency
		fmt.Fprintf(b, "| %.0f | %s | %s | %s | %s | %s | %s | %s | %.0f | %.1f %% |\n", row.rate, millis(l.P50), millis(l.P90), millis(l.P99),
			millis(row.worst()), millis(l.P999), millis(l.Max), millis(row.late()), 1000*median(row.waited), 100*median(row.stolen))
	}
	fmt.Fprintf(b, "\n![Latency by rate](%s)\n", ratesChart)
}

func (f *writeFigures) table(b *strings.Builder) {
	fmt.Fprintf(b, "\n### Writes beside matches\n\n%d clients match in a closed loop; times are in ms. A write is acknowledged when it "+
		"is on disk and visible; of each, one account was looked for at its acknowledgement, and found.\n\n", matching)
	b.WriteString("| beside | leads/s | Match p50 | p99 | p99, of that without writes | write p50 | write p99 | accounts written/s | writes looked for |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	quiet := middle(f.quiet, func(l load.Latency) time.Duration { return l.P99 })
	for _, row := range f.rows() {
		l, w := row.result.Latency, row.result.Writes
		fmt.Fprintf(b, "| %s | %.0f | %s | %s | %.1f × |", row.beside, row.result.LeadsPerSecond, millis(l.P50), millis(l.P99),
			float64(l.P99)/float64(max(1, quiet)))
		if w == nil {
			b.WriteString(" | | | |\n")
			continue
		}
		fmt.Fprintf(b, " %s | %s | %.0f | %d |\n", millis(w.Latency.P50), millis(w.Latency.P99), w.AccountsPerSecond, w.Checked)
	}
	f.stagesTable(b)
	fmt.Fprintf(b, "\nReplacing all accounts took %.1f s.\n\n![p99 of Match beside writes](%s)\n", f.replace.Seconds(), writesChart)
}

// writeRow is matches beside something.
type writeRow struct {
	beside string
	result *load.Result
}

func (f *writeFigures) rows() []writeRow {
	return []writeRow{
		{"nothing", f.calmest()},
		{fmt.Sprintf("%d accounts/s, each a write", singleRate), f.single},
		{fmt.Sprintf("%d accounts/s, %d a write, rebuilds among them", bulkRate, writeBatch), f.bulk},
		{"a rebuild of the index", f.rebuild},
		{"ReplaceAccounts of all", f.replaced},
	}
}

// calmest returns, of the measurements without writes, that whose p99 is the middle one.
func (f *writeFigures) calmest() *load.Result {
	p99 := middle(f.quiet, func(l load.Latency) time.Duration { return l.P99 })
	for _, r := range f.quiet {
		if r.Latency.P99 == p99 {
			return r
		}
	}
	return f.quiet[0]
}

// chart draws the p99 of each second, beside each kind of writes.
func (f *writeFigures) chart() *plot.Chart {
	c := &plot.Chart{
		Title: "p99 of Match, second by second, beside writes", X: plot.Axis{Label: "seconds"},
		Y: plot.Axis{Label: "p99 of the second", Log: true, Format: plot.Seconds},
	}
	for _, row := range f.rows() {
		line := plot.Line{Name: row.beside}
		for i, l := range row.result.BySecond {
			line.Points = append(line.Points, plot.Point{X: float64(i + 1), Y: l.P99.Seconds()})
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

// middle returns the middle one of a latency in several results.
func middle(of []*load.Result, which func(load.Latency) time.Duration) time.Duration {
	var all []float64
	for _, r := range of {
		all = append(all, float64(which(r.Latency)))
	}
	return time.Duration(median(all))
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.2f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

func percent(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}
