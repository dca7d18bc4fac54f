package matcher

import (
	"math"
	"slices"
	"sort"
)

// span is a stretch of rows' weights, in 1/16 bit, both ends included. Rows are in order of weight, and so are lists of them.
type span struct{ from, to int }

var (
	everyWeight = span{0, maxWeight}
	noWeight    = span{1, 0}
)

// of returns the rows of the list whose weights are in the span.
func (s span) of(seg *segment, rows []uint32) []uint32 {
	if s == everyWeight {
		return rows
	}
	if s.from > s.to {
		return nil
	}
	from, _ := slices.BinarySearch(rows, seg.rows.weights.first(s.from))
	to, _ := slices.BinarySearch(rows, seg.rows.weights.first(s.to+1))
	return rows[from:to]
}

// around returns the part of the span that is no farther than reach from a weight.
func (s span) around(weight, reach int) span {
	return span{max(s.from, weight-reach), min(s.to, weight+reach)}
}

// readBehind is how many bits a row must come to be behind the best one at a glance, if it shares all that is left, for it
// not to be read from a long list. Few come to so much: it is less than farBehind.
const readBehind = 4

// span returns the weights of the rows that may come to least at a glance if they share no more than left.
func (g *glance) span(left sum, least float32) span {
	if math.IsInf(float64(least), -1) { // no row was looked at yet
		return everyWeight
	}
	all := (left.static + weightUnit - 1) / weightUnit
	may := func(bits int) bool { // rows of so many bits
		return g.name(min(left.bits, float32(bits)), float32(max(0, bits-all)))+g.w[featNameFirst] >= least
	}
	if !may(all) {
		return noWeight
	}
	from := sort.Search(all, may)
	to := all + sort.Search(maxWeight/weightUnit-all, func(more int) bool { return !may(all + more) })
	return span{(from - 1) * weightUnit, to * weightUnit}
}

// fitting returns the part of the span that can be read of the term's lists with what is left of the budget: all of it, or
// what is near the lead's weight. It counts what it lets be read.
func (f *finder) fitting(t *term, s span, weight int) span {
	total := int(t.count) // of accounts, which does not depend on how they are divided into segments
	if s != everyWeight {
		total = f.in(t, s)
	}
	for reach := maxWeight; f.words.reads+total > maxPostings; {
		f.cuts |= cutPostings
		if reach == 0 || f.full() {
			return noWeight
		}
		reach /= 2
		s = s.around(weight, reach)
		total = f.in(t, s)
	}
	f.words.reads += total
	return s
}

// full reports whether the budget has room for fewer than minFitting rows, and notes that it cut the search.
func (f *finder) full() bool {
	if maxPostings-f.words.reads >= minFitting {
		return false
	}
	f.cuts |= cutPostings
	return true
}

// minFitting is how many rows there must be room for, for it to be tried what fits: each try is a search.
const minFitting = 32

// in returns how many live rows of the term's lists have a weight in the span.
func (f *finder) in(t *term, s span) (total int) {
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		total += f.live(l, s.of(l.segment, l.posts.get(t.id)))
	}
	return total
}

// live returns how many of a list's rows are not dead; of more than can be read, how many they are.
func (f *finder) live(l *live, rows []uint32) int {
	if l.deadCount == 0 || len(rows) > maxCounted && f.reads == nil {
		return len(rows)
	}
	dead := 0
	for _, row := range rows {
		if l.deadRows.has(row) {
			dead++
		}
	}
	if len(rows) > maxCounted {
		if len(rows)-dead <= maxPostings {
			f.reads.everything() // after a rebuild they are counted
		}
		return len(rows)
	}
	return len(rows) - dead
}

// maxCounted is of how many rows the dead ones are not counted.
const maxCounted = 2 * maxPostings
