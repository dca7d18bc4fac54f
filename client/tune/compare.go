package tune

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
)

// Figures are what decisions were like on leads whose answers are known.
type Figures struct {
	eval.Metrics
	Missed float64 // bits a lead by which the right answer was missed: the log loss, base 2
	Worth  float64 // right assignments less wrong ones times right_per_wrong, a lead
}

// Measure is one figure before and after.
type Measure struct {
	Name          string
	Before, After float64
	Low, High     float64 // what 90 in 100 drawings of the companies have for after less before
	Worse         float64 // share of the drawings in which it is worse after than before
}

// answered are leads with their answers.
type answered struct {
	pairs  []eval.Pair
	missed []float64
}

// answer decides the leads by a dial; there is an opinion for each.
func (t *Tuner) answer(opinions []opinion, rightPerWrong float64) answered {
	a := answered{make([]eval.Pair, len(opinions)), make([]float64, len(opinions))}
	for i := range opinions {
		a.pairs[i] = eval.Pair{Lead: t.examples[i].truth, Answer: opinions[i].answer(rightPerWrong)}
		a.missed[i] = opinions[i].missed
	}
	return a
}

// figures measures the leads with these numbers, some of which may come more than once.
func (a *answered) figures(leads []int, rightPerWrong float64) Figures {
	pairs, sum, worth := make([]eval.Pair, len(leads)), 0.0, 0.0
	for k, i := range leads {
		pairs[k] = a.pairs[i]
		sum += a.missed[i]
		if answer := pairs[k].Answer; answer.Decision != eval.Matched {
			continue
		} else if pairs[k].Lead.Right(answer.AccountID) {
			worth++
		} else {
			worth -= rightPerWrong
		}
	}
	f := Figures{eval.Measure(pairs), sum / float64(len(leads)), worth / float64(len(leads))}
	for _, share := range []*float64{&f.Wrong, &f.Recall, &f.Top1} {
		if math.IsNaN(*share) {
			*share = 0 // of nothing
		}
	}
	return f
}

// measures are the figures that are compared, and by which factor more is better.
var measures = [...]struct {
	name   string
	better float64
	of     func(*Figures) float64
}{
	{"missed", -1, func(f *Figures) float64 { return f.Missed }},
	{"ece", -1, func(f *Figures) float64 { return f.ECE }},
	{"wrong", -1, func(f *Figures) float64 { return f.Wrong }},
	{"recall", 1, func(f *Figures) float64 { return f.Recall }},
	{"worth", 1, func(f *Figures) float64 { return f.Worth }},
	{"top1", 1, func(f *Figures) float64 { return f.Top1 }},
	{"r98", 1, func(f *Figures) float64 { return f.R98 }},
}

const drawings = 300

// compare measures answers to the same leads before and after, and draws the groups anew to see how far the
// differences may be chance.
func (t *Tuner) compare(before, after *answered, rightPerWrong float64) []Measure {
	groups := make([][]int, t.groups)
	all := make([]int, len(t.examples))
	for i, e := range t.examples {
		groups[e.group] = append(groups[e.group], i)
		all[i] = i
	}
	diffs := make([][]float64, len(measures))
	random := rand.New(rand.NewPCG(t.opts.Seed, drawings))
	var drawn []int
	for range drawings {
		drawn = drawn[:0]
		for range groups {
			drawn = append(drawn, groups[random.IntN(len(groups))]...)
		}
		b, a := before.figures(drawn, rightPerWrong), after.figures(drawn, rightPerWrong)
		for k := range measures {
			diffs[k] = append(diffs[k], measures[k].of(&a)-measures[k].of(&b))
		}
	}
	b, a := before.figures(all, rightPerWrong), after.figures(all, rightPerWrong)
	out := make([]Measure, len(measures))
	for k, m := range measures {
		slices.Sort(diffs[k])
		worse := 0
		for _, d := range diffs[k] {
			if d*m.better < 0 {
				worse++
			}
		}
		out[k] = Measure{
			Name: m.name, Before: m.of(&b), After: m.of(&a), Low: diffs[k][drawings/20], High: diffs[k][drawings-1-drawings/20],
			Worse: float64(worse) / drawings,
		}
	}
	return out
}
