package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// truth are the weights that the made-up examples follow; feature 0 is the prior, the last one never occurs.
var truth = []float64{-3, 4, 2, -2, 1.5, 0}

// draw makes n leads with candidates of random features; which of them is right, if any, is drawn as the weights say.
func draw(n int, weights []float64, seed uint64) []Example {
	random := rand.New(rand.NewPCG(seed, 0))
	examples := make([]Example, n)
	for i := range examples {
		e := &examples[i]
		e.Weight = 1
		for range 1 + random.IntN(6) {
			dense := make([]float32, len(weights))
			dense[0] = 1
			for f := 1; f < len(dense)-1; f++ {
				if random.IntN(2) == 0 {
					dense[f] = float32(random.Float64())
				}
			}
			e.Candidates = append(e.Candidates, Candidate{Features: Sparse(dense)})
		}
		p, _ := e.Probabilities(nil, weights)
		x := random.Float64()
		for k := range p {
			if x -= p[k]; x < 0 {
				e.Candidates[k].Right = true
				break
			}
		}
	}
	return examples
}

// TestFitRecoversWeights: from enough examples come the weights that made them, and the prior where there are none.
func TestFitRecoversWeights(t *testing.T) {
	priors := []float64{-2, 1, 1, -1, 0, 7}
	got := Fit(draw(20_000, truth, 1), priors, Options{Shrink: 1, Epochs: 10})
	for i, w := range got {
		want := truth[i]
		if i == len(got)-1 {
			want = priors[i]
		}
		if math.Abs(w-want) > .25 {
			t.Errorf("weight %d is %.3f, want %.3f", i, w, want)
		}
	}
}

// TestFitRepeats: the same examples, options and seed give the same weights, to the last bit.
func TestFitRepeats(t *testing.T) {
	examples := draw(2000, truth, 2)
	priors := make([]float64, len(truth))
	a, b := Fit(examples, priors, Options{Seed: 3}), Fit(examples, priors, Options{Seed: 3})
	if !slices.Equal(a, b) {
		t.Errorf("first %v, then %v", a, b)
	}
	if c := Fit(examples, priors, Options{Seed: 4}); slices.Equal(a, c) {
		t.Error("another seed gives the same weights: the examples are not shuffled")
	}
	if slices.ContainsFunc(priors, func(w float64) bool { return w != 0 }) {
		t.Error("the priors were changed")
	}
}

// TestFitKeepsBounds: weights that are not free stay, and signs hold even against the examples.
func TestFitKeepsBounds(t *testing.T) {
	examples := draw(4000, truth, 5)
	priors := []float64{-3, 1, 1, -1, 1, 0}
	got := Fit(examples, priors, Options{
		Free: func(i int) bool { return i != 1 },
		Sign: func(i int) int { return []int{0, 0, -1, 1, 1, 0}[i] },
	})
	if got[1] != 1 {
		t.Errorf("weight 1 is %v, want 1: it was not free", got[1])
	}
	if got[2] != 0 || got[3] != 0 || got[4] <= 0 {
		t.Errorf("weights 2, 3 and 4 are %.3f; want 0, 0, and more than 0", got[2:5])
	}
}

// TestShrink: the more the priors count, the nearer the weights stay to them.
func TestShrink(t *testing.T) {
	examples := draw(500, truth, 6)
	priors := make([]float64, len(truth))
	last := math.Inf(1)
	for _, shrink := range []float64{1, 100, 10_000} {
		sum := 0.0
		for _, w := range Fit(examples, priors, Options{Shrink: shrink, Epochs: 40}) {
			sum += math.Abs(w)
		}
		if sum >= last {
			t.Errorf("with priors that count %v the weights are %.3f from them, no nearer than %.3f", shrink, sum, last)
		}
		last = sum
	}
}

// TestProbabilities: they and that of none add up to 1, whatever the bits, and go by them.
func TestProbabilities(t *testing.T) {
	f := func(bits []float64, want ...float64) {
		t.Helper()
		var e Example
		for _, b := range bits {
			e.Candidates = append(e.Candidates, Candidate{Features: []Value{{0, float32(b)}}})
		}
		p, none := e.Probabilities(nil, []float64{1})
		sum := none
		for i, v := range append(p, none) {
			if math.Abs(v-want[i]) > 1e-9 {
				t.Errorf("bits %v: probabilities %v and %v, want %v", bits, p, none, want)
				break
			}
		}
		for _, v := range p {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("bits %v: the sum is %v", bits, sum)
		}
		if len(bits) > 0 {
			logSum := 0.0
			for _, b := range bits {
				logSum += math.Exp2(.5 * b)
			}
			if got := e.LogSum([]float64{1}, .5); math.Abs(bits[0]) < 100 && math.Abs(got-math.Log2(logSum)) > 1e-9 {
				t.Errorf("bits %v: log sum %v, want %v", bits, got, math.Log2(logSum))
			}
		}
	}
	unscored := Example{Candidates: []Candidate{{Features: []Value{{0, 1}}}}, Unscored: 2}
	if p, none := unscored.Probabilities(nil, []float64{1}); math.Abs(p[0]-.4) > 1e-9 || math.Abs(none-.2) > 1e-9 {
		t.Errorf("beside accounts twice as likely as none: %v and %v, want .4 and .2", p, none)
	}
	f(nil, 1)
	f([]float64{0}, .5, .5)
	f([]float64{2, 2, 0}, .4, .4, .1, .1)
	f([]float64{3000, -3000}, 1, 0, 0)
	f([]float64{-3000}, 0, 1)
}
