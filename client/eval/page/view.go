package page

import (
	"html/template"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// view is what the template writes.
type view struct {
	*Evaluation
	Style    template.CSS
	Headline []headline
	Columns  []string
	Span     int // columns of the table by slice
	Groups   []group
	Risk     *riskChart
	Curve    *reliabilityChart
	All      eval.Decisions
	Reasons  []eval.ByReason
	Settings []setting
	Mistakes []mistakes
}

func newView(e *Evaluation) *view {
	all := eval.CountDecisions(e.Pairs)
	v := &view{
		Evaluation: e,
		Style:      template.CSS(style),
		Headline:   headlines(&e.Report, all),
		Groups:     groups(e.Report.Slices),
		Risk:       newRiskChart(e),
		Curve:      newReliabilityChart(e.Pairs),
		All:        all,
		Reasons:    eval.CountReasons(e.Pairs),
		Settings:   settings(e),
	}
	for _, f := range e.Report.Slices[0].Metrics.Figures() {
		v.Columns = append(v.Columns, f.Name)
	}
	v.Span = 1 + len(v.Columns)
	for i := range e.Mistakes {
		v.Mistakes = append(v.Mistakes, newMistakes(&e.Mistakes[i]))
	}
	return v
}

// headline is one of the figures that the page begins with.
type headline struct {
	Name  string // as the JSON report calls it; "" when it has none
	Title string
	Value float64
	Text  string
	Note  string
}

func headlines(r *eval.Report, d eval.Decisions) []headline {
	m := &r.Slices[0].Metrics
	leads := count(m.Matchable) + " have an account"
	if r.Missing > 0 {
		leads += "; " + count(r.Missing) + " were refused"
	}
	review, rightly := ratio(d.Review, m.N), ratio(d.NoMatch-d.NoMatchWrong, d.NoMatch)
	return []headline{
		{"n", "Leads", float64(m.N), count(m.N), leads},
		{"assigned", "Coverage", m.Assigned, share(m.Assigned), of(d.Matched, m.N) + " were MATCHED"},
		{"wrong", "Wrong among MATCHED", m.Wrong, share(m.Wrong), surely(d.MatchedWrong, d.Matched)},
		{"recall", "Recall", m.Recall, share(m.Recall), surely(d.Matched-d.MatchedWrong, m.Matchable)},
		{"", "For a person: REVIEW", review, share(review), of(d.Review, m.N) + "; in " + count(d.ReviewListed) + " the right account is listed"},
		{"", "Right among NO_MATCH", rightly, share(rightly), surely(d.NoMatch-d.NoMatchWrong, d.NoMatch)},
		{"r98", "Recall at 2" + noBreak + "% wrong", m.R98, share(m.R98), "r98: by the probability alone"},
		{"ece", "Calibration error", m.ECE, share(m.ECE), "ece: between claimed and true, on average"},
	}
}

func of(part, whole int) string { return count(part) + " of " + count(whole) }

func surely(part, whole int) string {
	low, high := eval.Interval(part, whole)
	return of(part, whole) + "; 95" + noBreak + "%: " + between(low, high)
}

// group is the slices of one label, or all leads.
type group struct {
	Label  string // "" for all leads
	Slices []eval.Slice
}

func groups(slices []eval.Slice) (out []group) {
	for i, s := range slices {
		label := ""
		if i > 0 {
			label, _, _ = strings.Cut(s.Name, "=")
		}
		if len(out) == 0 || out[len(out)-1].Label != label {
			out = append(out, group{Label: label})
		}
		g := &out[len(out)-1]
		g.Slices = append(g.Slices, s)
	}
	return out
}

// setting is a row of the table of the dial.
type setting struct {
	eval.Setting
	Coverage, Wrong, Recall float64
	WrongLeads              int
	Between                 string
	Measured                string // right assignments for each wrong one
}

func settings(e *Evaluation) (out []setting) {
	for _, s := range eval.Settings(e.Pairs, dial(e.Policy)) {
		wrong := s.Assigned - s.Right
		low, high := eval.Interval(wrong, s.Assigned)
		row := setting{
			Setting: s, WrongLeads: wrong, Coverage: ratio(s.Assigned, s.Leads), Wrong: ratio(wrong, s.Assigned),
			Recall: ratio(s.Right, s.Matchable), Between: between(low, high), Measured: "–",
		}
		if wrong > 0 {
			row.Measured = figure(float64(s.Right) / float64(wrong))
		}
		out = append(out, row)
	}
	return out
}

func dial(p *leadmatchv1.Policy) eval.Dial {
	return eval.Dial{RightPerWrong: p.GetRightPerWrong(), MinMargin: p.GetMinMarginBits()}
}
