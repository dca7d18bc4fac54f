package matcher

import (
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
	"github.com/leadmatch/leadmatch/matcher/similarity"
)

// query is a lead as read: everything about it that does not depend on a candidate.
type query struct {
	lead     *Lead
	name     normalize.Name
	city     normalize.Name // words of the lead's city
	stem     normalize.Name // words of the lead's domain, when there is no name
	email    normalize.Domain
	website  normalize.Domain
	company  normalize.Domain // of a company field that holds a domain or an address
	domains  []uint64         // identities of the business domains, each once
	stems    []uint64
	stemText []byte // first business domain's stem
	phone    normalize.Phone
	place    place
	key      []byte // scratch
	typos    []uint32
	person   bool // the name is the person's own, as the e-mail address spells it

	readings []reading
	words    []leadWord
	terms    []term
	places   []uint32   // words of the lead's city: one of them in an account's name is no contradiction
	lookup   [256]uint8 // word number, mixed → first term, plus one
	reads    *ReadSet   // what is read of the book; nil: nobody asked
}

// reading is one name that the company field holds.
type reading struct {
	from, to      int // its words
	key           uint64
	full          uint64 // fullKey
	acronym       [2]uint64
	legal         normalize.LegalForm
	weight        float32 // of all its words
	static        float32 // the same, as rows are ordered by
	common        bool    // all its words are generic or sector words
	fromDomain    bool    // read from the lead's domain, for want of a name
	unknownBits   float32 // weight of the words that no account has
	content       int     // words that are not legal forms
	termFrom, end int     // its terms
}

// leadWord is one word of a reading that is evidence.
type leadWord struct {
	text  []byte
	typed []byte
	alt   uint64
	joins uint64 // hash of the word that it makes with the next one; 0: none
	means uint16 // concept
	class rowClass
	id    uint32
	count uint32  // accounts that have it
	bits  float32 // its rarity
	known bool    // an account has it, or it is common in the world
	land  normalize.Country
	city  uint32 // see asCity
	read  bool   // city was read
}

// asCity returns the word as a city; 0 when it is none.
func (w *leadWord) asCity() uint32 {
	if !w.read {
		w.read = true
		if w.class != classNumber && len(w.typed) >= minCity {
			w.city = normalize.ParsePlaces("", "", text(w.typed), "").City
		}
	}
	return w.city
}

// mayBeSingular reports whether nobody knows the singular of what looks like a plural, and may be none: "loigstics".
func (w *leadWord) mayBeSingular() bool {
	return !w.known && w.class == classCore && string(w.typed) != string(w.text) && typoTolerant(w.typed)
}

// minCity is how many bytes a word has that may be a city.
const minCity = 3

// termKind says how a term comes from the lead's words.
type termKind uint8

const (
	termExact  termKind = iota
	termAlt             // second spelling
	termTypo            // one typo away
	termJoined          // two words of the lead are one of the account's
	termSplit           // a part of a word of the lead
)

// term is a word of the dict that stands for one or two words of the lead.
type term struct {
	id       uint32
	from, to uint8 // the lead's words that it covers, in query.words
	kind     termKind
	next     uint8   // next term in the same look-up slot, plus one
	share    float32 // how much of the covered words' weight an account that has it gets, 0 to 1
	bits     float32 // share × weight of the covered words, never more than the rarity of the term itself
	static   uint16  // weight of the term as rows are ordered by
	count    uint32
}

// Bounds on a query.
const (
	maxTerms       = 120
	maxTypoTerms   = 8               // for one word
	maxTypoList    = 64              // words under one key
	maxTypoRead    = 2 * maxTypoList // with those that no account has any more
	typoKnownDF    = 20              // a word that more accounts have is taken to be spelled right
	minSplit       = 3               // letters of each part of a word that is split
	minSplitWord   = 6
	maxSplit       = 4 // parts
	minStemReading = 3 // letters of a domain that is read as a name
	maxJoinedText  = 48
)

// read fills q from the lead.
func (q *query) read(s *Snapshot, lead *Lead) {
	q.lead = lead
	q.domains, q.stems, q.stemText = q.domains[:0], q.stems[:0], nil
	q.readings, q.words, q.terms, q.places = q.readings[:0], q.words[:0], q.terms[:0], q.places[:0]
	q.name.Parse(lead.Company)
	q.website.Parse(lead.Website)
	q.email.Parse(lead.Email)
	q.company.Parse(q.name.Address)
	q.person = q.name.PersonOf(q.email.Local)
	for _, d := range [...]*normalize.Domain{&q.email, &q.website, &q.company} {
		if d.Hash != 0 && !slices.Contains(q.domains, d.Hash) && !s.policy.sharedDomain(d.Hash) {
			q.domains = append(q.domains, d.Hash)
			q.stems = append(q.stems, d.StemHash)
			if q.stemText == nil {
				q.stemText = d.Stem
			}
		}
	}
	q.prefetch(s)
	q.place = readPlace(&lead.Address)
	q.phone = normalize.ParsePhone(lead.Phone, q.place.country)
	if q.place.country == 0 {
		q.place.country = q.phone.Country
	}
	q.readCity(s)
	q.readNames(s)
}

// prefetch asks for what the lead's words and keys are looked up in.
func (q *query) prefetch(s *Snapshot) {
	for i := range q.name.Readings {
		for k := range q.name.Readings[i].Words {
			s.dict.prefetchFind(q.name.Readings[i].Words[k].Hash)
		}
	}
	for seg := range s.segs {
		t := &s.segs[seg].keys.table
		for i, d := range q.domains {
			stem := q.stems[i]
			t.prefetch(d ^ saltDomain)
			t.prefetch(stem ^ saltStem)
			t.prefetch(stem ^ saltName)
			t.prefetch(stem ^ saltAcronym)
		}
		for i := range q.name.Readings {
			r := &q.name.Readings[i]
			t.prefetch(r.Key ^ saltName)
			t.prefetch(r.Key ^ saltStem)
			t.prefetch(r.Acronym ^ saltName)
		}
	}
}

// readCity notes the words of the lead's city.
func (q *query) readCity(s *Snapshot) {
	if q.lead.Address.City == "" {
		return
	}
	q.city.Parse(q.lead.Address.City)
	for i := range q.city.Readings {
		for k := range q.city.Readings[i].Words {
			if id, _ := q.find(s, q.city.Readings[i].Words[k].Hash); id != noWord {
				q.places = append(q.places, id)
			}
		}
	}
}

// readNames looks the words of all readings up in the dict. A lead without a name, and with a domain that no account has,
// is read by its domain: people name their domains after their companies.
func (q *query) readNames(s *Snapshot) {
	clear(q.lookup[:])
	if q.name.Status == normalize.OK || q.name.Status == normalize.URL {
		for i := range q.name.Readings {
			q.addReading(s, &q.name.Readings[i])
		}
	}
	if len(q.readings) == 0 && len(q.stemText) >= minStemReading && !q.owned(s) {
		q.stem.Parse(text(q.stemText))
		for i := range q.stem.Readings[:min(1, len(q.stem.Readings))] {
			q.addReading(s, &q.stem.Readings[i])
		}
		for i := range q.readings {
			q.readings[i].fromDomain = true
		}
	}
}

// find looks a word up in the dict.
func (q *query) find(s *Snapshot, hash uint64) (id, about uint32) {
	q.reads.read(hash ^ saltCount)
	return s.dict.lookup(hash)
}

// owned reports whether an account has one of the lead's domains.
func (q *query) owned(s *Snapshot) bool {
	for _, d := range q.domains {
		q.reads.read(d ^ saltDomain)
	}
	return s.hasDomain(q.domains)
}

// readTerms looks up what the words of all readings may stand for. Typos are looked for unless the lead's words are known
// to be spelled right.
func (q *query) readTerms(s *Snapshot, typos bool) {
	for i := range q.readings {
		r := &q.readings[i]
		r.termFrom = len(q.terms)
		q.addTerms(s, r, typos)
		r.end = len(q.terms)
	}
}

func (q *query) addReading(s *Snapshot, n *normalize.Reading) {
	r := reading{common: true, from: len(q.words), key: n.Key, full: fullKey(&q.key, n), acronym: [2]uint64{n.Acronym, n.AcronymAll}}
	for i := range n.Words {
		if class, ok := classOf(&n.Words[i]); ok {
			q.addWord(s, &n.Words[i], class, &r)
		}
	}
	if r.content == 0 {
		q.words = q.words[:r.from]
		for i := range n.Words {
			if w := &n.Words[i]; w.Class != normalize.Legal {
				q.addWord(s, w, classGeneric, &r)
			}
		}
	}
	if r.to = len(q.words); r.content > 0 {
		q.readings = append(q.readings, r)
	}
	for i := r.from; i+1 < r.to; i++ {
		q.join(s, i)
	}
}

// join fills in what word i makes with the next one.
func (q *query) join(s *Snapshot, i int) {
	a, b := q.words[i].text, q.words[i+1].text
	if len(a)+len(b) > maxJoinedText {
		return
	}
	var buf [maxJoinedText]byte
	h := normalize.HashWord(append(append(buf[:0], a...), b...))
	q.words[i].joins = h
	s.dict.prefetchFind(h)
}

func (q *query) addWord(s *Snapshot, n *normalize.Word, class rowClass, r *reading) {
	if class == classLegal {
		r.legal = n.Form
		return
	}
	w := leadWord{text: n.Canonical, typed: n.Text, alt: n.Alt, means: normalize.Concept(n.Hash), class: class, land: n.Country}
	w.id, w.count = q.find(s, n.Hash)
	world := worldRarity(n.Hash)
	w.bits = s.rarity.bits(w.count, world, class)
	w.known = w.count > 0 || world < unknownRarity
	r.content++
	r.common = r.common && (class == classGeneric || class == classSector)
	r.weight += w.bits
	r.static += staticBits(world, class)
	if w.count == 0 {
		r.unknownBits += w.bits
	}
	q.words = append(q.words, w)
}

// addTerms adds the terms of one reading: its words, their second spellings and likely typos, neighbours joined, and
// unknown words split.
func (q *query) addTerms(s *Snapshot, r *reading, typos bool) {
	for i := r.from; i < r.to; i++ {
		w := &q.words[i]
		if w.id != noWord {
			q.addTerm(s, w.id, i, i+1, termExact, 1)
		}
		if w.alt != 0 {
			if id, _ := q.find(s, w.alt); id != noWord {
				q.addTerm(s, id, i, i+1, termAlt, .95)
			}
		}
		if w.joins != 0 {
			if id, _ := q.find(s, w.joins); id != noWord {
				q.addTerm(s, id, i, i+2, termJoined, .95)
			}
		}
		if w.count == 0 && q.addMisread(s, i) {
			continue
		}
		if w.count > typoKnownDF || w.class == classNumber {
			continue
		}
		if typos {
			q.addTypos(s, i)
		}
		if w.count == 0 {
			q.addSplits(s, i)
		}
	}
}

func (q *query) addTerm(s *Snapshot, id uint32, from, to int, kind termKind, share float32) {
	if len(q.terms) == maxTerms {
		return
	}
	t := term{id: id, from: uint8(from), to: uint8(to), kind: kind, share: share, count: s.dict.about(id)}
	if t.count == 0 {
		return // only deleted accounts have it
	}
	for i := from; i < to; i++ {
		t.bits += q.words[i].bits
	}
	world, class := s.dict.world(id), q.words[from].class
	t.bits = share * min(t.bits, s.rarity.bits(t.count, world, class))
	t.static = quantWeight(staticBits(world, class))
	slot := uint8(mix(uint64(id)) >> 56)
	t.next = q.lookup[slot]
	q.terms = append(q.terms, t)
	q.lookup[slot] = uint8(len(q.terms))
}

// addSplits adds the known words that an unknown one is made of, if it is made of two to four: of several ways to split
// it the one with the fewest parts, and of those the one whose parts are rarest together.
func (q *query) addSplits(s *Snapshot, i int) {
	w := q.words[i].text
	if len(w) < minSplitWord || len(w) > maxJoinedText {
		return
	}
	var best [maxJoinedText + 1]split // ways to split the first k letters
	var hashes [maxJoinedText + 1]uint64
	best[0].ok = true
	for from := 0; from+minSplit <= len(w); from++ {
		if !best[from].ok || best[from].parts == maxSplit {
			continue
		}
		parts := hashes[from+minSplit : len(w)+1] // by where they end
		for i := range parts {
			parts[i] = normalize.HashWord(w[from : from+minSplit+i])
			s.dict.prefetchFind(parts[i])
		}
		for i, hash := range parts {
			id, count := q.find(s, hash)
			if id == noWord {
				continue
			}
			next := split{true, best[from].parts + 1, best[from].bits + s.rarity.bits(count, s.dict.world(id), classCore), from, id}
			if to := from + minSplit + i; next.better(&best[to]) {
				best[to] = next
			}
		}
	}
	last := &best[len(w)]
	if !last.ok || last.parts < 2 {
		return
	}
	for at := len(w); at > 0; at = best[at].from {
		part := float32(at-best[at].from) / float32(len(w))
		q.addTerm(s, best[at].id, i, i+1, termSplit, part)
	}
}

// split is the best way to split the beginning of a word.
type split struct {
	ok    bool
	parts int
	bits  float32
	from  int    // where its last part begins
	id    uint32 // of its last part
}

func (a *split) better(b *split) bool {
	return !b.ok || a.parts < b.parts || a.parts == b.parts && a.bits > b.bits
}

// misread are the letters that digits are mistaken for, by people and by machines that read.
var misread = ['9' + 1]byte{'0': 'o', '1': 'l', '2': 'z', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g'}

// addMisread adds the known word that an unknown one of letters and a few digits is when the digits are letters:
// "ander5on". It reports whether there is one.
func (q *query) addMisread(s *Snapshot, i int) bool {
	w := q.words[i].text
	if len(w) < minTypoLen || len(w) > maxTypoLen {
		return false
	}
	var buf [maxTypoLen]byte
	for _, one := range [...]byte{'l', 'i'} {
		text, digits, ones := buf[:0], 0, 0
		for _, c := range w {
			if c >= '0' && c <= '9' {
				digits++
				if c == '1' {
					ones++
					c = one
				} else {
					c = misread[c]
				}
			}
			text = append(text, c)
		}
		if digits == 0 || digits*3 > len(w) {
			return false
		}
		if id, _ := q.find(s, normalize.HashWord(text)); id != noWord {
			q.addTerm(s, id, i, i+1, termTypo, .85)
			return true
		}
		if ones == 0 {
			return false
		}
	}
	return false
}

// addTypos adds words that are one typo away. When the word itself is known, so that it may well be spelled right,
// they count for less.
func (q *query) addTypos(s *Snapshot, i int) {
	w := &q.words[i]
	if !typoTolerant(w.text) {
		return
	}
	share := float32(.85)
	if w.count > 0 {
		share = .5
	}
	var keyBuf [2 * (maxTypoLen + 1)]uint64
	keys := typoKeys(keyBuf[:0], w.text)
	if w.mayBeSingular() {
		keys = typoKeys(keys, w.typed)
	}
	s.dict.prefetchTypos(keys)
	ids := q.typos[:0]
	for _, k := range keys {
		from := len(ids)
		q.reads.read(k)
		for _, l := range s.dict.layers {
			ids = l.typos.each(ids, k, maxTypoRead)
		}
		if n := len(ids) - from; n > maxTypoList {
			near := slices.DeleteFunc(ids[from:], func(id uint32) bool { return s.dict.count(id) == 0 })
			if ids = ids[:from+len(near)]; len(near) > maxTypoList {
				ids = ids[:from] // so many words are near to it that none of them is meant
			} else if n >= maxTypoRead {
				q.reads.everything() // some may not have been read, beside dead ones
			}
		}
	}
	q.typos = ids
	s.dict.prefetchWords(ids)
	var buf [maxTypoTerms]uint32
	for _, id := range q.mostFrequent(buf[:0], s.dict, w) {
		q.addTerm(s, id, i, i+1, termTypo, share)
	}
}

// mostFrequent appends those of q.typos that are one typo away from the word, the most frequent ones first, as many as there is room for.
func (q *query) mostFrequent(best []uint32, d *dict, w *leadWord) []uint32 {
	singular := w.mayBeSingular()
	near := func(word []byte) bool {
		return similarity.Within1(w.text, word) || singular && similarity.Within1(w.typed, word)
	}
	for _, id := range q.typos { // some several times
		if id == w.id || d.count(id) == 0 {
			continue
		}
		at := len(best)
		for at > 0 && d.moreFrequent(id, best[at-1]) {
			at--
		}
		if at > 0 && best[at-1] == id || at == cap(best) && q.reads == nil || !near(d.word(id)) {
			continue
		}
		if q.reads != nil {
			q.reads.read(d.hash(id) ^ saltCount)
		}
		if at < cap(best) {
			best = slices.Insert(best[:min(len(best), cap(best)-1)], at, id)
		}
	}
	return best
}

// weight returns the weight of the heaviest reading.
func (q *query) weight() (bits float32) {
	for i := range q.readings {
		bits = max(bits, q.readings[i].weight)
	}
	return bits
}
