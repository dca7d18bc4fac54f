package matcher

import (
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// scored is a candidate with its features.
type scored struct {
	candidate
	name     nameMatch
	reading  int // that agrees best; -1 when there is no name to compare
	bestRow  uint32
	at       place
	feat     features
	total    float32 // bits
	share    float64 // of the first candidate's probability, by the bits
	p        float32 // probability
	excluded string
}

// score fills in the features and bits of the candidates that are worth it. What rivals say of each other comes in a second pass.
func (x *scratch) score(found []candidate) {
	x.scored, x.unscored = x.scored[:0], x.unscored[:0]
	x.comparer.start(x.snap, &x.query)
	x.ownDomain = x.leadOwnsDomain()
	if x.provider = x.unrelated(found); x.provider {
		found = slices.DeleteFunc(found, func(c candidate) bool { return c.hits&^(hitDomain|hitStem) == 0 })
	}
	first, rest := x.worthFirst(found)
	x.scoreEach(first)
	if len(rest) > 0 {
		x.addUp()
		x.scoreEach(x.worth(rest))
	}
	x.scoreRivals()
	x.addUp()
}

// addUp fills in the bits of what has been scored.
func (x *scratch) addUp() {
	w := &x.snap.policy.weights
	for i := range x.scored {
		x.scored[i].total = x.scored[i].feat.dot(w)
	}
}

// mostBits returns the bits of the best of those scored that nothing rules out.
func (x *scratch) mostBits() float32 {
	best := float32(math.Inf(-1))
	for i := range x.scored {
		if c := &x.scored[i]; c.excluded == "" {
			best = max(best, c.total)
		}
	}
	return best
}

// scoreEach scores candidates by themselves.
func (x *scratch) scoreEach(found []candidate) {
	x.prefetch(found)
	for i := range found {
		x.scored = append(x.scored, scored{candidate: found[i], reading: -1})
		c := &x.scored[len(x.scored)-1]
		x.scoreOne(c)
		x.exclude(c)
	}
}

// prefetch asks for the candidates' heads, and then for their records and what is known of the words of their names.
func (x *scratch) prefetch(found []candidate) {
	for i := range found {
		prefetch(&x.snap.segs[found[i].seg].heads[found[i].account])
	}
	var buf [1]uint32
	for i := range found {
		l := &x.snap.segs[found[i].seg]
		prefetch(&l.record(found[i].account)[0])
		for _, row := range l.list(l.heads[found[i].account].rows, &buf) {
			for _, w := range l.rows.words(row) {
				if w.class() != classLegal {
					prefetch(x.snap.dict.stat(w.id()))
				}
			}
		}
	}
}

// dot adds up in four sums, which do not wait for each other.
func (f *features) dot(w *features) float32 {
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(f); i += 4 {
		a += f[i] * w[i]
		b += f[i+1] * w[i+1]
		c += f[i+2] * w[i+2]
		d += f[i+3] * w[i+3]
	}
	for ; i < len(f); i++ {
		a += f[i] * w[i]
	}
	return a + b + (c + d)
}

// dotKind sums up the bits of one kind of evidence.
func (f *features) dotKind(w *features, k Kind) (sum float32) {
	for i := ofKind[k].from; i < ofKind[k].to; i++ {
		sum += f[i] * w[i]
	}
	return sum
}

// ofKind is which features are of a kind: they stand together.
var ofKind = func() (of [KindInterplay + 1]struct{ from, to feature }) {
	for i := range featureInfo {
		k := &of[featureInfo[i].kind]
		if k.to == 0 {
			k.from = feature(i)
		}
		k.to = feature(i + 1)
	}
	return of
}()

func (x *scratch) scoreOne(c *scored) {
	l := &x.snap.segs[c.seg]
	f := &c.feat
	f[featPrior] = 1
	x.scorePlace(c, l)
	x.scoreName(c, l)
	x.scoreDomain(c, l)
	x.scorePhone(c, l)
}

// scoreName compares every reading of the lead's name with every row of the account and keeps the best pair.
func (x *scratch) scoreName(c *scored, l *live) {
	q := &x.query
	if !q.named() {
		c.feat[featNameMissing] = 1
	}
	if len(q.readings) == 0 {
		return
	}
	var buf [1]uint32
	best := float32(math.Inf(-1))
	var feat features
	rows := l.list(l.heads[c.account].rows, &buf)
	only := len(rows) == 1 && len(q.readings) == 1
	for _, row := range rows {
		for i := range q.readings {
			m := x.comparer.compare(&q.readings[i], l, row, &c.at)
			if c.hits&hitName != 0 && c.keyRow == row && int(c.keyReading) == i {
				m.makeExact()
			}
			feat = features{}
			nameFeatures(&feat, q, &q.readings[i], &m)
			switch {
			case l.rows.isPart(row) || i > 0:
				feat[featNamePart], feat[featNamePartBoth] = 1, flag(l.rows.isPart(row) && i > 0)
			case l.rows.source(row) != SourceName:
				feat[featNameAlias] = 1
			}
			bits := float32(0)
			if !only {
				bits = feat.dot(&x.snap.policy.weights)
			}
			if bits > best {
				best, c.name, c.reading, c.bestRow = bits, m, i, row
				copyName(&c.feat, &feat)
			}
		}
	}
	if c.reading < 0 {
		c.feat[featNameNone] = 1
		return
	}
	if c.hits&hitInitials != 0 && !c.name.exact {
		c.feat[featNameAcronym] = 1
		if n := x.acronymLen(c); n >= 4 {
			c.feat[featNameAcronymLong] = float32(min(n-3, 4))
		}
		c.feat[featNameAcronymMany] = doublings(x.finder.keyed.acronym)
	}
}

// acronymLen returns how many letters the initials have that led to the candidate.
func (x *scratch) acronymLen(c *scored) int {
	r := &x.query.readings[c.initials]
	if c.hits&hitAcronym != 0 {
		return len(x.query.words[r.from].typed)
	}
	return r.content
}

func copyName(dst, src *features) {
	missing := dst[featNameMissing]
	copy(dst[featNameMatched0:featDomainSame], src[featNameMatched0:featDomainSame])
	dst[featNameMissing] = missing
}

// named reports whether the lead has a company name.
func (q *query) named() bool { return len(q.readings) > 0 && !q.readings[0].fromDomain }

// longestInitials: a name of one word with as many letters may well be the initials of several companies.
const longestInitials = 4

// nameFeatures turns an alignment into features.
func nameFeatures(f *features, q *query, r *reading, m *nameMatch) {
	f[featNameFromDomain] = flag(r.fromDomain)
	f[featNameMatched0] = step(m.matched, 0, 8)
	f[featNameMatched8] = step(m.matched, 8, 16)
	f[featNameMatched16] = step(m.matched, 16, 40)
	f[featNameUnknown] = min(max(0, r.unknownBits-m.misspelled), 40) / 8
	if m.matched == 0 {
		f[featNameNone] = 1
	}
	covered, covers := share(m.matched, m.lead), share(m.matched, m.row)
	f[featNameCovered], f[featNameCovers] = covered, covers
	f[featNameBoth] = max(0, min(covered, covers)-.5)
	if m.exact {
		f[featNameExact] = 1
		f[featNameExactRare] = min(m.matched, 24) / 8
		if m.words == 1 {
			f[featNameExactShort] = 1
			f[featNameExactInitials] = flag(r.to-r.from == 1 && len(q.words[r.from].text) <= longestInitials)
		}
	}
	f[featNameLeadCore0], f[featNameLeadCore8] = step(m.leadCore, 0, 8), step(m.leadCore, 8, 32)
	f[featNameAcctCore0], f[featNameAcctCore8] = step(m.rowCore, 0, 8), step(m.rowCore, 8, 32)
	f[featNameLeadGeneric], f[featNameAcctGeneric] = min(m.leadGeneric, 24)/8, min(m.rowGeneric, 24)/8
	f[featNameLeadSector], f[featNameAcctSector] = min(m.leadSector, 24)/8, min(m.rowSector, 24)/8
	f[featNameSectors] = min(m.leadSector, m.rowSector, 16) / 8
	f[featNameKinds] = min(m.leadSector+m.leadGeneric+m.leadCore, m.rowSector+m.rowGeneric+m.rowCore, 16) / 8
	f[featNameConcept] = min(m.concepts, 3)
	f[featNameLeadPlace], f[featNameAcctPlace] = min(m.leadPlace, 24)/8, min(m.rowPlace, 24)/8
	f[featNameFacing] = min(m.leadCore, m.rowCore, 24) / 8
	f[featNamePlaces] = min(m.leadPlace, m.rowPlace, 24) / 8
	f[featNamePlaceKnown] = min(m.placeKnown, 16) / 8
	f[featNameElsewhere] = min(m.leadElsewhere+m.rowElsewhere, 24) / 8
	f[featNameSide], f[featNameSides] = flag(m.leadSide != m.rowSide), flag(m.leadSide && m.rowSide)
	f[featNameReordered] = flag(m.reordered)
	f[featNameFirst], f[featNameFirstDiff] = flag(m.first), flag(m.firstDiff)
	f[featNameTypo], f[featNameTypoShort] = min(m.typos, 3), min(m.shortTypos, 3)
	f[featNameTypoKnown] = min(m.knownTypos, 3)
	f[featNameSimilar], f[featNameJoined] = min(m.similar, 3), min(m.joined, 2)
	switch {
	case m.leadNumber && m.rowNumber:
		f[featNumberDiffers] = 1
	case m.leadNumber:
		f[featNumberLead] = 1
	case m.rowNumber:
		f[featNumberAcct] = 1
	case m.sameNumber:
		f[featNumberSame] = 1
	}
	legalFeatures(f, r.legal, m.legal)
}

func legalFeatures(f *features, a, b normalize.LegalForm) {
	switch a.Compare(b) {
	case normalize.FormSame:
		f[featLegalSame] = 1
	case normalize.FormFamily:
		f[featLegalFamily] = 1
	case normalize.FormDifferent:
		f[featLegalDiffers] = 1
	case normalize.FormIncompatible:
		f[featLegalIncompatible] = 1
	}
}

// step is how far bits reach into the step from a to b, in units of 8 bits.
func step(bits, a, b float32) float32 {
	switch { // min and max mind NaN, which takes longer
	case bits <= a:
		return 0
	case bits < b:
		return (bits - a) / 8
	}
	return (b - a) / 8
}

func share(part, whole float32) float32 {
	switch {
	case whole <= 0:
		return 0
	case part < whole:
		return part / whole
	}
	return 1
}

func flag(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// doublings is the base-2 logarithm of a count, 0 for none.
func doublings(n int) float32 {
	if n < 2 {
		return 0
	}
	return log2(float32(n))
}

func (x *scratch) scoreDomain(c *scored, l *live) {
	q, f := &x.query, &c.feat
	if len(q.domains) == 0 {
		return
	}
	if x.provider {
		f[featDomainUnrelated] = flag(c.hits&hitDomain != 0)
		return
	}
	if c.hits&hitDomain != 0 {
		f[featDomainSame] = 1
		f[featDomainShared] = doublings(x.finder.keyed.domain)
		if q.named() {
			f[featDomainAlone] = f[featNameNone]
			f[featDomainFacing] = max(f[featNameFacing], f[featNamePlaces])
		}
		return
	}
	switch {
	case c.hits&hitStem != 0:
		f[featDomainStem] = 1
	case c.hits&hitStemName != 0:
		f[featDomainIsName] = 1
	case c.hits&hitStemInitials != 0:
		f[featDomainInitials] = 1
	case c.reading >= 0 && c.name.matched > 0:
		f[featDomainIsName], f[featDomainInitials] = x.stemLevel(c.bestRow, l)
	}
	switch {
	case l.heads[c.account].doms != 0:
		f[featDomainDiffers] = 1
		if f[featDomainStem]+f[featDomainIsName]+f[featDomainInitials] == 0 {
			f[featDomainOwn] = x.ownDomain
		}
	case x.finder.keyed.domain == 0:
		f[featDomainUnknown] = 1
	}
	if x.finder.keyed.domain > 0 {
		f[featDomainElsewhere] = 1
	}
}

// leadOwnsDomain is 1 when the lead's domain is its own company's name.
func (x *scratch) leadOwnsDomain() float32 {
	q := &x.query
	if !q.named() {
		return 0
	}
	r := &q.readings[0]
	var text [64]byte
	name := text[:0]
	for i := r.from; i < r.to && len(name)+len(q.words[i].text) <= len(text); i++ {
		name = append(name, q.words[i].text...)
	}
	return flag(prefixLevel(q.stemText, name))
}

// stemLevel says whether the lead's domain is the row's name, or its initials.
func (x *scratch) stemLevel(row uint32, l *live) (isName, initials float32) {
	var text [64]byte
	var first [16]byte
	name, init := text[:0], first[:0]
	for _, w := range l.rows.words(row) {
		if w.class() == classLegal || w.alt() {
			continue
		}
		word := x.snap.dict.word(w.id())
		if len(word) > 0 && len(init) < len(first) {
			init = append(init, word[0])
		}
		if len(name)+len(word) <= len(text) {
			name = append(name, word...)
		}
	}
	stem := x.query.stemText
	if len(init) >= 2 && string(init) == string(stem) {
		return 0, 1
	}
	return flag(prefixLevel(stem, name)), 0
}

// prefixLevel says whether the stem is the beginning of the name, or the name of the stem: "acme" of Acme Robotics,
// "acmerobotics" of Acme. Hyphens don't count.
func prefixLevel(stem, name []byte) bool {
	var buf [64]byte
	plain := buf[:0]
	for _, b := range stem[:min(len(stem), len(buf))] {
		if b != '-' {
			plain = append(plain, b)
		}
	}
	n := min(len(plain), len(name))
	return n >= 4 && string(plain[:n]) == string(name[:n])
}

func (x *scratch) scorePhone(c *scored, l *live) {
	f := &c.feat
	if x.query.phone.Hash == 0 {
		return
	}
	switch {
	case c.hits&hitPhone != 0:
		f[featPhoneSame] = 1
		f[featPhoneShared] = doublings(x.finder.keyed.phone)
		f[featPhoneAlone] = f[featNameNone]
	case c.hits&hitBlock != 0:
		f[featPhoneBlock] = 1
	case l.heads[c.account].phones != 0:
		f[featPhoneDiffers] = 1
	}
}

// scorePlace compares the lead's place with the nearest of the account's.
func (x *scratch) scorePlace(c *scored, l *live) {
	if at := l.nearest(c.account, &x.query.place); at != nil {
		c.at = *at
		placeFeatures(&c.feat, &x.query.place, at)
	}
}

// nearest returns the account's place that agrees best with the lead's; nil when it has none.
func (s *segment) nearest(account uint32, lead *place) (at *place) {
	var buf [1]uint32
	best := -1
	for _, i := range s.list(s.heads[account].locs, &buf) {
		if level := placeLevel(lead, &s.places[i]); level > best {
			best, at = level, &s.places[i]
		}
	}
	return at
}

// placeFeatures compares two places.
func placeFeatures(f *features, lead, at *place) {
	if lead.country != 0 && at.country != 0 {
		f[featCountrySame], f[featCountryDiffers] = flag(lead.country == at.country), flag(lead.country != at.country)
	}
	if lead.region != 0 && at.region != 0 {
		f[featRegionDiffers] = flag(lead.region != at.region)
	}
	if lead.city != 0 && at.city != 0 {
		f[featCitySame], f[featCityDiffers] = flag(lead.city == at.city), flag(lead.city != at.city)
	}
	if lead.postal != 0 && at.postal != 0 {
		f[featPostalSame] = flag(lead.postal == at.postal)
	}
	if lead.area != 0 && at.area != 0 && f[featPostalSame] == 0 {
		f[featAreaSame], f[featAreaDiffers] = flag(lead.area == at.area), flag(lead.area != at.area)
	}
}

func placeLevel(a, b *place) (level int) {
	if a.country != 0 && a.country == b.country {
		level++
	}
	if a.city != 0 && a.city == b.city {
		level += 2
	}
	if a.postal != 0 && a.postal == b.postal {
		level += 4
	} else if a.area != 0 && a.area == b.area {
		level++
	}
	return level
}

// scoreRivals fills in what the candidates say of each other.
func (x *scratch) scoreRivals() {
	exact := 0
	var crowd [maxCrowdBits + 1]int // candidates by how much of the name they match
	for i := range x.scored {
		c := &x.scored[i]
		if c.name.exact {
			exact++
		}
		crowd[crowdBits(c.name.matched)]++
	}
	for _, bits := range x.finder.passed {
		crowd[crowdBits(bits)]++
	}
	for b := maxCrowdBits; b > 0; b-- {
		crowd[b-1] += crowd[b]
	}
	for i := range x.scored {
		c := &x.scored[i]
		if c.name.matched > 0 {
			c.feat[featNameCrowd] = doublings(crowd[crowdBits(crowdShare*c.name.matched)])
		}
		if c.name.exact {
			c.feat[featNameSame] = doublings(max(exact, x.finder.keyed.name))
		} else if exact > 0 && c.reading >= 0 {
			c.feat[featNameRival] = 1
		}
	}
	if x.finder.keyed.domain > 0 && !x.provider {
		x.scoreFamilies()
	}
	if x.finder.keyed.domain > 1 {
		x.scoreSharers()
	}
}

// Candidates that match nearly as much of the name make a crowd: where the book has many companies of a name, the world
// has more.
const (
	crowdShare   = .8
	maxCrowdBits = 63
)

func crowdBits(matched float32) int { return int(min(max(matched, 0), maxCrowdBits)) }

// scoreSharers marks, of the accounts that share the lead's domain, those whose name is closest.
func (x *scratch) scoreSharers() {
	w := &x.snap.policy.weights
	best := float32(math.Inf(-1))
	for i := range x.scored {
		c := &x.scored[i]
		if !x.sharer(c) {
			continue
		}
		c.total = c.feat.dotKind(w, KindName) + c.feat.dotKind(w, KindLocation)
		best = max(best, c.total)
	}
	for i := range x.scored {
		c := &x.scored[i]
		c.feat[featDomainSharedName] = flag(x.sharer(c) && c.total == best)
	}
}

// sharer reports whether the candidate has the lead's domain, and a word of its name.
func (x *scratch) sharer(c *scored) bool {
	return c.feat[featDomainSame] > 0 && c.reading >= 0 && c.name.matched > 0
}
