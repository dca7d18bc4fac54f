package matcher

import (
	"encoding/binary"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// segment is an immutable set of accounts in columns, made by builder.finish. Accounts are numbered from 0 within it.
type segment struct {
	// Accounts.
	arena  []byte // records, see record.go
	ids    table  // hash of the account id → account
	heads  []accountHead
	pool   []uint32 // see shortList
	places []place

	domains int // accounts' domains in all

	rows rows // one for each name that an account has

	posts postings // word → rows
	keys  keyTable // salted hash of a name, acronym, domain, … → rows or accounts

	read *columns // what was read in the accounts, of a segment that writers may merge with the next; nil: it was not kept
}

// accountHead is what is known of an account, in one place: most of it is asked for at once, and whatever is asked for
// first of an account is far away.
type accountHead struct {
	end    uint32    // of its record, in units of recordAlign
	tie    uint32    // hash of its id: an order of accounts that does not depend on where they are
	rows   shortList // its rows
	doms   shortList // low halves of its domains' hashes
	phones shortList // low halves of its phones' hashes
	locs   shortList // its places
}

// place is where an account is, as normalized, without the postal code's full form.
type place struct {
	country normalize.Country
	region  uint32
	city    uint32
	postal  uint32
	area    uint32
}

// inHugePages moves what a search reads of a segment of many accounts to huge pages: of several hundred MB that are read here and there,
// small ones are hardly ever among those whose place the processor remembers. Of records few are read, and ids are not.
func (s *segment) inHugePages() {
	inHugePages(s.heads)
	inHugePages(s.pool)
	inHugePages(s.places)
	inHugePages(s.rows.cells)
	inHugePages(s.posts.dense)
	inHugePages(s.posts.rows)
	inHugePages(s.keys.table.slots)
	inHugePages(s.keys.pool)
}

func (s *segment) accounts() int { return len(s.heads) }

// shortList is a list of numbers below 1<<31. Most have none or one, which is held in place; the others are in the
// segment's pool behind their length. 0: none; n+1: n alone; pooled|i: pool[i] numbers from pool[i+1].
type shortList uint32

const pooled = 1 << 31

// newList puts a list into the pool if it has to.
func (s *segment) newList(items []uint32) shortList {
	switch {
	case len(items) == 0:
		return 0
	case len(items) == 1 && items[0] < pooled-1:
		return shortList(items[0] + 1)
	}
	head := shortList(pooled | uint32(len(s.pool)))
	s.pool = append(append(s.pool, uint32(len(items))), items...)
	return head
}

// list returns the numbers of a list. One that is held in place is put into buf.
func (s *segment) list(l shortList, buf *[1]uint32) []uint32 {
	switch {
	case l == 0:
		return nil
	case l < pooled:
		buf[0] = uint32(l) - 1
		return buf[:]
	}
	i := uint32(l) &^ pooled
	return s.pool[i+1 : i+1+s.pool[i]]
}

// postings holds the rows that have a word, in ascending order. A segment that has most of the book's words finds them
// by number, a small one by hash.
type postings struct {
	dense  []uint32 // end of each word's rows, by number; nil when sparse
	sparse table    // mixed number → index into ends
	ends   []uint32
	rows   []uint32
}

func (p *postings) get(id uint32) []uint32 {
	ends, i := p.dense, id
	if ends == nil {
		k, ok := p.sparse.first(mix(uint64(id)))
		if !ok {
			return nil
		}
		ends, i = p.ends, k
	}
	if int(i) >= len(ends) {
		return nil
	}
	from := uint32(0)
	if i > 0 {
		from = ends[i-1]
	}
	return p.rows[from:ends[i]]
}

// prefetch asks for where the word's rows are, of a big segment; small ones are mostly in the cache.
func (p *postings) prefetch(id uint32) {
	if int(id) < len(p.dense) {
		prefetch(&p.dense[id])
	}
}

// prefetchList asks for the first of the word's rows, likewise.
func (p *postings) prefetchList(id uint32) {
	if p.dense == nil {
		return
	}
	if list := p.get(id); len(list) > 0 {
		prefetch(&list[0])
	}
}

// record is an account's record in the arena. Its layout: for each field of Account in order, a varint count where it
// is a list or a map, and a varint length before each text; numbers are eight bytes. Texts that are taken from it share
// its memory and stay valid.
type record []byte

func (s *segment) record(a uint32) record {
	from := uint64(0)
	if a > 0 {
		from = uint64(s.heads[a-1].end) * recordAlign
	}
	return record(s.arena[from : uint64(s.heads[a].end)*recordAlign])
}

// recordAlign is the unit of a record's end: it lets 32 bits reach 16 GiB of records.
const recordAlign = 4

// text shares b's memory. It is valid as long as b is not written to, and the arena never is.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (r record) next() (string, record) {
	n, k := binary.Uvarint(r)
	return text(r[k : k+int(n)]), r[k+int(n):]
}

func (r record) id() string {
	s, _ := r.next()
	return s
}

func hashID(id string) uint64 { return xxhash.Sum64String(id) }
