package matcher

import (
	"cmp"
	"slices"
)

// The choice of the rows that are scored, by a glance at each.

// chooseRows leaves the rows that look best: of those that do by the lists that were read, those that do by all their
// words and their place.
func (f *finder) chooseRows(q *query) []sharing {
	w := &f.words
	g := glance{snap: f.snap, w: &f.snap.policy.weights, lead: q.weight(), place: &q.place}
	for i := range w.rows {
		w.rows[i].rank = g.name(&w.rows[i])
	}
	rows := f.bestRows(w.rows, maxCompared)
	f.warm(rows)
	for i := range rows {
		s := &rows[i]
		s.bits, s.static, s.first = q.sharedWith(f.snap.segs[s.seg].rowWords(s.row))
		s.rank = g.name(s)
		if *g.place != (place{}) {
			s.rank += g.local(s)
		}
	}
	return f.bestRows(rows, maxScored)
}

// warm reads what is known of the rows and is most likely not in the cache, all at once as in scratch.warm.
func (f *finder) warm(rows []sharing) {
	sum := uint32(0)
	for i := range rows {
		sum += f.snap.segs[rows[i].seg].rows[rows[i].row].wordEnd
	}
	for i := range rows {
		l := &f.snap.segs[rows[i].seg]
		if end := l.rows[rows[i].row].wordEnd; end > 0 {
			sum += uint32(l.words[end-1])
		}
	}
	f.warmed = sum
}

// glance is what the model says of a row at first sight: by how much of its name is shared, and by where it is.
type glance struct {
	snap  *Snapshot
	w     *features // weights
	lead  float32   // weight of the lead's name
	place *place
}

// name returns the bits of the row's name.
func (g *glance) name(s *sharing) (bits float32) {
	w := g.w
	extra := float32(max(0, int(g.snap.segs[s.seg].weight[s.row])-int(s.static))) / weightUnit
	covered, covers := share(s.bits, g.lead), share(s.bits, s.bits+extra)
	bits = w[featNameMatched0]*step(s.bits, 0, 8) + w[featNameMatched8]*step(s.bits, 8, 16) + w[featNameMatched16]*step(s.bits, 16, 40) +
		w[featNameCovered]*covered + w[featNameCovers]*covers + w[featNameBoth]*max(0, min(covered, covers)-.5) +
		w[featNameAcctCore0]*step(extra, 0, 8) + w[featNameAcctCore8]*step(extra, 8, 32)
	if s.first {
		bits += w[featNameFirst]
	}
	if extra < .5 && covered > .98 {
		bits += w[featNameExact] + w[featNameExactRare]*min(s.bits, 24)/8
	}
	return bits
}

// local returns the bits of the row's place.
func (g *glance) local(s *sharing) (bits float32) {
	l := &g.snap.segs[s.seg]
	if at := l.nearest(l.owner(s.row), g.place); at != nil {
		var f features
		placeFeatures(&f, g.place, at)
		for i := featCountrySame; i <= featAreaDiffers; i++ {
			bits += f[i] * g.w[i]
		}
	}
	return bits
}

// sharedWith returns what a row's words share with the lead's, each of which counts once, and whether the first words do.
func (q *query) sharedWith(words []rowWord) (bits float32, static uint16, first bool) {
	var used [2]uint64 // bitmap of the lead's words
	for j, w := range words {
		if w.class() == classLegal {
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
	}
	return bits, static, first
}

// tied is a row of the rank at which there is room for some.
type tied struct {
	sharing
	tie uint32
}

// bestRows moves the n best rows to the front and returns them. Those of equal rank are ordered by their accounts' ties.
func (f *finder) bestRows(rows []sharing, n int) []sharing {
	if len(rows) <= n {
		return rows
	}
	w := &f.words
	w.ranks = w.ranks[:0]
	for i := range rows {
		w.ranks = append(w.ranks, rows[i].rank)
	}
	last := nthLargest(w.ranks, n)
	w.ties = w.ties[:0]
	kept := 0
	for i := range rows {
		switch s := rows[i]; {
		case s.rank > last:
			rows[kept] = s
			kept++
		case s.rank == last:
			l := &f.snap.segs[s.seg]
			w.ties = append(w.ties, tied{s, l.heads[l.owner(s.row)].tie})
		}
	}
	if len(w.ties) > n-kept {
		slices.SortFunc(w.ties, func(a, b tied) int { return cmp.Compare(a.tie, b.tie) })
	}
	for i := range w.ties[:n-kept] {
		rows[kept+i] = w.ties[i].sharing
	}
	return rows[:n]
}

// nthLargest returns the n-th largest number; it changes the order (quickselect, Hoare 1961).
func nthLargest(v []float32, n int) float32 {
	for lo, hi := 0, len(v)-1; lo < hi; {
		p := v[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for v[i] > p {
				i++
			}
			for p > v[j] {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case n-1 <= j:
			hi = j
		case n-1 >= i:
			lo = i
		default:
			return p
		}
	}
	return v[n-1]
}
