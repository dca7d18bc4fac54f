// Package fit fits the weights of a matching model to leads whose right accounts are known.
//
// The model is a conditional logit over the candidates of a lead and "none of them" (McFadden 1974): a candidate's bits
// are the sum of its features times their weights, "none" has 0 bits, and probabilities are proportional to two to the
// power of the bits. Weights are shrunk towards priors, which say what a person who knows the field would expect, so
// that a feature that the labels say little about keeps a sane weight. Probabilities are then calibrated, for each kind
// of evidence, by isotonic regression (Zadrozny and Elkan 2002).
package fit

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Candidate is one account of an example.
type Candidate struct {
	ID       string
	Features []Value
	Right    bool
	Stratum  string // kind of evidence, for Calibrate
}

// Value is one feature that is not zero.
type Value struct {
	Feature uint16
	Amount  float32
}

// Sparse drops the zeros of a feature vector.
func Sparse(dense []float32) []Value {
	n := 0
	for _, v := range dense {
		if v != 0 {
			n++
		}
	}
	values := make([]Value, 0, n)
	for i, v := range dense {
		if v != 0 {
			values = append(values, Value{uint16(i), v})
		}
	}
	return values
}

// Example is a lead with its candidates; when none of them is right, "none" is.
type Example struct {
	Candidates []Candidate
	Weight     float64 // how much it counts
	Unscored   float64 // odds of accounts that are not among the candidates, against none of them
}

// Options sets a fit up. The zero value of each field takes its default.
type Options struct {
	Shrink float64 // weight of the priors, against one example of weight 1; 0 means 4
	Epochs int     // passes over the examples; 0 means 12
	Seed   uint64
	Free   func(feature int) bool // which weights may change; nil means all
	Sign   func(feature int) int  // -1: at most 0; 1: at least 0; 0 or nil: any
}

// Bits returns the bits of a candidate.
func (c *Candidate) Bits(weights []float64) (sum float64) {
	for _, v := range c.Features {
		sum += float64(v.Amount) * weights[v.Feature]
	}
	return sum
}

// Probabilities appends the probability of each candidate to dst, and returns that of none of them. Accounts that are not among
// the candidates have what is missing to 1.
func (e *Example) Probabilities(dst, weights []float64) (p []float64, none float64) {
	top := 0.0
	for i := range e.Candidates {
		b := e.Candidates[i].Bits(weights)
		top = max(top, b)
		dst = append(dst, b)
	}
	none = math.Exp2(-top)
	sum := none * (1 + e.Unscored)
	for i, b := range dst {
		dst[i] = math.Exp2(b - top)
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
	return dst, none / sum
}

// LogSum returns the base-2 logarithm of the sum of two to the power of each candidate's bits times the factor.
func (e *Example) LogSum(weights []float64, factor float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for i := range e.Candidates {
		top = max(top, factor*e.Candidates[i].Bits(weights))
	}
	for i := range e.Candidates {
		sum += math.Exp2(factor*e.Candidates[i].Bits(weights) - top)
	}
	return top + math.Log2(sum)
}

// batch is how many examples a step looks at.
const batch = 512

// Fit returns the weights that make the right answers of the examples most probable, given the priors. The same
// examples, options and seed give the same weights.
func Fit(examples []Example, priors []float64, opts Options) []float64 {
	if opts.Shrink == 0 {
		opts.Shrink = 4
	}
	if opts.Epochs == 0 {
		opts.Epochs = 12
	}
	total := 0.0
	for i := range examples {
		total += examples[i].Weight
	}
	f := fitter{opts: opts, priors: priors, weights: append([]float64(nil), priors...)}
	f.mean, f.square = make([]float64, len(priors)), make([]float64, len(priors))
	random := rand.New(rand.NewPCG(opts.Seed, 1))
	steps := opts.Epochs * ((len(examples) + batch - 1) / batch)
	for range opts.Epochs {
		order := random.Perm(len(examples))
		for from := 0; from < len(order); from += batch {
			rate := .3 * (1 - float64(f.steps)/float64(steps))
			f.step(examples, order[from:min(from+batch, len(order))], total, rate)
		}
	}
	return f.weights
}

// fitter descends by Adam (Kingma and Ba 2015).
type fitter struct {
	opts         Options
	priors       []float64
	weights      []float64
	mean, square []float64
	steps        int
}

func (f *fitter) step(examples []Example, order []int, total, rate float64) {
	grad, weight := f.gradient(examples, order)
	f.steps++
	for i := range f.weights {
		if f.opts.Free != nil && !f.opts.Free(i) {
			continue
		}
		g := grad[i]/weight + f.opts.Shrink/total*(f.weights[i]-f.priors[i])
		f.mean[i] += .1 * (g - f.mean[i])
		f.square[i] += .001 * (g*g - f.square[i])
		m := f.mean[i] / (1 - math.Pow(.9, float64(f.steps)))
		s := f.square[i] / (1 - math.Pow(.999, float64(f.steps)))
		f.weights[i] -= rate * m / (math.Sqrt(s) + 1e-8)
		if f.opts.Sign != nil {
			f.weights[i] = clampSign(f.weights[i], f.opts.Sign(i))
		}
	}
}

func clampSign(w float64, sign int) float64 {
	switch {
	case sign < 0:
		return min(w, 0)
	case sign > 0:
		return max(w, 0)
	}
	return w
}

// gradient returns the slope of the loss in bits, on all cores; the sum is made in a fixed order.
func (f *fitter) gradient(examples []Example, order []int) (grad []float64, weight float64) {
	workers := runtime.GOMAXPROCS(0)
	grads := make([][]float64, workers)
	var wg sync.WaitGroup
	for w := range workers {
		grads[w] = make([]float64, len(f.weights))
		wg.Go(func() {
			var p []float64
			for k := w; k < len(order); k += workers {
				e := &examples[order[k]]
				p = e.addGradient(grads[w], p[:0], f.weights)
			}
		})
	}
	wg.Wait()
	for _, k := range order {
		weight += examples[k].Weight
	}
	for _, g := range grads[1:] {
		for i, v := range g {
			grads[0][i] += v
		}
	}
	return grads[0], weight
}

// addGradient adds the example's slope: what is probable less what is right. Several right candidates share the truth
// as the model would share it.
func (e *Example) addGradient(grad, buf, weights []float64) []float64 {
	p, _ := e.Probabilities(buf, weights)
	right := 0.0
	for i := range e.Candidates {
		if e.Candidates[i].Right {
			right += p[i]
		}
	}
	for i := range e.Candidates {
		c := &e.Candidates[i]
		slope := p[i]
		if c.Right {
			slope -= p[i] / max(right, 1e-300)
		}
		if slope *= e.Weight; math.Abs(slope) < 1e-9 {
			continue
		}
		for _, v := range c.Features {
			grad[v.Feature] += slope * float64(v.Amount)
		}
	}
	return p
}
