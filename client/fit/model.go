package fit

import (
	"cmp"
	"math"
)

// Model is weights, in the order of the features, and curves by kind of evidence: all that the matcher makes
// probabilities of. It does not change: any number of goroutines may use one.
type Model struct {
	Weights []float64
	Curves  map[string][]Knot
}

// tieSharpness is what a bit between two candidates may be worth at the most; it is the matcher's.
const tieSharpness = 2

// First returns the candidate with the most bits, of equal ones the one that comes first; -1 when there is none.
func (m *Model) First(e *Example) int {
	best, most := -1, 0.0
	for i := range e.Candidates {
		if b := e.Candidates[i].Bits(m.Weights); best < 0 || b > most {
			best, most = i, b
		}
	}
	return best
}

// Said returns the log-odds of the first candidate in bits, before they are calibrated.
func (m *Model) Said(e *Example, first int) float64 {
	p, _ := e.Probabilities(nil, m.Weights)
	return odds(p[first])
}

// Lead returns the probability that the first candidate's lead over the others allows it at the most.
func (m *Model) Lead(e *Example, first int) float64 {
	return math.Exp2(tieSharpness*e.Candidates[first].Bits(m.Weights) - e.LogSum(m.Weights, tieSharpness))
}

// Probabilities appends the probability of each candidate to dst, as the matcher gives them, and returns that of none of
// them, and which candidate is first; -1 when there is none.
func (m *Model) Probabilities(dst []float64, e *Example) (p []float64, none float64, first int) {
	p, none = e.Probabilities(dst, m.Weights)
	if first = m.First(e); first < 0 {
		return p, none, first
	}
	c := &e.Candidates[first]
	raw := p[first]
	top := min(Probability(OnCurve(m.Curves[c.Stratum], odds(raw))), m.Lead(e, first))
	others := none // and the other candidates: what is left of 1 is too little to be told by taking away
	for i := range p {
		if i != first {
			others += p[i]
		}
	}
	rest := (1 - top) / max(others, 1e-300)
	for i := range p {
		p[i] *= rest
	}
	p[first] = top
	return p, none * rest, first
}

// OnCurve returns what log-odds are worth: straight lines between the knots, parallels to the diagonal beyond them, and
// what was said where there are none.
func OnCurve(c []Knot, x float64) float64 {
	if len(c) == 0 {
		return x
	}
	if x <= c[0].Raw {
		return c[0].Calibrated + x - c[0].Raw
	}
	for i := 1; i < len(c); i++ {
		if a, b := c[i-1], c[i]; x <= b.Raw {
			return a.Calibrated + (b.Calibrated-a.Calibrated)*(x-a.Raw)/(b.Raw-a.Raw)
		}
	}
	last := c[len(c)-1]
	return max(last.Calibrated, min(MaxCalibrated, last.Calibrated+x-last.Raw))
}

// Probability turns log-odds in bits into a probability.
func Probability(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }

// odds turns a probability into log-odds in bits, which end where a probability cannot be told from 1.
func odds(p float64) float64 { return math.Log2(p) - math.Log2(1-min(p, 1-1e-9)) }

// Sign lets a weight have only its prior's sign, for Options: what speaks for an account in the world never speaks against
// it.
func Sign(priors []float64) func(feature int) int {
	return func(i int) int { return cmp.Compare(priors[i], 0) }
}
