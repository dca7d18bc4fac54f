package matcher

import "math"

// Which candidates are worth scoring. What is known of a row at a glance tells about what it comes to; most rows that share
// a word with the lead come to nothing beside the best, and scoring is what takes longest.

const (
	// nearBest is how many bits behind the best row a row may be at a glance for it to be scored whatever comes of that.
	nearBest = 1
	// hopeless is how many bits behind the best candidate that is scored a row must be expected to come for it not to be scored.
	hopeless = 5
	// unseenBits is how much less rows come to, on average, than their glance and the prior: what a glance does not see mostly
	// speaks against.
	unseenBits = 4.7
	// fewestScored is how many candidates are scored where there are as many: people look at those.
	fewestScored = 6
)

// worthFirst divides the candidates into those that are scored first, which are the ones that keys found and the best of the
// others, and the rest.
func (x *scratch) worthFirst(found []candidate) (first, rest []candidate) {
	best := float32(math.Inf(-1))
	for i := range found {
		if c := &found[i]; c.hits == hitWord {
			best = max(best, c.rank)
		}
	}
	return divide(found, func(c *candidate) bool { return c.hits != hitWord || c.rank >= best-nearBest })
}

// worth returns those of the rest that are to be scored. The others are noted with the bits that they may be expected to have.
func (x *scratch) worth(rest []candidate) []candidate {
	best := x.mostBits()
	worth, others := divide(rest, func(c *candidate) bool { return x.expected(c) >= best-hopeless })
	if more := min(fewestScored-len(x.scored)-len(worth), len(others)); more > 0 {
		x.finder.bestFirst(others, more)
		worth, others = rest[:len(worth)+more], others[more:]
	}
	for i := range others {
		x.unscored = append(x.unscored, x.expected(&others[i]))
		x.finder.passed = append(x.finder.passed, others[i].shared)
	}
	return worth
}

// expected returns the bits that a candidate has on average that looks so at a glance.
func (x *scratch) expected(c *candidate) float32 {
	return c.rank + x.snap.policy.weights[featPrior] - unseenBits
}

// divide moves the items for which f is true to the front, and returns them and the others.
func divide[T any](list []T, f func(*T) bool) (yes, no []T) {
	n := 0
	for i := range list {
		if f(&list[i]) {
			list[n], list[i] = list[i], list[n]
			n++
		}
	}
	return list[:n], list[n:]
}

// bestFirst moves the n best candidates at a glance to the front.
func (f *finder) bestFirst(found []candidate, n int) {
	for k := range n {
		best := k
		for i := k + 1; i < len(found); i++ {
			if a, b := &found[i], &found[best]; a.rank > b.rank || a.rank == b.rank && f.tie(a) < f.tie(b) {
				best = i
			}
		}
		found[k], found[best] = found[best], found[k]
	}
}
