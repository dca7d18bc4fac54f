package matcher

import (
	"cmp"
	"slices"
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

	hitInitials = hitAcronym | hitExpanded
)

// rank puts accounts that were found by a key before all that were not, by a whole one before those by a part or by initials, and
// by several before those by one: of hundreds of one name, the one that has the lead's domain is never left out.
func (h hit) rank() (rank float32) {
	if h&^hitWord != 0 {
		rank = 20
	}
	for _, key := range [...]struct {
		hit  hit
		rank float32
	}{{hitDomain, 1100}, {hitPhone, 1100}, {hitName, 1000}} {
		if h&key.hit != 0 {
			rank += key.rank
		}
	}
	return rank
}

// candidate is an account that shares something with the lead.
type candidate struct {
	seg        int32
	account    uint32
	keyRow     uint32 // with hitName: the row of the same name
	keyReading int8   // with hitName: the reading of the same name
	initials   int8   // with one of hitInitials: the reading that initials are of
	hits       hit
	rank       float32 // for choosing those that are scored
	shared     float32 // weight of the words that the row of that rank shares
}

// Bounds on the search; each that cuts is reported.
const (
	maxKeyed   = 64   // accounts taken from one key's list
	maxListed  = 512  // accounts in a key's list that is looked at
	maxScored  = 64   // candidates that are scored
	maxByWords = 48   // of them, rows that only share words
	maxFound   = 4096 // candidates altogether
)

// finder collects candidates in a hash table of fixed size that is cleared by counting up an epoch.
type finder struct {
	snap                  *Snapshot
	found                 []candidate
	slots                 []uint32 // epoch in the high bits, index into found in the low ones
	epoch                 uint32
	words                 sharers
	glance                glance
	owners                [3]int  // accounts that have each of the lead's domains
	domainBits, phoneBits float32 // see owned
	keyed                 keyed
	cuts                  cut
	passed                []float32 // weight of the words shared by the chosen rows that are not worth scoring
	list                  []tied    // of the key that is being looked up
	reads                 *ReadSet  // what is read of the book; nil: nobody asked
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
	f.snap, f.cuts = s, 0
	f.words.reset()
	f.found, f.keyed = f.found[:0], keyed{}
	f.owners, f.domainBits, f.phoneBits = [3]int{}, 0, 0
	if f.slots == nil {
		f.slots = make([]uint32, finderSlots)
		f.found = make([]candidate, 0, maxFound)
	}
	if f.epoch++; f.epoch == 1<<(32-finderBits) {
		clear(f.slots)
		f.epoch = 1
	}
}

// start prepares for the lead.
func (f *finder) start(q *query) {
	f.glance = glance{snap: f.snap, w: &f.snap.policy.weights, lead: q.weight(), place: &q.place}
}

// get returns the candidate for the account, nil when it is none yet, and its slot.
func (f *finder) get(seg int, account uint32) (c *candidate, slot uint32) {
	i := uint32(mix(uint64(seg)<<32|uint64(account))>>40) % finderSlots
	for {
		v := f.slots[i]
		if v>>finderBits != f.epoch {
			return nil, i
		}
		if c := &f.found[v&(1<<finderBits-1)]; c.account == account && c.seg == int32(seg) {
			return c, i
		}
		i = (i + 1) % finderSlots
	}
}

// at returns the candidate for the account, adding it if it is new; nil when there is no more room.
func (f *finder) at(seg int, account uint32) *candidate {
	c, i := f.get(seg, account)
	if c != nil {
		return c
	}
	if len(f.found) == maxFound {
		f.cuts |= cutPostings
		f.reads.everything()
		return nil
	}
	f.slots[i] = f.epoch<<finderBits | uint32(len(f.found))
	f.found = append(f.found, candidate{seg: int32(seg), account: account})
	return &f.found[len(f.found)-1]
}

// tie returns where the candidate comes in an order of accounts that does not depend on where they are.
func (f *finder) tie(c *candidate) uint32 { return f.snap.segs[c.seg].heads[c.account].tie }

// key adds the live accounts under a salted hash and returns how many there are, maxListed for as many or more. Of more
// than maxKeyed, those that come first by tie are added; a list of maxListed tells no account from another, and none is.
func (f *finder) key(hash uint64, h hit, rows bool, reading int) int {
	f.list = f.list[:0]
	f.reads.read(hash)
	var buf [1]uint32
	for seg := range f.snap.segs {
		l := &f.snap.segs[seg]
		for _, v := range l.keys.get(hash, &buf) {
			if l.isDead(l.keyed(v, rows)) || h == hitExpanded && (l.rows.source(v) != SourceName || l.rows.isPart(v)) {
				continue // an alias of initials says nothing that the name beside it does not say better
			}
			if len(f.list) == maxListed {
				f.cuts |= cutKeys
				return maxListed
			}
			f.list = append(f.list, tied{sharing: sharing{row: v, seg: uint8(seg)}})
			l.prefetch(v, rows)
		}
	}
	first := f.firstKeyed(h, rows)
	for i := range first {
		e := &first[i]
		c := f.at(int(e.seg), f.snap.segs[e.seg].keyed(e.row, rows))
		if c == nil {
			break
		}
		if h == hitName && c.hits&hitName == 0 {
			c.keyRow, c.keyReading = e.row, int8(reading)
		}
		if h&hitInitials != 0 && c.hits&hitInitials == 0 {
			c.initials = int8(reading)
		}
		c.hits |= h
	}
	return len(f.list)
}

// keyed returns the account under a key: the number there, or that of the row that is there.
func (s *segment) keyed(value uint32, rows bool) uint32 {
	if rows {
		return s.rows.owner(value)
	}
	return value
}

// prefetch asks for what is known of an account under a key, or of the row that is there.
func (s *segment) prefetch(value uint32, rows bool) {
	if rows {
		prefetch(&s.rows.cells[value])
	} else {
		prefetch(&s.heads[value])
	}
}

// firstKeyed returns what is taken of the list of a key: all, or the first; in order where there is a choice, and of domains and
// phone numbers, of which others look at the first.
func (f *finder) firstKeyed(h hit, rows bool) []tied {
	first := f.list
	if len(first) <= maxKeyed && (len(first) < 2 || h&(hitDomain|hitPhone) == 0) {
		return first
	}
	for i := range first {
		e := &first[i]
		l := &f.snap.segs[e.seg]
		e.key = uint64(l.heads[l.keyed(e.row, rows)].tie)<<32 | uint64(e.row)
	}
	if len(first) > maxKeyed {
		f.cuts |= cutKeys
		quickselect(first, maxKeyed)
		first = first[:maxKeyed]
	}
	slices.SortFunc(first, func(a, b tied) int { return cmp.Compare(a.key, b.key) })
	return first
}

// keys looks up everything that is exact: domains, phone and names first, and then, unless they say enough, what a domain or
// a name may stand for.
func (f *finder) keys(q *query) {
	for i, d := range q.domains {
		f.owners[i] = f.key(d^saltDomain, hitDomain, false, 0)
		f.keyed.domain = max(f.keyed.domain, f.owners[i])
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
	}
	if !f.sure(q) {
		f.looseKeys(q)
	}
}

// sure reports whether an account of a few that have the lead's only domain has the lead's whole name.
func (f *finder) sure(q *query) bool {
	return f.oneOwner(q) && slices.ContainsFunc(f.found, func(c candidate) bool { return c.hits&hitDomain != 0 && c.hits&hitName != 0 })
}

// oneOwner reports whether the lead has one domain, and it is that of one company, or of a few accounts.
func (f *finder) oneOwner(q *query) bool {
	return len(q.domains) == 1 && f.owners[0] > 0 && f.owners[0] < manySharers
}

// looseKeys looks up domains without their endings, names that domains spell, and initials.
func (f *finder) looseKeys(q *query) {
	for _, stem := range q.stems {
		f.key(stem^saltStem, hitStem, false, 0)
		f.key(stem^saltName, hitStemName, true, 0)
		f.key(stem^saltAcronym, hitStemInitials, true, 0)
	}
	for i := range q.readings {
		r := &q.readings[i]
		f.key(r.key^saltStem, hitNameStem, false, 0)
		if r.content == 1 {
			if w := &q.words[r.from]; w.class == classCore || len(w.typed) <= maxWordInitials {
				f.keyed.acronym = max(f.keyed.acronym, f.key(r.key^saltAcronym, hitAcronym, true, i))
			}
			continue
		}
		for k, a := range r.acronym {
			if a != 0 && (k == 0 || a != r.acronym[0]) {
				f.keyed.acronym = max(f.keyed.acronym, f.key(a^saltName, hitExpanded, true, i))
			}
		}
	}
}

// maxWordInitials is how many letters a word has that says what a company does and may be initials all the same: UNO, and
// not "academy", which stands for "acad" too.
const maxWordInitials = 5

// owned adds the rows of the accounts that have the lead's domain or phone number to those that are looked at: what shares
// words with the lead is measured by them.
func (f *finder) owned(q *query) {
	w := &f.snap.policy.weights
	if n := f.keyed.domain; n > 0 && n < manySharers {
		f.domainBits = max(0, w[featDomainSame]+w[featDomainShared]*doublings(n))
	}
	if n := f.keyed.phone; n > 0 {
		f.phoneBits = max(0, w[featPhoneSame]+w[featPhoneShared]*doublings(n))
	}
	if f.domainBits+f.phoneBits == 0 || len(q.readings) == 0 {
		return
	}
	var buf [1]uint32
	for i := range f.found {
		c := &f.found[i]
		if c.hits&(hitDomain|hitPhone) == 0 {
			continue
		}
		l := &f.snap.segs[c.seg]
		for _, row := range l.list(l.heads[c.account].rows, &buf) {
			if len(f.words.rows) < maxCompared {
				f.words.at(uint8(c.seg), row)
			}
		}
	}
	f.look(q, f.words.rows)
}

// keyBits returns what the lead's domain and phone number are worth for the row's account, by the model's weights.
func (f *finder) keyBits(s *sharing) (bits float32) {
	if f.domainBits+f.phoneBits == 0 {
		return 0
	}
	c, _ := f.get(int(s.seg), f.snap.segs[s.seg].rows.owner(s.row))
	if c != nil && c.hits&hitDomain != 0 {
		bits += f.domainBits
	}
	if c != nil && c.hits&hitPhone != 0 {
		bits += f.phoneBits
	}
	return bits
}

// ahead returns by how much more than its rank a row tells which others are far behind.
func (f *finder) ahead(s *sharing) float32 {
	return max(0, f.keyBits(s)-(farBehindKeyed-farBehind))
}

// settled reports whether one account of a few that have the lead's only domain has most of the lead's name: what shares a
// word with the lead is then no rival. Others of the whole name are found by it.
func (f *finder) settled(q *query) bool {
	if !f.oneOwner(q) {
		return false
	}
	least := stopShare * f.glance.lead
	return slices.ContainsFunc(f.words.rows, func(s sharing) bool {
		c, _ := f.get(int(s.seg), f.snap.segs[s.seg].rows.owner(s.row))
		return s.bits >= least && c.hits&hitDomain != 0
	})
}

// How many bits a row is behind the best one at a glance where it is not worth scoring, and behind one whose account has the
// lead's domain or phone number, with what that is worth.
const (
	farBehind      = 6
	farBehindKeyed = 12
)

// choose leaves the candidates that are worth scoring: all that were found by a key, and of the others those that share
// the most words and are not far behind.
func (f *finder) choose(q *query) []candidate {
	rows := f.chooseRows(q)
	least := f.words.best - farBehind
	f.passed = f.passed[:0]
	kept := rows[:0]
	for i := range rows {
		if s := &rows[i]; s.rank+f.keyBits(s) < least {
			f.passed = append(f.passed, s.bits)
		} else {
			kept = append(kept, *s)
		}
	}
	for i := range kept {
		s := &kept[i]
		c := f.at(int(s.seg), f.snap.segs[s.seg].rows.owner(s.row))
		if c == nil {
			break
		}
		if c.hits&hitWord == 0 || s.rank > c.rank {
			c.rank, c.shared = s.rank, s.bits
		}
		c.hits |= hitWord
	}
	for i := range f.found {
		f.found[i].rank += f.found[i].hits.rank()
	}
	if len(f.found) <= maxScored {
		return f.found
	}
	f.cuts |= cutScored
	slices.SortFunc(f.found, func(a, b candidate) int {
		if a.rank != b.rank {
			return cmp.Compare(b.rank, a.rank)
		}
		return cmp.Compare(f.tie(&a), f.tie(&b))
	})
	return f.found[:maxScored]
}

// seen returns how many accounts share something with the lead; of those that share words only, each name counts where
// there are more of them than are scored.
func (f *finder) seen() int { return max(len(f.found), len(f.words.rows)) }
