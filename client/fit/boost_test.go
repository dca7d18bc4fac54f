package fit

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// exclusive returns examples of one candidate that is right when exactly one of two features is set, which no weights
// can say.
func exclusive(n int) []Example {
	random := rand.New(rand.NewPCG(1, 1))
	examples := make([]Example, n)
	for i := range examples {
		a, b := random.IntN(2), random.IntN(2)
		values := []Value{{0, 1}}
		for f, v := range []int{a, b} {
			if v != 0 {
				values = append(values, Value{uint16(f + 1), 1})
			}
		}
		examples[i] = Example{Candidates: []Candidate{{Features: values, Right: a != b}}, Weight: 1}
	}
	return examples
}

// TestBoost: trees learn what features are worth together.
func TestBoost(t *testing.T) {
	examples, weights := exclusive(2000), []float64{0, 0, 0, 1}
	trees := Boost(examples, weights, BoostOptions{})
	if again := Boost(examples, weights, BoostOptions{}); !reflect.DeepEqual(trees, again) {
		t.Error("the same examples give other trees")
	}
	f := func(a, b float32, want float64) {
		t.Helper()
		bits := 0.0
		for i := range trees {
			bits += trees[i].At([]float32{1, a, b, 0})
		}
		if bits*want <= 0 || math.Abs(bits) < 4 {
			t.Errorf("%v and %v are worth %.1f bits, want many of sign %v", a, b, bits, want)
		}
	}
	f(0, 0, -1)
	f(0, 1, 1)
	f(1, 0, 1)
	f(1, 1, -1)
	for i, e := range Together(examples, weights, trees, 3, BoostOptions{}) {
		c := &e.Candidates[0]
		if bits := c.Bits(weights); bits > 0 != c.Right {
			t.Fatalf("example %d: %v has %.1f bits", i, c, bits)
		}
	}
}

// TestBoostNothing: where there is nothing to learn, trees say nothing.
func TestBoostNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	examples := make([]Example, 4000)
	for i := range examples {
		c := Candidate{Features: []Value{{0, random.Float32()}, {1, 1}}, Right: random.IntN(2) == 0}
		examples[i] = Example{Candidates: []Candidate{c}, Weight: 1}
	}
	for _, tree := range Boost(examples, []float64{0, 0}, BoostOptions{Trees: 10}) {
		for _, x := range []float32{0, .3, .7, 1} {
			if bits := tree.At([]float32{x, 1}); math.Abs(bits) > .1 {
				t.Errorf("a coin is worth %.2f bits at %v", bits, x)
			}
		}
	}
	if trees := Boost(nil, []float64{0}, BoostOptions{Trees: 2}); len(trees) != 2 || trees[0].At([]float32{1}) != 0 {
		t.Errorf("of no examples, trees are %v", trees)
	}
}

// TestBoostWithin: candidates far behind the best are none of the trees' business.
func TestBoostWithin(t *testing.T) {
	e := Example{Candidates: []Candidate{{Features: []Value{{0, 9}}}, {Features: []Value{{0, 1}}}, {Features: []Value{{0, .9}}}}}
	near := e.Within([]float64{1}, 8)
	if !reflect.DeepEqual(near, []int{0, 1}) {
		t.Errorf("near the best are %v", near)
	}
	if near := new(Example).Within(nil, 8); near != nil {
		t.Errorf("without candidates, near are %v", near)
	}
}

// TestBoostTwin: the histograms find the question that trying all of them finds.
func TestBoostTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	examples := make([]Example, 300)
	for i := range examples {
		for range 1 + random.IntN(4) {
			var values []Value
			for f := range uint16(4) {
				if random.IntN(3) > 0 {
					values = append(values, Value{f, float32(random.IntN(7)-2) / 2})
				}
			}
			c := Candidate{Features: values, Right: random.IntN(3) == 0}
			examples[i].Candidates = append(examples[i].Candidates, c)
		}
	}
	weights := make([]float64, 4)
	b := newBooster(examples, weights, BoostOptions{}.withDefaults())
	b.slopes()
	tree := b.grow()
	var dense [][]float32
	for _, e := range examples {
		for _, c := range e.Candidates {
			row := make([]float32, 4)
			for _, v := range c.Features {
				row[v.Feature] = v.Amount
			}
			dense = append(dense, row)
		}
	}
	gain := func(f uint16, cut float32) float64 {
		var left, right sums
		for r, row := range dense {
			if row[f] > cut {
				right = right.add(b.slope[r], b.bend[r])
			} else {
				left = left.add(b.slope[r], b.bend[r])
			}
		}
		if left.bend < leastBend || right.bend < leastBend {
			return 0
		}
		all := left.add(right.slope, right.bend)
		return left.gain(20) + right.gain(20) - all.gain(20)
	}
	best := 0.0
	for f := range uint16(4) {
		for cut := float32(-2); cut < 3; cut += .25 {
			best = max(best, gain(f, cut))
		}
	}
	if got := gain(tree.Feature[0], tree.Cut[0]); best == 0 || math.Abs(got-best) > 1e-9 {
		t.Errorf("the first question gains %v, the best one %v", got, best)
	}
	for r, n := range b.node {
		at := 0
		for at < TreeNodes {
			at = tree.next(at, dense[r][tree.Feature[at]])
		}
		if int(n) != at {
			t.Fatalf("row %d went to %d, its features say %d", r, n, at)
		}
	}
}
