package matcher

import "math"

// The choice of the rows that are scored, by a glance at each.

// chooseRows leaves the rows that look best: of those that do by the lists that were read, those that do by all their
// words and their place.
func (f *finder) chooseRows(q *query) []sharing {
	rows := f.words.rows
	if len(rows) > maxCompared {
		looked, rest := divide(rows, func(s *sharing) bool { return s.looked })
		f.outline(rest)
		rows = rows[:len(looked)+len(f.bestRows(rest, maxCompared-len(looked)))]
	}
	f.look(q, rows)
	return f.bestRows(rows, maxByWords)
}

// look ranks the rows by what their words share with the lead's, whether their lists were read or not, and by their place.
func (f *finder) look(q *query, rows []sharing) {
	w, g := &f.words, &f.glance
	for i := range rows[:min(len(rows), rowsAhead)] {
		f.prefetch(&rows[i])
	}
	for i := range rows {
		s := &rows[i]
		if i+rowsAhead < len(rows) {
			f.prefetch(&rows[i+rowsAhead])
		}
		if s.looked {
			continue
		}
		s.looked = true
		w.looked++
		var first bool
		s.bits, s.static, first = q.sharedWith(f.snap.segs[s.seg].rows.cells[s.row+1:])
		s.rank = g.name(s.bits, g.extra(s))
		if first {
			s.rank += g.w[featNameFirst]
		}
		if *g.place != (place{}) {
			s.rank += g.local(s)
		}
		w.bits = max(w.bits, s.bits)
		w.best = max(w.best, s.rank+f.ahead(s))
	}
}

// rowsAhead is how many rows are asked for before they are looked at: what that takes is as long as a miss of the cache.
const rowsAhead = 12

func (f *finder) prefetch(s *sharing) { f.snap.segs[s.seg].rows.prefetch(s.row) }

// outline ranks rows by what is known of them without their words. There may be thousands: the model is but outlined.
func (f *finder) outline(rows []sharing) {
	for i := range rows {
		s := &rows[i]
		extra := max(0, int32(f.snap.segs[s.seg].rows.weights.of(s.row))-int32(s.static))
		s.rank = s.bits - extraShare/weightUnit*float32(extra)
	}
}

// extraShare is what a bit of the words that only a row has costs where only the words of the lists are known.
const extraShare = .2

// glance is what the model says of a row at first sight: by how much of its name is shared, and by where it is.
type glance struct {
	snap  *Snapshot
	w     *features // weights
	lead  float32   // weight of the lead's name
	place *place
}

// extra returns the weight of the row's words that the lead does not share.
func (g *glance) extra(s *sharing) float32 {
	return float32(max(0, int(g.snap.segs[s.seg].rows.weights.of(s.row))-int(s.static))) / weightUnit
}

// name returns the bits of a name that shares so much with the lead's, and has so much besides.
func (g *glance) name(shared, extra float32) (bits float32) {
	w := g.w
	covered, covers := share(shared, g.lead), share(shared, shared+extra)
	bits = w[featNameMatched0]*step(shared, 0, 8) + w[featNameMatched8]*step(shared, 8, 16) + w[featNameMatched16]*step(shared, 16, 40) +
		w[featNameCovered]*covered + w[featNameCovers]*covers + w[featNameBoth]*max(0, min(covered, covers)-.5) +
		w[featNameAcctCore0]*step(extra, 0, 8) + w[featNameAcctCore8]*step(extra, 8, 32)
	if extra < .5 && covered > .98 {
		bits += w[featNameExact] + w[featNameExactRare]*min(shared, 24)/8
	}
	return bits
}

// placeGain returns the most that the place of a row's account may be worth.
func (g *glance) placeGain() float32 { return max(0, g.at(g.place)) }

// local returns the bits of the row's place.
func (g *glance) local(s *sharing) float32 {
	l := &g.snap.segs[s.seg]
	if at := l.nearest(l.rows.owner(s.row), g.place); at != nil {
		return g.at(at)
	}
	return 0
}

// at returns the bits of an account's place.
func (g *glance) at(at *place) (bits float32) {
	var f features
	placeFeatures(&f, g.place, at)
	for i := featCountrySame; i <= featAreaDiffers; i++ {
		bits += f[i] * g.w[i]
	}
	return bits
}

// sharedWith returns what the words of the row that begins there share with the lead's, each of which counts once, and whether the
// first words do.
func (q *query) sharedWith(cells []rowWord) (bits float32, static uint16, first bool) {
	var used [2]uint64 // bitmap of the lead's words
	for j, w := range cells {
		if w.class() == classLegal {
			if w&rowLast != 0 {
				break
			}
			continue
		}
		for k := q.lookup[uint8(mix(uint64(w.id()))>>56)]; k != 0; {
			t := &q.terms[k-1]
			k = t.next
			if t.id != w.id() || used[t.from>>6]>>(t.from&63)&1 != 0 && t.kind != termSplit {
				continue
			}
			for i := t.from; i < t.to; i++ {
				used[i>>6] |= 1 << (i & 63)
			}
			bits += t.bits
			static += t.static
			first = first || j == 0 && int(t.from) == q.readings[0].from
			break
		}
		if w&rowLast != 0 {
			break
		}
	}
	return bits, static, first
}

// tied is a row, or an account, of many that there is room for some of. Those of the least keys come first; of rows the best
// ranks, then the least ties of accounts.
type tied struct {
	key uint64
	sharing
}

// bestRows moves the best rows to the front, n at most, and returns them. Ranks are told apart by steps. The step that n
// falls into is left out where three quarters of n are better; else accounts' ties choose, which are far away.
func (f *finder) bestRows(rows []sharing, n int) []sharing {
	if len(rows) <= n {
		return rows
	}
	w := &f.words
	w.steps = [numSteps]uint16{}
	last, above := 0, 0
	for i := range rows {
		step := rankStep(rows[i].rank)
		last = max(last, step)
		w.steps[step]++
	}
	for above+int(w.steps[last]) < n {
		above += int(w.steps[last])
		last--
	}
	w.ties = w.ties[:0]
	kept := 0
	for i := range rows {
		switch step := rankStep(rows[i].rank); {
		case step > last:
			rows[kept] = rows[i]
			kept++
		case step == last:
			w.ties = append(w.ties, tied{descending(rows[i].rank), rows[i]})
		}
	}
	if 4*kept >= 3*n && len(w.ties) > n-kept {
		return rows[:kept]
	}
	f.firstTies(n - kept)
	for i := range w.ties[:n-kept] {
		rows[kept+i] = w.ties[i].sharing
	}
	return rows[:n]
}

// numSteps of rank are told apart.
const numSteps = 2048

func rankStep(rank float32) int { return min(max(int((rank+16)*weightUnit), 0), numSteps-1) }

// descending returns the high half of a number that is the less the more the rank is.
func descending(rank float32) uint64 {
	b := math.Float32bits(rank)
	if b>>31 == 0 {
		b = ^b &^ (1 << 31) // more is less, and less than what is below 0
	}
	return uint64(b) << 32
}

// firstTies moves the first of the ties to the front, if there is room for only so many.
func (f *finder) firstTies(room int) {
	ties := f.words.ties
	if len(ties) <= room {
		return
	}
	for i := range ties {
		l := &f.snap.segs[ties[i].seg]
		ties[i].key |= uint64(l.heads[l.rows.owner(ties[i].row)].tie)
	}
	quickselect(ties, room)
}

// quickselect moves the n ties of the least keys to the front (Hoare 1961).
func quickselect(ties []tied, n int) {
	for len(ties) > 1 {
		pivot := ties[len(ties)/2].key
		i, k := 0, len(ties)-1
		for i <= k {
			for ties[i].key < pivot {
				i++
			}
			for ties[k].key > pivot {
				k--
			}
			if i <= k {
				ties[i], ties[k] = ties[k], ties[i]
				i++
				k--
			}
		}
		switch { // up to k none is more than the pivot, and from i on none is less
		case n <= k:
			ties = ties[:k+1]
		case n >= i:
			ties, n = ties[i:], n-i
		default:
			return
		}
	}
}
