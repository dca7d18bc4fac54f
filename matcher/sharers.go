package matcher

import "slices"

// What the accounts that have the lead's domain say of it: a family's, a provider's, or the parent's.

const (
	manySharers = 6  // accounts that have a domain before it is asked whether they are one family
	askSharers  = 16 // of them, how many are looked at
	familyShare = 3  // one in so many of a family's names have a word in common, or are what the domain spells
)

// wordCount is how many of the sharers have a word, and the last of them.
type wordCount struct {
	id    uint32
	count int
	last  int
}

// unrelated reports whether the accounts that have the lead's domain have nothing else in common: no distinctive word in
// their names, and no names that the domain spells. It is a provider's, then, though no list says so.
func (x *scratch) unrelated(found []candidate) bool {
	if x.finder.keyed.domain < manySharers {
		return false
	}
	x.sharerWords = x.sharerWords[:0]
	sharers, spelled, most := 0, 0, 0
	for i := range found {
		if c := &found[i]; c.hits&hitDomain != 0 && sharers < askSharers {
			sharers++
			if c.hits&(hitNameStem|hitStemName) != 0 || x.spells(c) {
				spelled++
			}
			most = max(most, x.countWords(c, sharers))
		}
	}
	return sharers >= manySharers && familyShare*max(most, spelled) < sharers
}

// countWords counts each distinctive word of the account's names once, and returns the highest count.
func (x *scratch) countWords(c *candidate, sharer int) (most int) {
	l := &x.snap.segs[c.seg]
	var buf [1]uint32
	for _, row := range l.list(l.heads[c.account].rows, &buf) {
		for _, w := range l.rows.words(row) {
			if w.class() != classCore && w.class() != classPlace || w.alt() {
				continue
			}
			of := x.sharerWord(w.id())
			if of.last != sharer {
				of.last = sharer
				of.count++
			}
			most = max(most, of.count)
		}
	}
	return most
}

func (x *scratch) sharerWord(id uint32) *wordCount {
	for i := range x.sharerWords {
		if x.sharerWords[i].id == id {
			return &x.sharerWords[i]
		}
	}
	if len(x.sharerWords) == maxSharerWords { // of accounts with many aliases: the last one makes room
		x.sharerWords = x.sharerWords[:maxSharerWords-1]
	}
	x.sharerWords = append(x.sharerWords, wordCount{id: id})
	return &x.sharerWords[len(x.sharerWords)-1]
}

// maxSharerWords bounds the words that are counted.
const maxSharerWords = 128

// spells reports whether the lead's domain spells the account's name.
func (x *scratch) spells(c *candidate) bool {
	l := &x.snap.segs[c.seg]
	var buf [1]uint32
	rows := l.list(l.heads[c.account].rows, &buf)
	if len(rows) == 0 {
		return false
	}
	isName, initials := x.stemLevel(rows[0], l)
	return isName+initials > 0
}

// scoreFamilies takes back that the domain differs where it is that of another account of the same family, which people
// of a subsidiary often write from.
func (x *scratch) scoreFamilies() {
	var buf [askSharers]string
	var families []string // of those that have the domain; most leads have no use for them
	for i := range x.scored {
		c := &x.scored[i]
		if !c.name.exact || c.hits&hitDomain != 0 {
			continue
		}
		if families == nil {
			families = x.domainFamilies(buf[:0])
		}
		if slices.Contains(families, x.ancestor(c)) {
			f := &c.feat
			f[featDomainFamily], f[featDomainDiffers], f[featDomainElsewhere], f[featDomainOwn] = 1, 0, 0, 0
		}
	}
}

// domainFamilies appends the ancestors of the candidates that have the lead's domain, as many as there is room for.
func (x *scratch) domainFamilies(dst []string) []string {
	for i := range x.scored {
		if c := &x.scored[i]; c.hits&hitDomain != 0 && len(dst) < cap(dst) {
			dst = append(dst, x.ancestor(c))
		}
	}
	return dst
}
