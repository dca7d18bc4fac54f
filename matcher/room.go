package matcher

import "fmt"

// extent is how much of a book there is, of all that has a bound.
type extent struct {
	accounts int64 // dead ones, too, as long as they are there
	records  int64 // bytes
	cells    int64 // rows and their words
	keys     int64 // what accounts are found by, each once an account, or a little more
	lists    int64 // numbers in lists of an account's rows, domains, phones and places
	words    int64
	text     int64 // bytes of the words
}

// most is where the numbers end that a book is built of.
var most = extent{
	accounts: 1 << ownerBits,
	records:  recordAlign << 32,
	cells:    pooled,
	keys:     pooled / 3 * 2, // in lists with their lengths
	lists:    pooled,
	words:    1 << rowWordBits,
	text:     1 << 32,
}

// FullError says that a book cannot hold as much.
type FullError struct {
	What string // "accounts", "bytes of records", …
	Most int64  // how many there is room for
}

// Error is for people.
func (e *FullError) Error() string {
	return fmt.Sprintf("an index holds no more than %d %s", e.Most, e.What)
}

// within returns a *FullError where there is more of something than so many sixteenths of the most.
func (e extent) within(sixteenths int) error {
	for _, x := range [...]struct {
		what       string
		have, most int64
	}{
		{"accounts", e.accounts, most.accounts},
		{"bytes of records", e.records, most.records},
		{"names and words of them", e.cells, most.cells},
		{"keys", e.keys, most.keys},
		{"further names, domains, phones and places", e.lists, most.lists},
		{"distinct words", e.words, most.words},
		{"bytes of distinct words", e.text, most.text},
	} {
		if limit := x.most / 16 * int64(sixteenths); x.have > limit {
			return &FullError{x.what, limit}
		}
	}
	return nil
}

// Full returns a [*FullError] when the book has come so near to what an index can hold that nothing should be added to it: to 15
// sixteenths. The rest is room for what is on its way. It costs nothing, and is to be asked before accounts are stored that
// [Index.Apply] is to be given, which cannot refuse them.
func (s *Snapshot) Full() error { return s.extent().within(15) }

// Room returns a [*FullError] where an index should not be given so many accounts, with records of so many bytes in all. What else
// has a bound, as names and words, is known only once they are read: [Index.Replace] says it.
func Room(accounts, bytes int) error {
	return extent{accounts: int64(accounts), records: int64(bytes)}.within(15)
}

func (s *Snapshot) extent() extent {
	e := s.dict.extent()
	for i := range s.segs {
		seg := s.segs[i].segment
		e.accounts += int64(len(seg.heads))
		e.records += int64(len(seg.arena))
		e.cells += int64(len(seg.rows.cells))
		e.keys += int64(seg.keys.table.used + len(seg.keys.pool))
		e.lists += int64(len(seg.pool))
	}
	return e
}

func (d *dict) extent() (e extent) {
	e.words = int64(d.words)
	for _, l := range d.layers {
		e.text += int64(len(l.text))
	}
	return e
}

// with returns how much of all there is at the most once the chunk is added.
func (b *builder) with(c *chunk) extent {
	e := b.words.dict.extent()
	e.accounts = int64(len(b.seg.heads) + len(c.recEnd))
	e.records = int64(len(b.seg.arena) + len(c.arena))
	e.cells = int64(len(b.rows) + len(b.cells) + len(c.rows) + len(c.words))
	e.keys = int64(b.keys.count() + 4*len(c.rows) + 2*len(c.doms) + 2*len(c.phones))
	e.lists = int64(len(b.seg.pool) + len(c.rows) + len(c.doms) + len(c.phones) + len(c.places) + 4*len(c.recEnd))
	e.words += int64(len(b.words.layer.hashes) + len(c.words))
	e.text += int64(len(b.words.layer.text) + len(c.text))
	return e
}
