package matcher

import "slices"

// chunk is a run of accounts: their records, and what a parser has read in them.
type chunk struct {
	arena  []byte
	recEnd []uint32 // in units of recordAlign
	columns
}

// columns are what a parser read in accounts' records, of one account behind the other, flat so that passing it on costs no
// garbage. It follows from the records alone.
type columns struct {
	accounts []readAccount
	rows     []readRow
	words    []readWord
	text     []byte
	doms     [][2]uint64 // identity, stem
	phones   [][2]uint64 // identity, block
	places   []place
}

// readAccount says how much of the columns is an account's.
type readAccount struct {
	idHash                                  uint64
	rows, words, text, doms, phones, places uint32
}

type readRow struct {
	key, full uint64    // see fullKey
	acronym   [2]uint64 // short, all
	words     uint32    // how many it has
	source    uint8
}

type readWord struct {
	hash   uint64
	text   uint32  // how long it is
	packed rowWord // without number
}

// add adds an account's record to the chunk.
func (c *chunk) add(a *Account) {
	c.arena = appendRecord(c.arena, a)
	c.recEnd = append(c.recEnd, uint32(len(c.arena)/recordAlign))
}

// addRecord adds a record as it is.
func (c *chunk) addRecord(r record) {
	c.arena = append(c.arena, r...)
	c.recEnd = append(c.recEnd, uint32(len(c.arena)/recordAlign))
}

func (c *chunk) reset() {
	c.arena, c.recEnd = c.arena[:0], c.recEnd[:0]
	c.columns.reset()
}

func (c *columns) reset() {
	*c = columns{c.accounts[:0], c.rows[:0], c.words[:0], c.text[:0], c.doms[:0], c.phones[:0], c.places[:0]}
}

func (c *columns) addWord(hash uint64, text []byte, packed rowWord) {
	c.text = append(c.text, text...)
	c.words = append(c.words, readWord{hash, uint32(len(text)), packed})
}

// since is the entry of an account that was read since the columns were as before.
func (c *columns) since(before *columns, idHash uint64) readAccount {
	return readAccount{
		idHash,
		grown(c.rows, before.rows), grown(c.words, before.words), grown(c.text, before.text),
		grown(c.doms, before.doms), grown(c.phones, before.phones), grown(c.places, before.places),
	}
}

func grown[T any](now, before []T) uint32 { return uint32(len(now) - len(before)) }

// take returns the first account, and cuts it off.
func (c *columns) take() columns {
	a := &c.accounts[0]
	return columns{
		take(&c.accounts, 1), take(&c.rows, a.rows), take(&c.words, a.words), take(&c.text, a.text),
		take(&c.doms, a.doms), take(&c.phones, a.phones), take(&c.places, a.places),
	}
}

// take takes the first n items off.
func take[T any](list *[]T, n uint32) (first []T) {
	first, *list = (*list)[:n], (*list)[n:]
	return first
}

// append adds all accounts of other columns.
func (c *columns) append(o *columns) {
	c.accounts = append(c.accounts, o.accounts...)
	c.rows = append(c.rows, o.rows...)
	c.words = append(c.words, o.words...)
	c.text = append(c.text, o.text...)
	c.doms = append(c.doms, o.doms...)
	c.phones = append(c.phones, o.phones...)
	c.places = append(c.places, o.places...)
}

// addLive adds the live accounts of a segment, and what was read in them where that was kept.
func (c *chunk) addLive(l *live) {
	for r := range l.records() {
		c.addRecord(r)
	}
	if l.read == nil {
		return
	}
	rest := *l.read
	for a := range uint32(l.accounts()) {
		if one := rest.take(); !l.isDead(a) {
			c.append(&one)
		}
	}
}

// clone returns a copy that takes no more room than it needs.
func (c *columns) clone() *columns {
	return &columns{
		slices.Clone(c.accounts), slices.Clone(c.rows), slices.Clone(c.words), slices.Clone(c.text),
		slices.Clone(c.doms), slices.Clone(c.phones), slices.Clone(c.places),
	}
}

func (c *columns) bytes() int {
	if c == nil {
		return 0
	}
	return 32*len(c.accounts) + 40*len(c.rows) + 16*len(c.words) + len(c.text) + 16*(len(c.doms)+len(c.phones)) + 20*len(c.places)
}
