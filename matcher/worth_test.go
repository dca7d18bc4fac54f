package matcher

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// chosen are candidates as the search chooses them, the accounts of a segment in order: some that keys found, rows with steps of
// rank among them.
func chosen(random *rand.Rand) []candidate {
	found := make([]candidate, 1+random.IntN(maxScored))
	for i := range found {
		found[i] = candidate{account: uint32(i), hits: hitWord, rank: float32(random.IntN(24)) / 2, shared: 1}
		if random.IntN(8) == 0 {
			found[i].hits = hitName
			found[i].rank += found[i].hits.rank()
		}
	}
	return found
}

// TestWorth: which candidates are scored does not depend on their order; all that keys found are, the best rows, those that may
// come near to the best, and a few in any case; the others are noted.
func TestWorth(t *testing.T) {
	random := newRandom(t)
	left := 0
	for range 500 {
		found := chosen(random)
		top := float32(10*random.Float64() - 5) // of the first ones, when they are scored
		heads := make([]accountHead, len(found))
		for i := range heads {
			heads[i].tie = random.Uint32()
		}
		accounts, x := scoredOf(heads, found, top)
		if len(accounts)+len(x.unscored) != len(found) || len(x.unscored) != len(x.finder.passed) {
			t.Fatalf("%d scored, %d not, %d passed, of %d", len(accounts), len(x.unscored), len(x.finder.passed), len(found))
		}
		if len(accounts) < min(fewestScored, len(found)) {
			t.Fatalf("%d of %d are scored, want %d at least", len(accounts), len(found), fewestScored)
		}
		best, worst := float32(math.Inf(-1)), float32(math.Inf(1)) // rank of rows, of those that are scored
		for _, c := range found {
			if c.hits == hitWord {
				best = max(best, c.rank)
			}
		}
		for _, c := range found {
			is := slices.Contains(accounts, c.account)
			if must := c.hits != hitWord || c.rank >= best-nearBest || x.expected(&c) >= top-hopeless; must && !is {
				t.Fatalf("%+v is not scored; the best row has %v, the best candidate %v bits", c, best, top)
			}
			if is && c.hits == hitWord {
				worst = min(worst, c.rank)
			}
		}
		for _, c := range found {
			if c.rank > worst && !slices.Contains(accounts, c.account) {
				t.Fatalf("%+v is not scored, and one of rank %v is", c, worst)
			}
		}
		left += len(x.unscored)
		random.Shuffle(len(found), func(i, k int) { found[i], found[k] = found[k], found[i] })
		if again, _ := scoredOf(heads, found, top); !slices.Equal(again, accounts) {
			t.Fatalf("in another order %v are scored, not %v", again, accounts)
		}
	}
	if left == 0 {
		t.Error("all candidates of all leads are scored")
	}
}

// scoredOf returns the accounts that are scored, in ascending order, when the best of the first has so many bits.
func scoredOf(heads []accountHead, found []candidate, top float32) ([]uint32, *scratch) {
	x := &scratch{snap: &Snapshot{policy: compilePolicy(&Policy{}), segs: []live{{segment: &segment{heads: heads}}}}}
	x.finder.snap = x.snap
	first, rest := x.worthFirst(slices.Clone(found))
	for i := range first {
		x.scored = append(x.scored, scored{candidate: first[i], total: top - float32(i)})
	}
	var accounts []uint32
	for _, c := range append(slices.Clone(first), x.worth(rest)...) {
		accounts = append(accounts, c.account)
	}
	slices.Sort(accounts)
	return accounts, x
}
