package matcher

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ranked is a scratch with candidates of the bits, as after scoring.
func ranked(bits ...float32) *scratch {
	s, d := build(randomBook(rand.New(rand.NewPCG(1, 1)), len(bits)))
	snap := &Snapshot{dict: d, segs: []live{{segment: s}}, policy: compilePolicy(&Policy{})}
	x := &scratch{snap: snap}
	for i, b := range bits {
		x.scored = append(x.scored, scored{candidate: candidate{account: uint32(i)}, reading: -1, total: b})
	}
	return x
}

// TestShares holds the sums in fixed point to those in floating point, and to themselves in another order.
func TestShares(t *testing.T) {
	random := newRandom(t)
	for range 200 {
		bits := make([]float32, 1+random.IntN(maxScored))
		for i := range bits {
			bits[i] = float32(60*random.Float64() - 30)
		}
		x := ranked(bits...)
		x.rank(1)
		sum, squares, unscored, first := 0.0, 0.0, 0.0, float64(x.first().total)
		for _, b := range bits {
			sum += math.Exp2(float64(b) - first)
			squares += math.Exp2(2 * (float64(b) - first))
		}
		for range random.IntN(maxByWords) {
			behind := 20 * random.Float64()
			x.unscored = append(x.unscored, float32(first-behind))
			unscored += math.Exp2(-behind)
		}
		sum += unscored
		gotSum, gotSquares, gotUnscored := x.shares(x.first())
		if math.Abs(gotSum-sum)+math.Abs(gotSquares-squares)+math.Abs(gotUnscored-unscored) > 1e-4 {
			t.Fatalf("shares of bits %v and %v add up to %v, %v and %v, want %v, %v and %v",
				bits, x.unscored, gotSum, gotSquares, gotUnscored, sum, squares, unscored)
		}
		random.Shuffle(len(x.scored), func(i, k int) { x.scored[i], x.scored[k] = x.scored[k], x.scored[i] })
		random.Shuffle(len(x.unscored), func(i, k int) { x.unscored[i], x.unscored[k] = x.unscored[k], x.unscored[i] })
		x.rank(1)
		if sum, squares, unscored := x.shares(x.first()); sum != gotSum || squares != gotSquares || unscored != gotUnscored {
			t.Fatalf("in another order the sums are %v, %v and %v, not %v, %v and %v", sum, squares, unscored, gotSum, gotSquares, gotUnscored)
		}
	}
}

// TestProbabilitiesAddUp: whatever the bits, the candidates' probabilities and that of none are 1 together, in the order of
// the bits, and equal candidates have at most half each.
func TestProbabilitiesAddUp(t *testing.T) {
	random := newRandom(t)
	for range 200 {
		bits := make([]float32, 1+random.IntN(20))
		for i := range bits {
			bits[i] = float32(80*random.Float64() - 50)
		}
		bits = append(bits, bits[random.IntN(len(bits))])
		x := ranked(bits...)
		for range random.IntN(20) {
			x.unscored = append(x.unscored, bits[0]-float32(20*random.Float64()))
		}
		x.probabilities()
		sum, first := x.none, x.first()
		for i := range x.scored {
			c := &x.scored[i]
			sum += float64(c.p)
			if !(c.p >= 0 && c.p <= 1) || c.total > first.total {
				t.Fatalf("bits %v: candidate %d has %v", bits, i, c.p)
			}
			if c != first && c.total == first.total && float64(first.p) > .5+1e-6 {
				t.Fatalf("bits %v: one of two equal ones has %v", bits, first.p)
			}
		}
		if !(x.none >= 0 && x.none <= 1) || math.Abs(sum-1) > 1e-4 {
			t.Fatalf("bits %v: the sum is %v, with none at %v", bits, sum, x.none)
		}
	}
}

// TestNobodyIsLeft: without candidates, or with all of them ruled out, it is none of them.
func TestNobodyIsLeft(t *testing.T) {
	x := ranked()
	x.probabilities()
	if x.none != 1 || x.first() != nil {
		t.Errorf("without candidates none has %v", x.none)
	}
	x = ranked(5, 7)
	x.scored[0].excluded, x.scored[1].excluded = "filter", "filter"
	x.probabilities()
	if x.none != 1 || x.first() != nil || x.scored[0].p != 0 || x.scored[1].p != 0 {
		t.Errorf("with all ruled out none has %v, they have %v and %v", x.none, x.scored[0].p, x.scored[1].p)
	}
	x = ranked(5, 7)
	x.scored[1].excluded = "filter"
	x.probabilities()
	if first := x.first(); first != &x.scored[0] || x.scored[1].p != 0 || math.Abs(float64(first.p)+x.none-1) > 1e-6 {
		t.Errorf("one is left and has %v, none has %v", x.scored[0].p, x.none)
	}
}
