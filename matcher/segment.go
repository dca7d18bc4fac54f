package matcher

import (
	"encoding/binary"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// segment is an immutable set of accounts in columns, made by builder.finish. Accounts and rows (one for each name that
// an account has) are numbered from 0 within it. Rows are in ascending order of weight, so that the rows that may fit a
// lead of a certain weight lie together in every posting list.
type segment struct {
	// Accounts.
	arena  []byte   // records, see record.go
	ends   []uint32 // end of each account's record, in units of recordAlign
	ids    table    // hash of the account id → account
	rows   lists    // account → its rows
	doms   lists    // account → low halves of its domains' hashes
	phones lists    // account → low halves of its phones' hashes
	locs   lists    // account → places
	tie    []uint32 // hash of the account id: an order of accounts that does not depend on where they are
	places []place

	domains int // numbers in doms

	// Rows.
	owner   []uint32 // account of the row
	source  []uint8  // Source of the row, and rowPart
	size    []uint8  // words of the row that are not legal forms
	weight  []uint16 // sum of staticBits of the row's words, in 1/16 bit
	wordEnd []uint32 // end of the row's words
	words   []rowWord

	posts postings // word → rows
	keys  keyTable // salted hash of a name, acronym, domain, … → rows or accounts
}

// place is where an account is, as normalized, without the postal code's full form.
type place struct {
	country normalize.Country
	region  uint32
	city    uint32
	postal  uint32
	area    uint32
}

// rowWord is one word of a row: its number in the dict or its legal form in the low 26 bits, then its class and flags.
type rowWord uint32

const (
	rowWordBits  = 26
	rowWordMask  = 1<<rowWordBits - 1
	rowClassMask = 7
	rowAlt       = 1 << 29 // a second spelling of the word before
	rowParens    = 1 << 30 // stood in parentheses
)

// rowClass is a class as rows hold it: the classes that are evidence.
type rowClass uint32

const (
	classCore rowClass = iota
	classGeneric
	classSector
	classPlace
	classNumber
	classLegal
	numClasses
)

func (w rowWord) id() uint32      { return uint32(w) & rowWordMask }
func (w rowWord) class() rowClass { return rowClass(w >> rowWordBits & rowClassMask) }
func (w rowWord) alt() bool       { return w&rowAlt != 0 }

func (s *segment) accounts() int { return len(s.ends) }

func (s *segment) rowWords(row uint32) []rowWord {
	from := uint32(0)
	if row > 0 {
		from = s.wordEnd[row-1]
	}
	return s.words[from:s.wordEnd[row]]
}

func (s *segment) bytes() int {
	return len(s.arena) + 4*len(s.ends) + s.ids.bytes() +
		s.rows.bytes() + s.doms.bytes() + s.phones.bytes() + s.locs.bytes() + 20*len(s.places) +
		4*len(s.tie) + 4*len(s.owner) + len(s.source) + len(s.size) + 2*len(s.weight) + 4*len(s.wordEnd) + 4*len(s.words) +
		s.posts.bytes() + s.keys.bytes()
}

// lists holds a short list of numbers below 1<<31 for each account. Most have none or one, which is held in place; the
// others are in the pool behind their length.
type lists struct {
	heads []uint32 // 0: none; n+1: n alone; pooled|i: pool[i] numbers from pool[i+1]
	pool  []uint32
}

const pooled = 1 << 31

func (l *lists) add(items []uint32) {
	switch {
	case len(items) == 0:
		l.heads = append(l.heads, 0)
	case len(items) == 1 && items[0] < pooled-1:
		l.heads = append(l.heads, items[0]+1)
	default:
		l.heads = append(l.heads, pooled|uint32(len(l.pool)))
		l.pool = append(append(l.pool, uint32(len(items))), items...)
	}
}

// get returns the account's numbers. One that is held in place is put into buf.
func (l *lists) get(a uint32, buf *[1]uint32) []uint32 {
	h := l.heads[a]
	switch {
	case h == 0:
		return nil
	case h < pooled:
		buf[0] = h - 1
		return buf[:]
	}
	i := h &^ pooled
	return l.pool[i+1 : i+1+l.pool[i]]
}

func (l *lists) bytes() int { return 4*len(l.heads) + 4*len(l.pool) }

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

func (p *postings) bytes() int {
	return 4*len(p.dense) + p.sparse.bytes() + 4*len(p.ends) + 4*len(p.rows)
}

// keyTable maps salted hashes to lists of rows or accounts. A list of one is held in the table itself.
type keyTable struct {
	table table
	pool  []uint32 // lists of two or more behind their length
}

func (k *keyTable) get(hash uint64, buf *[1]uint32) []uint32 {
	v, ok := k.table.first(hash)
	switch {
	case !ok:
		return nil
	case v < pooled:
		buf[0] = v
		return buf[:]
	}
	i := v &^ pooled
	return k.pool[i+1 : i+1+k.pool[i]]
}

func (k *keyTable) bytes() int { return k.table.bytes() + 4*len(k.pool) }

// record is an account's record in the arena. Its layout: for each field of Account in order, a varint count where it
// is a list or a map, and a varint length before each text; numbers are eight bytes. Texts that are taken from it share
// its memory and stay valid.
type record []byte

func (s *segment) record(a uint32) record {
	from := uint64(0)
	if a > 0 {
		from = uint64(s.ends[a-1]) * recordAlign
	}
	return record(s.arena[from : uint64(s.ends[a])*recordAlign])
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
