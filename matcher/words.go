package matcher

import (
	"cmp"
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
	first  bool    // the first words are shared
	looked bool    // bits, static and first are of all the row's words
	bits   float32 // weight of the words shared
	rank   float32
}

// Bounds on the search by words; the first is reported when it cuts.
const (
	maxPostings = 1500 // rows read from the lists of words
	maxCompared = 256  // rows whose words are looked at
	maxLooked   = 128  // of them, while lists are read
)

// Word lists are left unread once what a row can still share weighs less than stopShare of what the best row has: a row
// that only they could bring would be far behind. Lists of rareList rows and less are read all the same.
const (
	stopShare = .75
	rareList  = 64
)

// sharers collects rows in a hash table of fixed size that is cleared by counting up an epoch.
type sharers struct {
	rows   []sharing
	slots  []uint32 // epoch in the high bits, index into rows in the low ones
	epoch  uint32
	steps  [numSteps]uint16
	ties   []tied
	order  []uint8   // terms by count
	left   []float32 // see unread
	reads  int       // postings read
	looked int       // rows looked at
}

const (
	sharerSlots = 4096
	sharerBits  = 11              // bits of an index into rows
	maxSharers  = 1 << sharerBits // an account may have more than one of the rows that are read
)

func (x *sharers) reset() {
	x.rows, x.reads, x.looked = x.rows[:0], 0, 0
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
// reading.
func (f *finder) terms(q *query) {
	w := &f.words
	w.order = w.order[:0]
	for i := range q.terms {
		w.order = append(w.order, uint8(i))
	}
	slices.SortFunc(w.order, func(a, b uint8) int {
		return cmp.Or(cmp.Compare(q.terms[a].count, q.terms[b].count), cmp.Compare(a, b))
	})
	w.unread(q)
	weight := uint16(0) // of the heaviest reading
	for i := range q.readings {
		weight = max(weight, quantWeight(q.readings[i].static))
	}
	var best float32
	for i := range w.rows {
		best = max(best, w.rows[i].bits)
	}
	if f.keyed.name > 0 {
		best = max(best, q.readings[0].weight) // of an account of the whole name
	}
	for i, o := range w.order {
		t := &q.terms[o]
		if t.count > rareList && w.left[i] < stopShare*best {
			return
		}
		if q.hasTerm(w.order[:i], t) {
			continue
		}
		from := len(w.rows)
		best = max(best, f.term(t, o+1, weight))
		if added := w.rows[from:]; w.looked+len(added) <= maxLooked {
			best = max(best, f.look(q, added))
		}
	}
}

// unread fills in, for each term in order, the most that a row can share with one reading of the lead if it has none of the
// words of the terms before it.
func (x *sharers) unread(q *query) {
	x.left = slices.Grow(x.left[:0], len(x.order))[:len(x.order)]
	var most [normalize.MaxWords * normalize.MaxReadings]float32 // by word of the lead
	var sums [normalize.MaxReadings]float32
	for i := len(x.order) - 1; i >= 0; i-- {
		t := &q.terms[x.order[i]]
		r := q.readingOf(t)
		if t.kind == termSplit {
			sums[r] += t.bits // with the other parts of its word
		} else if bits := t.bits; bits > most[t.from] {
			sums[r] += bits - most[t.from]
			most[t.from] = bits
		}
		x.left[i] = slices.Max(sums[:])
	}
}

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

// term adds the rows of one term and returns the weight of the best of them. weight is the lead's static weight.
func (f *finder) term(t *term, number uint8, weight uint16) (best float32) {
	if f.reads != nil {
		f.reads.read(f.snap.dict.hash(t.id) ^ saltList)
	}
	spread := f.spread(t, weight)
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		for _, row := range window(l.segment, l.posts.get(t.id), weight, spread) {
			if l.deadRows.has(row) {
				continue
			}
			s := f.words.at(uint8(seg), row)
			if s == nil {
				f.cuts |= cutPostings
				f.reads.everything() // which rows there is room for depends on their order
				return best
			}
			if s.term != number && !s.looked {
				s.term = number
				s.bits += t.bits
				s.static += t.static
				if s.bits > best { // max minds NaN, which takes as long as all else here
					best = s.bits
				}
			}
		}
	}
	return best
}

// spread returns how far from the lead's weight rows may be for the word's lists to fit into what is left of the
// budget: everything if they fit as they are, else half as far until they do. It counts what it lets be read.
func (f *finder) spread(t *term, weight uint16) uint16 {
	total := int(t.count) // of accounts, which does not depend on how they are divided into segments
	for spread := uint16(maxWeight); ; {
		if f.words.reads+total <= maxPostings {
			f.words.reads += total
			return spread
		}
		f.cuts |= cutPostings
		if spread == 0 || maxPostings-f.words.reads < minWindow {
			return noSpread
		}
		spread /= 2
		total = 0
		for seg := range f.snap.segs {
			l := &f.snap.segs[seg]
			total += f.live(l, window(l.segment, l.posts.get(t.id), weight, spread))
		}
	}
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

const (
	noSpread  = 1<<16 - 1 // not even the rows of just the lead's weight
	minWindow = 32        // rows that the budget has room for, or no window is looked for: each try is a search
)

// window returns the rows whose weight is within spread of the lead's. Rows are in order of weight.
func window(s *segment, rows []uint32, weight, spread uint16) []uint32 {
	switch spread {
	case maxWeight:
		return rows
	case noSpread:
		return nil
	}
	from, _ := slices.BinarySearch(rows, s.rows.weights.first(int(weight)-int(spread)))
	to, _ := slices.BinarySearch(rows, s.rows.weights.first(int(weight)+int(spread)+1))
	return rows[from:to]
}
