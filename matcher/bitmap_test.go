package matcher

import (
	"slices"
	"testing"
)

// TestBitmap holds bitmaps, and what they were before they were changed, to maps.
func TestBitmap(t *testing.T) {
	random := newRandom(t)
	for range 20 {
		var b bitmap
		set := map[uint32]bool{}
		check := func(b bitmap, set map[uint32]bool) {
			t.Helper()
			for i := range uint32(3 * bitmapPageBits) {
				if b.has(i) != set[i] {
					t.Fatalf("%d: got %v", i, b.has(i))
				}
			}
		}
		for range 4 {
			before, was := slices.Clone(b), map[uint32]bool{}
			for i := range set {
				was[i] = true
			}
			shared := b
			for k := range 30 {
				i := random.Uint32N(1 + random.Uint32N(2*bitmapPageBits))
				b = b.with(i, k > 0)
				set[i] = true
			}
			check(b, set)
			check(shared, was)
			check(before, was)
		}
	}
}
