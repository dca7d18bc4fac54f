package fit

import (
	"math"
	"testing"
)

// candidates makes an example of candidates with these bits, by a model of one weight.
func candidates(bits ...float32) (e Example) {
	for _, b := range bits {
		e.Candidates = append(e.Candidates, Candidate{Features: []Value{{0, b}}, Stratum: "a"})
	}
	return e
}

// TestModelProbabilities: they add up to 1, the first is what the curve makes of it, and a tie stays a tie.
func TestModelProbabilities(t *testing.T) {
	m := Model{Weights: []float64{1}, Curves: map[string][]Knot{"a": {{-4, -2}, {4, 6}}}}
	f := func(e Example, wantFirst int, want float64) {
		t.Helper()
		p, none, first := m.Probabilities(nil, &e)
		if first != wantFirst {
			t.Fatalf("%d is first, want %d", first, wantFirst)
		}
		sum := none
		for _, v := range p {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%v and %v add up to %v", p, none, sum)
		}
		if first >= 0 && math.Abs(p[first]-want) > 1e-9 {
			t.Errorf("the first has %v, want %v", p[first], want)
		}
	}
	f(candidates(), -1, 0)
	f(candidates(0), 0, Probability(2))
	f(candidates(-9), 0, Probability(-7))
	f(candidates(-3000, 4), 1, Probability(6))
	f(candidates(10, 10), 0, .5)
	e := candidates(0) // as likely as none, and as the accounts that are not scored together: one in three
	e.Unscored = 1
	f(e, 0, Probability(1))
	f(candidates(10, 11), 1, .8)
	f(candidates(-3000), 0, 0)
	m.Curves = nil
	f(candidates(4), 0, Probability(4))
}

// TestOnCurve: straight between knots, parallel to the diagonal beyond them, and within bounds.
func TestOnCurve(t *testing.T) {
	knots := []Knot{{-2, -1}, {0, 1}, {0, 1}, {4, 3}}
	f := func(x, want float64) {
		t.Helper()
		if got := OnCurve(knots, x); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v bits are worth %v, want %v", x, got, want)
		}
	}
	f(-5, -4)
	f(-2, -1)
	f(-1, 0)
	f(0, 1)
	f(2, 2)
	f(4, 3)
	f(6, 5)
	f(40, MaxCalibrated)
	if got := OnCurve(nil, 7); got != 7 {
		t.Errorf("without a curve, 7 bits are worth %v", got)
	}
}

func TestSign(t *testing.T) {
	sign := Sign([]float64{-2, 0, .1})
	for i, want := range []int{-1, 0, 1} {
		if got := sign(i); got != want {
			t.Errorf("weight %d: %d, want %d", i, got, want)
		}
	}
}
