package tune

import (
	"maps"

	"github.com/leadmatch/leadmatch/client/fit"
)

// Part is what of a policy is fitted.
type Part uint8

const (
	Calibration           Part = iota + 1 // curves alone; the weights stay
	WeightsAndCalibration                 // both
)

func (p Part) String() string {
	return [...]string{"nothing", "calibration", "weights and calibration"}[min(p, WeightsAndCalibration)]
}

const (
	kept       = 16  // candidates of a lead that weights are fitted to, beside the right ones
	steps      = 300 // that the fit takes, at least
	stepLeads  = 512 // that fit looks at in a step
	passes     = 6   // over all leads, at least
	innerFolds = 3
)

// learn fits a part of the model to the examples. What was said for the curves is said by weights that were fitted to
// other leads than those it is said of.
func (t *Tuner) learn(examples []*example, part Part) fit.Model {
	weight := independence(examples)
	if part == Calibration {
		m := fit.Model{Weights: t.base.Weights}
		m.Curves = calibrate(t.saidBy(&m, examples), t.base.Curves, weight)
		if t.madeUp {
			lower(m.Curves, t.base.Curves)
		}
		return m
	}
	m := fit.Model{Weights: t.fitWeights(examples, weight)}
	var all []said
	for in, held := range t.folds(examples, innerFolds) {
		inner := fit.Model{Weights: t.fitWeights(in, weight)}
		all = append(all, t.saidBy(&inner, held)...)
	}
	m.Curves = calibrate(all, t.base.Curves, weight)
	return m
}

// independence is what a lead tells, against one of a company of its own: leads of one company tell nearly the same.
func independence(examples []*example) float64 {
	size := map[int]int{}
	for _, e := range examples {
		size[e.group]++
	}
	sum := 0
	for n := range maps.Values(size) {
		sum += n * n
	}
	return float64(len(examples)) / float64(max(1, sum))
}

func (t *Tuner) fitWeights(examples []*example, weight float64) []float64 {
	few := make([]fit.Example, len(examples))
	for i, e := range examples {
		few[i].Weight = weight
		for k, c := range e.Candidates {
			if k < kept || c.Right {
				few[i].Candidates = append(few[i].Candidates, c)
			}
		}
	}
	batches := (len(examples) + stepLeads - 1) / stepLeads
	return fit.Fit(few, t.base.Weights, fit.Options{Epochs: max(passes, steps/max(1, batches)), Sign: fit.Sign(t.base.Weights), Seed: t.opts.Seed})
}

// saidBy is what the model's weights say of the first candidates. Those that are held to less than the curves say, because
// another candidate is as good, are left out: they would bend curves that do not reach them.
func (t *Tuner) saidBy(m *fit.Model, examples []*example) (all []said) {
	for _, e := range examples {
		first := m.First(&e.Example)
		if first < 0 {
			continue
		}
		c := &e.Candidates[first]
		bits := m.Said(&e.Example, first)
		if m.Lead(&e.Example, first) >= fit.Probability(fit.OnCurve(t.base.Curves[c.Stratum], bits)) {
			all = append(all, said{c.Stratum, bits, c.Right})
		}
	}
	return all
}
