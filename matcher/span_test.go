package matcher

import "testing"

// TestSpanHoldsWhatMayCome: a row that shares no more than is left, and comes to enough at a glance, is of a weight in the span.
func TestSpanHoldsWhatMayCome(t *testing.T) {
	random := newRandom(t)
	outside := 0
	for range 300 {
		static := random.IntN(60 * weightUnit)
		left := sum{float32(static) / weightUnit * random.Float32(), static}
		g := glance{w: &defaultModel.weights, lead: left.bits * (1 + random.Float32())}
		least := 12*random.Float32() - 2
		s := g.span(left, least)
		for range 500 {
			shared := random.IntN(left.static + 1) // static weight of the words that are shared
			weight := shared + random.IntN(40*weightUnit)
			bits := min(left.bits, float32(shared)/weightUnit)
			enough := g.name(bits, float32(weight-shared)/weightUnit)+g.w[featNameFirst] >= least
			if in := s.from <= weight && weight <= s.to; enough && !in {
				t.Fatalf("a row of %d that shares %.1f bits of %+v comes to %.1f; the span is %+v", weight, bits, left, least, s)
			} else if !in {
				outside++
			}
		}
	}
	if outside == 0 {
		t.Error("no row is outside of a span")
	}
}
