package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/bench/plot"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/client/eval"
)

const (
	section  = "Peers"
	plotFile = "peers/latency.svg"
)

// report is what was measured.
type report struct {
	config
	sets    []*labelled.Set
	rows    []row
	leftOut []string
}

// row is what was measured of one system.
type row struct {
	*system
	quality []eval.Metrics // by set
	speeds  []speed        // by size
}

// write prints the report, and puts it into the results file and the plot beside that, where one is named.
func (r *report) write(w io.Writer) error {
	text := r.markdown()
	fmt.Fprintln(w, text)
	if r.results == "" {
		return nil
	}
	svg, err := r.plot()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(r.results), plotFile), svg, 0o644); err != nil {
		return err
	}
	return results.Write(r.results, section, r.command, text)
}

const head = `The same accounts and leads, one system after the other in one run. Every peer gets names, domains, phone numbers and
places as leadmatch's normalizer reads them, looks domains and phone numbers up first, and decides by a rule that is
fitted to the labelled leads below, on which it is then measured: it orders what a search has found by key, likeness of
name and place, reads off isotonic curves, by kind of evidence, how probable the first one is, and assigns it from 7/8
on, as leadmatch's default policy does. *Built in* is until leads can be decided and counts making the accounts up, which
is the same for all. See [peers/main.go](peers/main.go).`

func (r *report) markdown() string {
	var b strings.Builder
	b.WriteString(head + "\n\n")
	for _, row := range r.rows {
		fmt.Fprintf(&b, "- **%s** (%s): %s.\n", row.name, row.version, row.setup)
	}
	for _, l := range r.leftOut {
		fmt.Fprintf(&b, "\n%s\n", l)
	}
	r.writeQuality(&b)
	for i, n := range r.sizes {
		r.writeSpeed(&b, i, n)
	}
	fmt.Fprintf(&b, "\n![Median latency of a fuzzy lead by number of accounts](%s)\n", plotFile)
	return b.String()
}

func (r *report) writeQuality(b *strings.Builder) {
	fmt.Fprintf(b, "\n### How right\n\nUp to %d leads of each set. The columns are those of Decision quality; leadmatch "+
		"answers the same over gRPC.\n\n", r.labelled)
	b.WriteString("| set | accounts | leads | system | wrong | recall | abstain | top1 | top5 | r98 | ece |\n")
	b.WriteString("|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for i, s := range r.sets {
		for _, row := range r.rows {
			if row.quality == nil {
				continue
			}
			m := &row.quality[i]
			fmt.Fprintf(b, "| %s | %d | %d | %s |", s.Name, len(s.Accounts), len(s.Leads), row.name)
			for _, v := range []float64{m.Wrong, m.Recall, m.Abstain, m.Top1, m.Top5, m.R98, m.ECE} {
				fmt.Fprintf(b, " %s |", share(v))
			}
			b.WriteByte('\n')
		}
	}
}

func share(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.3f", v)
}

func (r *report) writeSpeed(b *strings.Builder, size, n int) {
	fmt.Fprintf(b, "\n### %d accounts\n\nMade up (bench/corpus). For each kind of lead, from as typed to decided on one thread, the median, the "+
		"99th percentile, and of how many leads; of fewer than 100 it is the slowest. Leads a second are of all kinds but worst.\n\n| system |", n)
	for _, k := range corpus.Kinds {
		fmt.Fprintf(b, " %s |", k)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(corpus.Kinds)) + "\n")
	for _, row := range r.rows {
		fmt.Fprintf(b, "| %s |", row.name)
		for _, t := range row.speeds[size].latency {
			fmt.Fprintf(b, " %s, %s, %d |", short(t.Median), short(t.P99), t.Leads)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "\n| system | built in | memory | leads/s on %d cores | fuzzy lead, median: times leadmatch in-process | times leadmatch over gRPC |\n", workers())
	b.WriteString("|---|--:|--:|--:|--:|--:|\n")
	for _, row := range r.rows {
		s := &row.speeds[size]
		fmt.Fprintf(b, "| %s | %s | %s | %s |", row.name, short(s.built), megabytes(s.resident), count(s.perSecond))
		for _, base := range r.rows {
			if strings.HasPrefix(base.name, "leadmatch") {
				fmt.Fprintf(b, " %s |", times(float64(s.fuzzy())/float64(base.speeds[size].fuzzy())))
			}
		}
		b.WriteByte('\n')
	}
}

// fuzzy is the median for leads typed as people do.
func (s *speed) fuzzy() time.Duration {
	for i, k := range corpus.Kinds {
		if k == corpus.Fuzzy {
			return s.latency[i].Median
		}
	}
	panic("there are no fuzzy leads")
}

// short spells a time with three digits.
func short(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}} {
		if d >= u.unit {
			return digits(float64(d)/float64(u.unit)) + " " + u.name
		}
	}
	return digits(float64(d)/float64(time.Microsecond)) + " µs"
}

func digits(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func count(v float64) string { return digits(v) }
func times(v float64) string { return digits(v) }

func megabytes(n int) string {
	if n == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

func (r *report) plot() ([]byte, error) {
	c := plot.Chart{
		Title: "Median latency of a fuzzy lead",
		X:     plot.Axis{Label: "accounts", Log: true},
		Y:     plot.Axis{Label: "latency", Log: true, Format: plot.Seconds},
	}
	for _, row := range r.rows {
		l := plot.Line{Name: row.name}
		for i, n := range r.sizes {
			l.Points = append(l.Points, plot.Point{X: float64(n), Y: row.speeds[i].fuzzy().Seconds()})
		}
		c.Lines = append(c.Lines, l)
	}
	return c.SVG()
}
