package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
)

// riskChart is the risk-coverage curve: how many of the assigned are wrong, by how many are assigned.
type riskChart struct {
	plot
	Curves []riskCurve
	Point  riskPoint
	More   int // values of the label that have no curve
	Rows   []riskRow
}

// riskCurve is one line, and column of the table behind the picture.
type riskCurve struct {
	Name  string
	Leads int
	Class int // 0 for all leads, then from 1
	Path  string

	cutoffs []eval.Cutoff
}

// riskPoint is what the policy that runs makes of all leads.
type riskPoint struct {
	X, Y, LabelX, LabelY float64
	Anchor               string // where the label is held: "start" or "end"
	Shown                bool
}

// riskRow is the share that is wrong, by curve, when so many are assigned.
type riskRow struct {
	Coverage float64
	Cutoff   string // of all leads
	Wrong    []float64
}

const (
	maxCurves  = 8   // beside that of all leads; more cannot be told apart
	leastLeads = 30  // of a curve, and of the cut-offs that the picture has room for: among fewer, one mistake is a peak
	leastRisk  = .02 // at the upper edge
)

// riskTicks are the shares of wrong ones that are marked. Low ones have more room than high ones: it is among them that a
// policy is chosen.
var riskTicks = []float64{0, .002, .01, .02, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1}

func newRiskChart(e *Evaluation) *riskChart {
	c := &riskChart{Curves: []riskCurve{{Name: "all leads", Leads: len(e.Pairs), cutoffs: eval.Cutoffs(e.Pairs)}}}
	c.addSlices(e)
	metrics := &e.Report.Slices[0].Metrics
	c.plot = newPlot(720, 430, c.top(metrics), math.Sqrt, tenths, riskTicks)
	for i := range c.Curves {
		c.Curves[i].Path = c.path(&c.Curves[i])
	}
	c.place(metrics)
	c.tabulate()
	return c
}

// top is the share at the upper edge: the greatest that is drawn, or the next tick above it.
func (c *riskChart) top(m *eval.Metrics) float64 {
	most := leastRisk
	if m.Wrong > most {
		most = m.Wrong
	}
	for _, curve := range c.Curves {
		for _, k := range curve.cutoffs {
			if k.Assigned >= leastLeads {
				most = max(most, k.Wrong)
			}
		}
	}
	at, _ := slices.BinarySearch(riskTicks, most)
	return riskTicks[at]
}

// addSlices adds a curve for each value of the label, at most maxCurves: those of most leads, none of too few.
func (c *riskChart) addSlices(e *Evaluation) {
	if e.Label == "" {
		return
	}
	byValue := map[string][]eval.Pair{}
	for _, p := range e.Pairs {
		value, labelled := p.Lead.Labels[e.Label]
		if !labelled {
			value = "None" // as the table has it
		}
		byValue[value] = append(byValue[value], p)
	}
	var values []string
	for v := range byValue {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byValue[b]), len(byValue[a])), cmp.Compare(a, b))
	})
	shown := 0
	for shown < min(maxCurves, len(values)) && len(byValue[values[shown]]) >= leastLeads {
		shown++
	}
	c.More = len(values) - shown
	for i, v := range values[:shown] {
		c.Curves = append(c.Curves, riskCurve{
			Name: v, Leads: len(byValue[v]), Class: i + 1, cutoffs: eval.Cutoffs(byValue[v]),
		})
	}
}

// path draws the cut-offs that are at least half a unit apart, and the last. It begins where a tenth of the leads, or
// enough of them, are assigned.
func (c *riskChart) path(curve *riskCurve) string {
	var b strings.Builder
	from := min(leastLeads, curve.Leads/10)
	last := math.Inf(-1)
	for i, k := range curve.cutoffs {
		end := i == len(curve.cutoffs)-1
		x := c.x(k.Coverage)
		if !end && (k.Assigned < from || x-last < .5) {
			continue
		}
		verb := 'L'
		if b.Len() == 0 {
			verb = 'M'
		}
		fmt.Fprintf(&b, "%c%v %v", verb, x, c.y(k.Wrong))
		last = x
	}
	return b.String()
}

// place marks where the running policy works; its label stands on the side that has room.
func (c *riskChart) place(m *eval.Metrics) {
	if math.IsNaN(m.Wrong) {
		return
	}
	c.Point = riskPoint{X: c.x(m.Assigned), Y: c.y(m.Wrong), Anchor: "start", Shown: true}
	c.Point.LabelX, c.Point.LabelY = c.Point.X+12, max(c.Point.Y-12, c.Top+14)
	if c.Point.X > c.XMiddle() {
		c.Point.Anchor, c.Point.LabelX = "end", c.Point.X-12
	}
}

// tabulate fills the table behind the picture: a row for each tenth of the leads.
func (c *riskChart) tabulate() {
	for tenth := 1; tenth <= 10; tenth++ {
		row := riskRow{Coverage: float64(tenth) / 10, Cutoff: "–"}
		for i, curve := range c.Curves {
			k, ok := atCoverage(curve.cutoffs, row.Coverage)
			if !ok {
				row.Wrong = append(row.Wrong, math.NaN())
				continue
			}
			row.Wrong = append(row.Wrong, k.Wrong)
			if i == 0 {
				row.Cutoff = fmt.Sprintf("%.4f", k.Probability)
			}
		}
		c.Rows = append(c.Rows, row)
	}
}

// atCoverage returns the highest cut-off that assigns so many.
func atCoverage(cutoffs []eval.Cutoff, coverage float64) (eval.Cutoff, bool) {
	for _, k := range cutoffs {
		if k.Coverage >= coverage-1e-9 {
			return k, true
		}
	}
	return eval.Cutoff{}, false
}
