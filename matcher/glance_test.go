package matcher

import (
	"cmp"
	"slices"
	"testing"
)

// TestQuickselect holds it to sorting, with many equal keys among them.
func TestQuickselect(t *testing.T) {
	random := newRandom(t)
	for range 2000 {
		ties := make([]tied, random.IntN(80))
		span := 1 + random.Uint64N(100)
		for i := range ties {
			ties[i].key = random.Uint64N(span)
		}
		n := random.IntN(len(ties) + 1)
		sorted := slices.SortedFunc(slices.Values(ties), func(a, b tied) int { return cmp.Compare(a.key, b.key) })
		quickselect(ties, n)
		slices.SortFunc(ties[:n], func(a, b tied) int { return cmp.Compare(a.key, b.key) })
		for i := range n {
			if ties[i].key != sorted[i].key {
				t.Fatalf("the first %d of %d are %v, want %v", n, len(ties), ties[:n], sorted[:n])
			}
		}
	}
}

// TestDescending: the more a rank is, the less is its number.
func TestDescending(t *testing.T) {
	ranks := []float32{-1e9, -3.5, -3.25, -1e-6, 0, 1e-6, .5, 7, 7.0625, 1e9}
	for i := range ranks[1:] {
		if a, b := descending(ranks[i]), descending(ranks[i+1]); a <= b {
			t.Errorf("%v has %x, and %v has %x", ranks[i], a, ranks[i+1], b)
		}
	}
}
