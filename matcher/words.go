package matcher

import (
	"cmp"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// The search by words. It looks at rows alone, by their numbers, until few are left: what is known of a row or its
// account is a miss of the cache each.

// sharing is a row that has words of the lead.
type sharing struct {
	row    uint32
	seg    uint8
	term   uint8   // last term that was counted, plus one
	static uint16  // of the words shared, as rows are ordered by
	looked bool    // bits and static are of all the row's words
	bits   float32 // weight of the words shared
	rank   float32
}

// Bounds on the search by words; the first is reported when it cuts.
const (
	maxPostings = 1500 // rows read from the lists of words
	maxCompared = 256  // rows whose words are looked at
)

// Word lists are left unread once what a row can still share weighs less than stopShare of what the best row has: a row
// that only they could bring would be far behind. Lists of rareList rows and less are read all the same.
const (
	stopShare = .85
	rareList  = 64
)

// sharers collects rows in a hash table of fixed size that is cleared by counting up an epoch.
type sharers struct {
	rows   []sharing
	slots  []uint32 // epoch in the high bits, index into rows in the low ones
	epoch  uint32
	steps  [numSteps]uint16
	ties   []tied
	order  []uint8 // terms by count
	left   []sum   // see unread
	bits   float32 // the most that a row shares
	best   float32 // of the rows looked at: see look
	reads  int     // postings read
	looked int     // rows looked at
}

const (
	sharerSlots = 4096
	sharerBits  = 11              // bits of an index into rows
	maxSharers  = 1 << sharerBits // an account may have more than one of the rows that are read
)

func (x *sharers) reset() {
	x.rows, x.reads, x.looked = x.rows[:0], 0, 0
	x.bits, x.best = 0, float32(math.Inf(-1))
	if x.slots == nil {
		x.slots = make([]uint32, sharerSlots)
		x.rows = make([]sharing, 0, maxSharers)
	}
	if x.epoch++; x.epoch == 1<<(32-sharerBits) {
		clear(x.slots)
		x.epoch = 1
	}
}

// at returns the row, adding it if it is new; nil when there is no more room.
func (x *sharers) at(seg uint8, row uint32) *sharing {
	i := (row*0x9e3779b1 ^ uint32(seg)<<20) >> 20
	for {
		v := x.slots[i%sharerSlots]
		if v>>sharerBits != x.epoch {
			break
		}
		if s := &x.rows[v%(1<<sharerBits)]; s.row == row && s.seg == seg {
			return s
		}
		i++
	}
	if len(x.rows) == maxSharers {
		return nil
	}
	x.slots[i%sharerSlots] = x.epoch<<sharerBits | uint32(len(x.rows))
	x.rows = append(x.rows, sharing{row: row, seg: seg})
	return &x.rows[len(x.rows)-1]
}

// terms reads the lists of the lead's words, rarest first, until what is left cannot change much or the budget is
// used up. The rows of a short list are looked at as soon as it is read: the best of them says which lists are still worth
// reading, and which stretch of them.
func (f *finder) terms(q *query) {
	w, g := &f.words, &f.glance
	w.sortTerms(q)
	w.unread(q)
	f.prefetchLists(q)
	weight := 0 // of the heaviest reading
	for i := range q.readings {
		weight = max(weight, int(quantWeight(q.readings[i].static)))
	}
	whole := float32(math.Inf(-1))
	if f.keyed.name > 0 { // an account has the whole name
		w.bits = max(w.bits, q.readings[0].weight)
		whole = g.name(q.readings[0].weight, 0) + g.w[featNameFirst]
	}
	behind := readBehind + g.placeGain()
	for i, o := range w.order {
		t := &q.terms[o]
		long := t.count > rareList
		if long && (w.left[i].bits < stopShare*w.bits || f.full()) {
			return
		}
		if q.hasTerm(w.order[:i], t) {
			continue
		}
		s := everyWeight
		if long {
			s = g.span(w.left[i], max(w.best, whole)-behind)
		}
		from := len(w.rows)
		f.term(t, o+1, f.fitting(t, s, weight))
		if added := w.rows[from:]; w.looked+len(added) <= maxCompared {
			f.look(q, added)
		}
	}
}

// prefetchLists asks for where the terms' lists are, and then for the beginning of each.
func (f *finder) prefetchLists(q *query) {
	for i := range q.terms {
		id := q.terms[i].id
		for seg := range f.snap.segs {
			f.snap.segs[seg].posts.prefetch(id)
		}
	}
	for i := range q.terms {
		id := q.terms[i].id
		for seg := range f.snap.segs {
			f.snap.segs[seg].posts.prefetchList(id)
		}
	}
}

// sortTerms puts the lead's terms in order of how many accounts have them.
func (x *sharers) sortTerms(q *query) {
	x.order = x.order[:0]
	for i := range q.terms {
		x.order = append(x.order, uint8(i))
	}
	slices.SortFunc(x.order, func(a, b uint8) int {
		return cmp.Or(cmp.Compare(q.terms[a].count, q.terms[b].count), cmp.Compare(a, b))
	})
}

// sum is the weight of some of the lead's words.
type sum struct {
	bits   float32
	static int // as rows are ordered by
}

// unread fills in, for each term in order, the most that a row can share with one reading of the lead if it has none of the
// words of the terms before it.
func (x *sharers) unread(q *query) {
	x.left = slices.Grow(x.left[:0], len(x.order))[:len(x.order)]
	var most [normalize.MaxWords * normalize.MaxReadings]sum // by word of the lead
	var sums [normalize.MaxReadings]sum
	for i := len(x.order) - 1; i >= 0; i-- {
		t := &q.terms[x.order[i]]
		of, have := &sums[q.readingOf(t)], &most[t.from]
		if t.kind == termSplit {
			have = &sum{} // it counts with the other parts of its word
		}
		best := have.orMore(sum{t.bits, int(t.static)})
		of.bits += best.bits - have.bits
		of.static += best.static - have.static
		*have = best
		x.left[i] = sums[0]
		for _, other := range sums[1:] {
			x.left[i] = x.left[i].orMore(other)
		}
	}
}

// orMore returns the greater bits and the greater weight of two sums.
func (a sum) orMore(b sum) sum { return sum{max(a.bits, b.bits), max(a.static, b.static)} }

// readingOf returns which reading the term is of.
func (q *query) readingOf(t *term) int {
	r := 0
	for int(t.from) >= q.readings[r].to {
		r++
	}
	return r
}

// hasTerm reports whether the word of t, of another reading, is among the terms, which are in order of their counts.
func (q *query) hasTerm(order []uint8, t *term) bool {
	for i := len(order) - 1; i >= 0 && q.terms[order[i]].count == t.count; i-- {
		if q.terms[order[i]].id == t.id {
			return true
		}
	}
	return false
}

// term adds the rows of one term whose weight is in the span.
func (f *finder) term(t *term, number uint8, s span) {
	if f.reads != nil {
		f.reads.read(f.snap.dict.hash(t.id) ^ saltList)
	}
	w := &f.words
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		for _, row := range s.of(l.segment, l.posts.get(t.id)) {
			if l.deadCount > 0 && l.deadRows.has(row) {
				continue
			}
			r := w.at(uint8(seg), row)
			if r == nil {
				f.cuts |= cutPostings
				f.reads.everything() // which rows there is room for depends on their order
				return
			}
			if r.term != number && !r.looked {
				r.term = number
				r.bits += t.bits
				r.static += t.static
				if r.bits > w.bits { // max minds NaN, which takes as long as all else here
					w.bits = r.bits
				}
			}
		}
	}
}
