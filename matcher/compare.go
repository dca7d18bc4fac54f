package matcher

import (
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
	"github.com/leadmatch/leadmatch/matcher/similarity"
)

// nameMatch is how one reading of the lead's name and one row of an account agree. Sums are in bits of rarity.
type nameMatch struct {
	matched                       float32 // of the words that have a counterpart
	lead, row                     float32 // of all words
	misspelled                    float32 // words of the lead that no account has, and that are a typo away from the row's
	leadCore, rowCore             float32 // distinctive words and numbers without counterpart
	leadGeneric, rowGeneric       float32 // generic words without
	leadSector, rowSector         float32 // sector words without
	leadPlace, rowPlace           float32 // places without
	placeKnown                    float32 // places without, explained by the other's address
	leadElsewhere, rowElsewhere   float32 // places without, where the other's address says another place
	typos, shortTypos, knownTypos float32
	similar, joined               float32
	concepts                      float32 // words matched by what they mean
	first, firstDiff              bool
	leadNumber, rowNumber         bool // numbers without counterpart
	leadSide, rowSide             bool // points of the compass without counterpart
	sameNumber                    bool
	reordered                     bool // nothing without counterpart, but in another order
	exact                         bool // nothing without counterpart, and no typo
	words                         int  // content words of the row
	legal                         normalize.LegalForm
}

// makeExact is for names whose keys are equal: whatever the words did not align is spaces and points.
func (m *nameMatch) makeExact() {
	*m = nameMatch{
		matched: max(m.matched, min(m.lead, m.row)), lead: m.lead, row: m.row, first: true, exact: true, words: m.words,
		legal: m.legal, sameNumber: m.sameNumber,
	}
}

// comparer aligns names. The arrays are of the pair at hand.
type comparer struct {
	snap       *Snapshot
	q          *query
	leadShare  [32]float32 // how much of each of the lead's words has a counterpart
	leadBits   [32]float32 // what each weighs: a misspelled one what the word weighs that was meant
	rowShare   [64]float32
	last       int  // of the lead's words, the one that was matched last
	disordered bool // the row's words matched the lead's in another order
	graded     [256]graded
	epoch      uint64 // of this lead, in what was graded
}

// graded is how much of each other a word of the lead and a word of the book are: candidates share words.
type graded struct {
	pair  uint64 // epoch, word of the lead, word of the book
	share float32
}

// gradedBits hold a word of the lead and one of the book.
const gradedBits = rowWordBits + 7

// start prepares for the candidates of a lead.
func (c *comparer) start(s *Snapshot, q *query) {
	c.snap, c.q = s, q
	if c.epoch++; c.epoch == 1<<(64-gradedBits) {
		c.graded, c.epoch = [256]graded{}, 1
	}
}

// compare aligns the reading with the row: words that are terms of the lead first, then what is left by likeness.
func (c *comparer) compare(r *reading, l *live, row uint32, at *place) (m nameMatch) {
	words := l.rows.words(row)
	words = words[:min(len(words), len(c.rowShare))]
	if c.q.reads != nil {
		c.q.reads.rarities(c.snap.dict, words)
	}
	n := r.to - r.from
	clear(c.leadShare[:n])
	for i := range n {
		c.leadBits[i] = c.q.words[r.from+i].bits
	}
	clear(c.rowShare[:len(words)])
	c.last, c.disordered = r.from, false
	c.alignTerms(r, words, &m)
	c.alignRest(r, words, &m)
	c.sumLead(r, at, &m)
	c.sumRow(words, &m)
	equal := m.typos+m.similar+m.concepts == 0 && m.leadCore+m.leadGeneric+m.leadSector+m.leadPlace+m.placeKnown == 0 &&
		m.rowCore+m.rowGeneric+m.rowSector+m.rowPlace == 0 && m.matched > 0 && !m.leadNumber && !m.rowNumber
	m.exact, m.reordered = equal && !c.disordered, equal && c.disordered
	return m
}

// alignTerms gives each word of the row the best of the lead's terms that is still free.
func (c *comparer) alignTerms(r *reading, words []rowWord, m *nameMatch) {
	for j, w := range words {
		if w.class() == classLegal {
			m.legal = normalize.LegalForm(w.id())
			continue
		}
		if w.alt() {
			continue
		}
		t := c.term(r, w.id())
		if j+1 < len(words) && words[j+1].alt() {
			if alt := c.term(r, words[j+1].id()); t == nil || alt != nil && alt.share > t.share {
				t = alt
			}
		}
		if t != nil {
			c.take(r, t, words, j, m)
		}
	}
}

// term returns the free term of the reading with the word's number that counts most; nil when there is none.
func (c *comparer) term(r *reading, id uint32) (best *term) {
	q := c.q
	for k := q.lookup[uint8(mix(uint64(id))>>56)]; k != 0; {
		t := &q.terms[k-1]
		if t.id == id && int(k-1) >= r.termFrom && int(k-1) < r.end && c.free(r, t) && (best == nil || t.share > best.share) {
			best = t
		}
		k = t.next
	}
	return best
}

func (c *comparer) free(r *reading, t *term) bool {
	for i := int(t.from); i < int(t.to); i++ {
		if s := c.leadShare[i-r.from]; s+t.share > 1.01 || s > 0 && t.kind != termSplit {
			return false
		}
	}
	return true
}

func (c *comparer) take(r *reading, t *term, words []rowWord, j int, m *nameMatch) {
	for i := int(t.from); i < int(t.to); i++ {
		c.leadShare[i-r.from] += t.share
	}
	c.rowShare[j] = 1
	c.disordered = c.disordered || int(t.from) < c.last && t.kind != termSplit
	c.last = int(t.from)
	m.matched += t.bits
	switch t.kind {
	case termTypo, termAlt, termJoined:
		c.rowShare[j] = t.share
	}
	switch t.kind {
	case termTypo:
		w := &c.q.words[t.from]
		m.typos++
		if w.count == 0 {
			m.misspelled += w.bits
			c.leadBits[int(t.from)-r.from] = t.bits / t.share
		}
		if w.known {
			m.knownTypos++
		}
		if len(w.text) <= 5 {
			m.shortTypos++
		}
	case termJoined, termSplit:
		m.joined++
	}
	if words[j].class() == classNumber {
		m.sameNumber = true
	}
	if j == 0 && int(t.from) == r.from {
		m.first = true
	}
}

// Bounds on comparing the words that are left, each with each.
const (
	maxRestLead = 4
	maxRestRow  = 6
)

// alignRest pairs words that have no counterpart by likeness: an abbreviation, or two typos in a long word.
func (c *comparer) alignRest(r *reading, words []rowWord, m *nameMatch) {
	leads := 0
	for i := r.from; i < r.to && leads < maxRestLead; i++ {
		if w := &c.q.words[i]; c.leadShare[i-r.from] == 0 && w.class != classNumber {
			leads++
			c.alignWord(r, i, words, m)
		}
	}
}

func (c *comparer) alignWord(r *reading, i int, words []rowWord, m *nameMatch) {
	w, rows := &c.q.words[i], 0
	for j, rw := range words {
		if c.rowShare[j] > 0 || rw.class() == classLegal || rw.class() == classNumber || rw.alt() {
			continue
		}
		if rows++; rows > maxRestRow {
			return
		}
		stat := c.snap.dict.stat(rw.id())
		means := w.means != 0 && w.means == stat.means
		share := float32(conceptShare)
		if !means {
			if c.snap.metric == nil && unlike(w.text, stat) {
				continue
			}
			if share = c.grade(i, rw.id()); share == 0 {
				continue
			}
		}
		c.leadShare[i-r.from], c.rowShare[j] = share, share
		m.matched += share * min(w.bits, c.snap.bits(rw))
		if means {
			m.concepts++
		} else {
			m.similar++
		}
		return
	}
}

// conceptShare is how much of each other two words of one concept are: "bank" and "banco", or "bancorp".
const conceptShare = .8

// minMetric is the least grade of a user's metric that makes two words each other's counterpart.
const minMetric = .85

// grade says how much of each other word i of the lead and a word of the book, which differ, are, 0 to 1.
func (c *comparer) grade(i int, id uint32) float32 {
	pair := c.epoch<<gradedBits | uint64(i)<<rowWordBits | uint64(id)
	g := &c.graded[uint8(mix(pair)>>56)]
	if g.pair != pair {
		*g = graded{pair, c.likeness(c.q.words[i].text, c.snap.dict.word(id))}
	}
	return g.share
}

// likeness is that of the metric in use.
func (c *comparer) likeness(a, b []byte) float32 {
	if c.snap.metric == nil {
		return likeness(a, b)
	}
	if g := c.snap.metric.Compare(string(a), string(b)); g >= minMetric {
		return float32(min(g, 1))
	}
	return 0
}

// unlike reports whether likeness is 0 by what is known of a word without its text.
func unlike(a []byte, b *wordStat) bool {
	return len(a) == 0 || len(a) < minLong && a[0] != b.first
}

// minLong is how many letters a word has that may have two typos.
const minLong = 8

// likeness grades two different words: 0 when they have nothing to do with each other.
func likeness(a, b []byte) float32 {
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) == 0 || len(short) == len(long) && len(short) < minLong {
		return 0
	}
	if string(long[:len(short)]) == string(short) {
		switch {
		case len(short) >= 4:
			return .6
		case len(short) >= 1 && len(long) >= 3:
			return .3
		}
	}
	if len(short) >= minLong && similarity.Distance(a, b, 2) <= 2 {
		return .7
	}
	return 0
}

// sumLead adds up the lead's words without counterpart.
func (c *comparer) sumLead(r *reading, at *place, m *nameMatch) {
	for i := r.from; i < r.to; i++ {
		w := &c.q.words[i]
		bits := c.leadBits[i-r.from]
		m.lead += bits
		gap := (1 - min(1, c.leadShare[i-r.from])) * bits
		if c.leadShare[i-r.from] >= .95 {
			gap = 0
		}
		if gap == 0 {
			continue
		}
		switch {
		case w.class != classNumber && w.at(at):
			m.placeKnown += gap
		case w.class == classNumber:
			m.leadNumber = true
			m.leadCore += gap
		case w.class == classPlace:
			m.leadPlace += gap
			if at != nil && (w.land != 0 && at.country != 0 || w.land == 0 && at.city|at.region != 0) {
				m.leadElsewhere += gap
			}
		case w.class == classSide:
			m.leadSide = true
			m.leadCore += gap
		case w.class == classCore:
			m.leadCore += gap
		case w.class == classSector:
			m.leadSector += gap
		default:
			m.leadGeneric += gap
		}
	}
}

// at reports whether the word is a name of the place.
func (w *leadWord) at(p *place) bool {
	if p.city|p.region != 0 {
		if city := w.asCity(); city != 0 && (city == p.city || city == p.region) {
			return true
		}
	}
	return w.land != 0 && w.land == p.country
}

// sumRow adds up the row's words without counterpart.
func (c *comparer) sumRow(words []rowWord, m *nameMatch) {
	first := true
	for j, w := range words {
		if w.class() == classLegal || w.alt() {
			continue
		}
		bits := c.snap.bits(w)
		m.words++
		m.row += bits
		if first && c.rowShare[j] == 0 && c.leadShare[0] == 0 {
			m.firstDiff = true
		}
		first = false
		if c.rowShare[j] >= .95 {
			continue
		}
		gap := (1 - c.rowShare[j]) * bits
		switch {
		case w.class() != classNumber && slices.Contains(c.q.places, w.id()):
			m.placeKnown += gap
		case w.class() == classNumber:
			m.rowNumber = true
			m.rowCore += gap
		case w.class() == classPlace:
			m.rowPlace += gap
			if len(c.q.places) > 0 {
				m.rowElsewhere += gap
			}
		case w.class() == classSide:
			m.rowSide = true
			m.rowCore += gap
		case w.class() == classCore:
			m.rowCore += gap
		case w.class() == classSector:
			m.rowSector += gap
		default:
			m.rowGeneric += gap
		}
	}
}
