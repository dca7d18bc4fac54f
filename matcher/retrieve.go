package matcher

import (
	"cmp"
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// hit says which keys led to a candidate.
type hit uint16

const (
	hitDomain       hit = 1 << iota
	hitStem             // the domain without its ending
	hitName             // the whole name
	hitAcronym          // the lead's name is the account's initials
	hitExpanded         // the lead's initials are the account's name
	hitStemName         // the lead's domain is the account's name
	hitStemInitials     // or its initials
	hitNameStem         // the lead's name is the account's domain
	hitPhone
	hitBlock // a phone number of the same switchboard
	hitWord
)

// candidate is an account that shares something with the lead.
type candidate struct {
	seg        int32
	account    uint32
	keyRow     uint32 // with hitName: the row of the same name
	keyReading int8   // with hitName: the reading of the same name
	hits       hit
	term       uint8 // last term that was counted, plus one
	extra      int8  // least number of words that a row hit by a word has, less the words shared
	shared     int8  // words shared
	tie        uint32
	bits       float32 // weight of the words shared
	rank       float32 // for choosing those that are scored
}

// Bounds on the search; each that cuts is reported.
const (
	maxKeyed    = 64   // accounts taken from one key's list
	maxListed   = 512  // accounts in a key's list that is looked at
	maxPostings = 1500 // rows read from the lists of words
	maxScored   = 64   // candidates that are scored
	maxFound    = 4096 // candidates altogether
)

// stopShare: word lists are left unread once the words that are left weigh less than this share of what the best
// candidate has. A candidate that only they could bring would be far behind, and they are still counted in those that
// were found.
const stopShare = .6

// finder collects candidates in a hash table of fixed size that is cleared by counting up an epoch.
type finder struct {
	snap   *Snapshot
	found  []candidate
	slots  []uint32 // epoch in the high bits, index into found in the low ones
	epoch  uint32
	order  []uint8 // terms by count
	owners [3]int  // accounts that have each of the lead's domains
	keyed  keyed
	cuts   cut
	reads  int      // postings read
	list   []listed // of the key that is being looked up
}

// keyed is how many accounts each of the lead's keys has; of several of a kind, the most.
type keyed struct{ domain, phone, name, acronym int }

// cut is a bound that cut the search.
type cut uint8

const (
	cutKeys cut = 1 << iota
	cutPostings
	cutScored
	cutDeadline
)

const (
	finderSlots = 4 * maxFound
	finderBits  = 13 // bits of an index into found
)

func (f *finder) reset(s *Snapshot) {
	f.snap, f.cuts, f.reads = s, 0, 0
	f.found, f.keyed = f.found[:0], keyed{}
	f.owners = [3]int{}
	if f.slots == nil {
		f.slots = make([]uint32, finderSlots)
		f.found = make([]candidate, 0, maxFound)
	}
	if f.epoch++; f.epoch == 1<<(32-finderBits) {
		clear(f.slots)
		f.epoch = 1
	}
}

// at returns the candidate for the account, adding it if it is new; nil when there is no more room.
func (f *finder) at(seg int, account uint32) *candidate {
	i := uint32(mix(uint64(seg)<<32|uint64(account))>>40) % finderSlots
	for {
		v := f.slots[i]
		if v>>finderBits != f.epoch {
			break
		}
		if c := &f.found[v&(1<<finderBits-1)]; c.account == account && c.seg == int32(seg) {
			return c
		}
		i = (i + 1) % finderSlots
	}
	if len(f.found) == maxFound {
		f.cuts |= cutPostings
		return nil
	}
	f.slots[i] = f.epoch<<finderBits | uint32(len(f.found))
	f.found = append(f.found, candidate{seg: int32(seg), account: account, tie: f.snap.segs[seg].tie[account], extra: 127})
	return &f.found[len(f.found)-1]
}

// listed is an account, or a row, under a key.
type listed struct {
	tie     uint32
	seg     int32
	account uint32
	row     uint32
}

// key adds the live accounts under a salted hash and returns how many there are, maxListed for as many or more. Of more
// than maxKeyed, those that come first by tie are added; a list of maxListed tells no account from another, and none is.
func (f *finder) key(hash uint64, h hit, rows bool, reading int) int {
	f.list = f.list[:0]
	var buf [1]uint32
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		for _, v := range l.keys.get(hash, &buf) {
			a := v
			if rows {
				a = l.owner[v]
			}
			if l.isDead(a) || h == hitExpanded && l.source[v] != uint8(SourceName) {
				continue // an alias of initials says nothing that the name beside it does not say better
			}
			if len(f.list) == maxListed {
				f.cuts |= cutKeys
				return maxListed
			}
			f.list = append(f.list, listed{l.tie[a], int32(seg), a, v})
		}
	}
	if len(f.list) > maxKeyed {
		f.cuts |= cutKeys
		slices.SortFunc(f.list, func(a, b listed) int { return cmp.Compare(a.tie, b.tie) })
	}
	for i := range f.list[:min(len(f.list), maxKeyed)] {
		e := &f.list[i]
		c := f.at(int(e.seg), e.account)
		if c == nil {
			break
		}
		if h == hitName && c.hits&hitName == 0 {
			c.keyRow, c.keyReading = e.row, int8(reading)
		}
		c.hits |= h
	}
	return len(f.list)
}

// keys looks up everything that is exact.
func (f *finder) keys(q *query) {
	for i, d := range q.domains {
		n := f.key(d^saltDomain, hitDomain, false, 0)
		f.owners[i] = n
		f.keyed.domain = max(f.keyed.domain, n)
		f.key(q.stems[i]^saltStem, hitStem, false, 0)
		f.key(q.stems[i]^saltName, hitStemName, true, 0)
		f.key(q.stems[i]^saltAcronym, hitStemInitials, true, 0)
	}
	if q.phone.Hash != 0 {
		if f.keyed.phone = f.key(q.phone.Hash^saltPhone, hitPhone, false, 0); f.keyed.phone == 0 {
			f.key(q.phone.Block^saltBlock, hitBlock, false, 0)
		}
	}
	for i := range q.readings {
		r := &q.readings[i]
		n := f.key(r.key^saltName, hitName, true, i)
		if r.full != 0 {
			n += f.key(r.full^saltName, hitName, true, i)
		}
		if i == 0 {
			f.keyed.name = n
		}
		f.key(r.key^saltStem, hitNameStem, false, 0)
		if r.content == 1 {
			f.keyed.acronym = f.key(r.key^saltAcronym, hitAcronym, true, 0)
			continue
		}
		for k, a := range r.acronym {
			if a != 0 && (k == 0 || a != r.acronym[0]) {
				f.key(a^saltName, hitExpanded, true, 0)
			}
		}
	}
}

// settled reports whether the lead's only domain is one account's alone, and that account has the lead's whole name: what
// shares a word with the lead is then no rival. Others of the same name are found by it.
func (f *finder) settled(q *query) bool {
	if len(q.domains) != 1 || f.owners[0] != 1 {
		return false
	}
	return slices.ContainsFunc(f.found, func(c candidate) bool { return c.hits&hitDomain != 0 && c.hits&hitName != 0 })
}

// terms reads the lists of the lead's words, rarest first, until what is left cannot change much or the budget is
// used up.
func (f *finder) terms(q *query) {
	f.order = f.order[:0]
	for i := range q.terms {
		f.order = append(f.order, uint8(i))
	}
	slices.SortFunc(f.order, func(a, b uint8) int { return int(q.terms[a].count) - int(q.terms[b].count) })
	var left float32
	weight := uint16(0) // of the heaviest reading
	for i := range q.readings {
		left += q.readings[i].weight
		weight = max(weight, quantWeight(q.readings[i].static))
	}
	var best float32
	var done [normalize.MaxWords * normalize.MaxReadings]bool // the lead's words that have been counted out of left
	for _, o := range f.order {
		t := &q.terms[o]
		if left < stopShare*best {
			return
		}
		best = max(best, f.term(t, o+1, weight))
		if t.kind == termExact && !done[t.from] {
			done[t.from] = true
			left -= q.words[t.from].bits
		}
	}
}

// term adds the accounts of one term and returns the weight of the best of them. weight is the lead's static weight.
func (f *finder) term(t *term, number uint8, weight uint16) (best float32) {
	spread := f.spread(t, weight)
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		rows := window(l.segment, l.posts.get(t.id), weight, spread)
		for _, row := range rows {
			a := l.owner[row]
			if l.isDead(a) {
				continue
			}
			c := f.at(seg, a)
			if c == nil {
				return best
			}
			c.extra = min(c.extra, int8(min(l.size[row], 127)))
			if c.term != number {
				c.term = number
				c.hits |= hitWord
				c.bits += t.bits
				c.shared++
				best = max(best, c.bits)
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
		if f.reads+total <= maxPostings {
			f.reads += total
			return spread
		}
		f.cuts |= cutPostings
		if spread == 0 {
			return noSpread
		}
		spread /= 2
		total = 0
		for seg := range f.snap.segs {
			l := &f.snap.segs[seg]
			total += len(window(l.segment, l.posts.get(t.id), weight, spread))
		}
	}
}

// noSpread: not even the rows of just the lead's weight.
const noSpread = 1<<16 - 1

// window returns the rows whose weight is within spread of the lead's. Rows are in order of weight.
func window(s *segment, rows []uint32, weight, spread uint16) []uint32 {
	switch spread {
	case maxWeight:
		return rows
	case noSpread:
		return nil
	}
	byWeight := func(row uint32, w int) int { return int(s.weight[row]) - w }
	from, _ := slices.BinarySearchFunc(rows, int(weight)-int(spread), byWeight)
	to, _ := slices.BinarySearchFunc(rows, int(weight)+int(spread)+1, byWeight)
	return rows[from:to]
}

// extraWord is what a word that only the account has costs in the choice of candidates, in bits.
const extraWord = 1.5

// choose leaves the candidates that are worth scoring: all that were found by a key, and of the others those that share
// the most words, best first.
func (f *finder) choose() []candidate {
	for i := range f.found {
		c := &f.found[i]
		c.rank = c.bits
		if c.hits&hitWord != 0 {
			c.rank -= extraWord * float32(max(0, c.extra-c.shared))
		}
		if c.hits&(hitDomain|hitPhone|hitName) != 0 {
			c.rank += 1000
		}
		if c.hits&^hitWord != 0 {
			c.rank += 20
		}
	}
	if len(f.found) <= maxScored {
		return f.found
	}
	f.cuts |= cutScored
	selectBest(f.found, maxScored)
	return f.found[:maxScored]
}

// selectBest moves the n candidates of the highest rank to the front (quickselect, Hoare 1961).
// Equal ranks are ordered by tie.
func selectBest(c []candidate, n int) {
	for lo, hi := 0, len(c)-1; lo < hi; {
		p := c[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for c[i].ahead(&p) {
				i++
			}
			for p.ahead(&c[j]) {
				j--
			}
			if i <= j {
				c[i], c[j] = c[j], c[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

func (c *candidate) ahead(d *candidate) bool {
	return c.rank > d.rank || c.rank == d.rank && c.tie < d.tie
}
