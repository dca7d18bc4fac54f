package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// Report is the metrics of all leads and of slices of them.
type Report struct {
	Missing int     // leads without an answer
	Slices  []Slice // "all" first; then by label, in the order asked for, each label's values in byte order
}

// Slice is the metrics of the leads that share a label's value.
type Slice struct {
	Name    string // "all", or "label=value"; the value is "None" for leads without the label
	Metrics Metrics
}

// NewReport measures all pairs, and those of each value of each label.
func NewReport(pairs []Pair, labels ...string) Report {
	r := Report{Slices: []Slice{{"all", Measure(pairs)}}}
	for _, p := range pairs {
		if p.Answer == nil {
			r.Missing++
		}
	}
	for _, label := range labels {
		r.Slices = append(r.Slices, sliceBy(pairs, label)...)
	}
	return r
}

func sliceBy(pairs []Pair, label string) []Slice {
	groups := map[string][]Pair{}
	var names []string
	for _, p := range pairs {
		value, ok := p.Lead.Labels[label]
		if !ok {
			value = "None"
		}
		name := label + "=" + value
		if _, seen := groups[name]; !seen {
			names = append(names, name)
		}
		groups[name] = append(groups[name], p)
	}
	slices.Sort(names)
	out := make([]Slice, len(names))
	for i, name := range names {
		out[i] = Slice{name, Measure(groups[name])}
	}
	return out
}

// column is one figure of the metrics, by the name that tables and JSON give it.
type column struct {
	name  string
	count func(*Metrics) int // nil for a share
	share func(*Metrics) float64
}

var columns = []column{
	{"n", func(m *Metrics) int { return m.N }, nil},
	{"matchable", func(m *Metrics) int { return m.Matchable }, nil},
	{"assigned", nil, func(m *Metrics) float64 { return m.Assigned }},
	{"wrong", nil, func(m *Metrics) float64 { return m.Wrong }},
	{"recall", nil, func(m *Metrics) float64 { return m.Recall }},
	{"abstain", nil, func(m *Metrics) float64 { return m.Abstain }},
	{"top1", nil, func(m *Metrics) float64 { return m.Top1 }},
	{"top5", nil, func(m *Metrics) float64 { return m.Top5 }},
	{"r99", nil, func(m *Metrics) float64 { return m.R99 }},
	{"r98", nil, func(m *Metrics) float64 { return m.R98 }},
	{"ece", nil, func(m *Metrics) float64 { return m.ECE }},
}

// Figure is one of the metrics by the name that tables and JSON give it.
type Figure struct {
	Name  string
	Value float64 // NaN for a share of nothing
	Count bool    // a number of leads, and no share of them
}

// Figures returns the metrics in the order of the table.
func (m *Metrics) Figures() []Figure {
	out := make([]Figure, len(columns))
	for i, c := range columns {
		if c.count != nil {
			out[i] = Figure{c.name, float64(c.count(m)), true}
		} else {
			out[i] = Figure{c.name, c.share(m), false}
		}
	}
	return out
}

// nameWidth is the width of the table's first column, in runes; longer names are cut.
const nameWidth = 34

// WriteText writes the report as a table of fixed width, one line a slice. A share of nothing is "nan".
func (r Report) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%-*s", nameWidth, "slice")
	for _, c := range columns {
		fmt.Fprintf(b, "%10s", c.name)
	}
	b.WriteByte('\n')
	for _, s := range r.Slices {
		writeRow(b, s)
	}
	if r.Missing > 0 {
		fmt.Fprintf(b, "%d leads have no outcome\n", r.Missing)
	}
	return b.Flush()
}

func writeRow(b *bufio.Writer, s Slice) {
	fmt.Fprintf(b, "%-*.*s", nameWidth, nameWidth, s.Name)
	for _, c := range columns {
		switch {
		case c.count != nil:
			fmt.Fprintf(b, "%10d", c.count(&s.Metrics))
		case math.IsNaN(c.share(&s.Metrics)):
			fmt.Fprintf(b, "%10s", "nan")
		default:
			fmt.Fprintf(b, "%10.4f", c.share(&s.Metrics))
		}
	}
	b.WriteByte('\n')
}

// MarshalJSON writes {"missing": 0, "slices": {"all": {"n": …}, …}}, the slices in order. A share of nothing is null.
func (r Report) MarshalJSON() ([]byte, error) {
	b := fmt.Appendf(nil, `{"missing":%d,"slices":{`, r.Missing)
	for i, s := range r.Slices {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(s.Name)
		if err != nil {
			return nil, err
		}
		b = append(append(b, name...), ':')
		b = s.Metrics.appendJSON(b)
	}
	return append(b, "}}"...), nil
}

// MarshalJSON writes the metrics under the names of the table's columns. A share of nothing is null.
func (m Metrics) MarshalJSON() ([]byte, error) { return m.appendJSON(nil), nil }

func (m *Metrics) appendJSON(b []byte) []byte {
	b = append(b, '{')
	for _, c := range columns {
		b = append(strconv.AppendQuote(b, c.name), ':')
		if c.count != nil {
			b = strconv.AppendInt(b, int64(c.count(m)), 10)
		} else if v := c.share(m); math.IsNaN(v) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		}
		b = append(b, ',')
	}
	return append(bytes.TrimSuffix(b, []byte{','}), '}')
}
