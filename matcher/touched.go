package matcher

import (
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// Change is an account or an override before and after a write; nil where it was not there.
type Change[T any] struct{ Was, Is *T }

// Touched is the cells of a book that changes have changed, by what they are cells of.
type Touched struct {
	All   bool // the number of accounts has moved by a step, which tells in every decision
	Cells [NumCellKinds][]uint32
}

// CellKind is what a cell is a cell of.
type CellKind uint8

// The kinds of cells.
const (
	CellKey      CellKind = iota // the accounts that have a domain, name, initials, phone number
	CellList                     // the rows that have a word
	CellWord                     // about how many accounts have a word, and how rare that makes it
	CellTypo                     // the words that are one letter away
	CellRecord                   // owner, parent, labels, numbers, and how the name is written
	CellOverride                 // the overrides under a key
	NumCellKinds
)

// String is what people call what has changed.
func (k CellKind) String() string { return cellKinds[k] }

var cellKinds = [NumCellKinds]string{"keys", "lists", "words", "spellings", "records", "overrides"}

// toucher finds the cells that changes touch. It goes back in time from a snapshot.
type toucher struct {
	Touched
	snap     *Snapshot
	parser   parser
	was, is  columns
	counts   map[uint64]uint32 // accounts that have a word, of the words that have come by, before the changes seen so far
	accounts int
	domain   normalize.Domain
	name     normalize.Name
}

// Touched returns the cells that changes have touched, in their order, the last of which led to the snapshot. A change of
// the policy touches all decisions; it is not among them. A lead is decided as it was unless what it has read and what was
// touched since have a cell in common.
func (s *Snapshot) Touched(accounts []Change[Account], overrides []Change[Override]) *Touched {
	t := &toucher{snap: s, counts: map[uint64]uint32{}, accounts: s.accounts}
	for i := len(accounts) - 1; i >= 0; i-- {
		t.account(accounts[i].Was, accounts[i].Is)
	}
	for i := range overrides {
		t.override(overrides[i].Was)
		t.override(overrides[i].Is)
	}
	for k := range t.Cells {
		slices.Sort(t.Cells[k])
		t.Cells[k] = slices.Compact(t.Cells[k])
	}
	return &t.Touched
}

func (t *toucher) touch(k CellKind, hash uint64) { t.Cells[k] = append(t.Cells[k], cell(hash)) }

func (t *toucher) account(was, is *Account) {
	t.was.reset()
	t.is.reset()
	for _, v := range [...]struct {
		a    *Account
		c    *columns
		more int
	}{{was, &t.was, 1}, {is, &t.is, -1}} {
		if v.a == nil {
			continue
		}
		t.parser.account(v.c, v.a)
		t.touch(CellRecord, hashID(v.a.ID)^saltRecord)
		t.countAccounts(v.more)
	}
	if t.was.same(&t.is) {
		return
	}
	t.columns(&t.was)
	t.columns(&t.is)
	t.countWords(&t.is, &t.was, -1)
	t.countWords(&t.was, &t.is, 1)
}

// same reports whether two accounts are the same but for their records.
func (c *columns) same(d *columns) bool {
	return slices.Equal(c.rows, d.rows) && slices.Equal(c.words, d.words) &&
		slices.Equal(c.doms, d.doms) && slices.Equal(c.phones, d.phones) && slices.Equal(c.places, d.places)
}

// columns touches all that the account is found by.
func (t *toucher) columns(c *columns) {
	for i := range c.rows {
		r := &c.rows[i]
		t.key(r.key, saltName)
		t.key(r.full, saltName)
		t.key(r.acronym[0], saltAcronym)
		t.key(r.acronym[1], saltAcronym)
	}
	for _, d := range c.doms {
		t.key(d[0], saltDomain)
		t.key(d[1], saltStem)
	}
	for _, p := range c.phones {
		t.key(p[0], saltPhone)
		t.key(p[1], saltBlock)
	}
	for i := range c.words {
		if w := &c.words[i]; w.packed.class() != classLegal {
			t.touch(CellList, w.hash^saltList)
		}
	}
}

func (t *toucher) key(hash, salt uint64) {
	if hash != 0 {
		t.touch(CellKey, hash^salt)
	}
}

// countAccounts goes back over an account that came, or went.
func (t *toucher) countAccounts(more int) {
	before := rarity(t.accounts)
	t.accounts += more
	t.All = t.All || rarity(t.accounts) != before
}

// countWords goes back over the words of one version of an account that another has not.
func (t *toucher) countWords(of, not *columns, more int) {
	rest := of.text
	for i := range of.words {
		w := &of.words[i]
		text := take(&rest, w.text)
		if w.packed.class() == classLegal || hasWord(of.words[:i], w.hash) || hasWord(not.words, w.hash) {
			continue
		}
		t.countWord(w.hash, text, more)
	}
}

func hasWord(words []readWord, hash uint64) bool {
	return slices.ContainsFunc(words, func(w readWord) bool { return w.hash == hash && w.packed.class() != classLegal })
}

func (t *toucher) countWord(hash uint64, text []byte, more int) {
	count, ok := t.counts[hash]
	if !ok {
		if id := t.snap.dict.find(hash); id != noWord {
			count = t.snap.dict.count(id)
		}
	}
	before := uint32(int(count) + more)
	t.counts[hash] = before
	if about(before) == about(count) {
		return
	}
	t.touch(CellWord, hash^saltCount)
	world := worldRarity(hash)
	if t.snap.rarity.bits(about(before), world, classCore) != t.snap.rarity.bits(about(count), world, classCore) {
		t.touch(CellWord, hash^saltRarity)
	}
	if (before == 0 || count == 0) && typoTolerant(text) {
		var buf [maxTypoLen + 1]uint64
		for _, k := range typoKeys(buf[:0], text) {
			t.touch(CellTypo, k)
		}
	}
}

func (t *toucher) override(o *Override) {
	if o == nil {
		return
	}
	if key, ok := o.key(&t.domain, &t.name); ok {
		t.touch(CellOverride, key.hash())
	}
}
