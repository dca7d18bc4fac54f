package matcher

import (
	"cmp"
	"math/bits"
	"slices"
)

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

// keyEntry is a salted hash and the row or account under it. Until rows have their numbers, those have pooled set. The hash
// is in halves, as an entry would else be a third bigger: of all that is thrown away when a segment is done, entries are most.
type keyEntry struct{ high, low, value uint32 }

func (e *keyEntry) hash() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

func (e *keyEntry) sameHash(o *keyEntry) bool { return e.high == o.high && e.low == o.low }

func compareKeys(a, b keyEntry) int {
	if a.sameHash(&b) {
		return cmp.Compare(a.value, b.value)
	}
	return cmp.Compare(a.hash(), b.hash())
}

// keyEntries are entries by the first byte of their hash: those of one byte are sorted in the processor's cache.
type keyEntries [256]keyBlocks

// count returns how many entries there are.
func (k *keyEntries) count() (n int) {
	for i := range k {
		n += k[i].count()
	}
	return n
}

// keyBlocks are entries in blocks, so that adding one never copies all of them.
type keyBlocks struct {
	full [][]keyEntry
	last []keyEntry
}

const keyBlock = 4096 // entries

func (k *keyEntries) add(hash uint64, value uint32) {
	b := &k[hash>>56]
	if len(b.last) == keyBlock {
		b.full = append(b.full, b.last)
		b.last = make([]keyEntry, 0, keyBlock)
	}
	b.last = append(b.last, keyEntry{uint32(hash >> 32), uint32(hash), value})
}

// each calls f with each entry, which it may change.
func (k *keyEntries) each(f func(*keyEntry)) {
	for i := range k {
		k[i].each(f)
	}
}

// count returns how many entries there are.
func (b *keyBlocks) count() int { return len(b.full)*keyBlock + len(b.last) }

// each calls f with each entry, which it may change.
func (b *keyBlocks) each(f func(*keyEntry)) {
	for _, block := range b.full {
		for j := range block {
			f(&block[j])
		}
	}
	for j := range b.last {
		f(&b.last[j])
	}
}

// appendTo appends all entries.
func (b *keyBlocks) appendTo(list []keyEntry) []keyEntry {
	for _, block := range b.full {
		list = append(list, block...)
	}
	return append(list, b.last...)
}

// keySorter sorts the entries of keyBlocks, one after the other.
type keySorter struct {
	list []keyEntry // those of the blocks that were sorted last
	ends []uint32   // by the bits of the hash behind the first byte, as many as make one entry each, about
}

// sort sorts the entries. Hashes are spread evenly, so that each is put close to its place at once; what is left to sort is
// mostly a list that several accounts have.
func (s *keySorter) sort(b *keyBlocks) {
	n := b.count()
	width := min(bits.Len(uint(n)), 24)
	at := func(e *keyEntry) uint32 { return e.high << 8 >> (32 - width) }
	s.list = slices.Grow(s.list[:0], n)[:n]
	s.ends = slices.Grow(s.ends[:0], 1<<width+1)[:1<<width+1]
	clear(s.ends)
	b.each(func(e *keyEntry) { s.ends[at(e)+1]++ })
	for i := range s.ends[1:] {
		s.ends[i+1] += s.ends[i]
	}
	b.each(func(e *keyEntry) {
		s.list[s.ends[at(e)]] = *e
		s.ends[at(e)]++
	})
	from := uint32(0)
	for _, end := range s.ends[:1<<width] {
		if end-from > 1 {
			slices.SortFunc(s.list[from:end], compareKeys)
		}
		from = end
	}
	rest := s.list
	for _, block := range b.full {
		rest = rest[copy(block, rest):]
	}
	copy(b.last, rest)
}

// newKeyTable makes a table of the entries, and takes them away.
func newKeyTable(entries *keyEntries) keyTable {
	groups := 0
	var sorter keySorter
	for i := range entries {
		sorter.sort(&entries[i])
		list := sorter.list
		for j := range list {
			if j == 0 || !list[j].sameHash(&list[j-1]) {
				groups++
			}
		}
	}
	k := keyTable{table: newTable(groups)}
	list := sorter.list
	for i := range entries {
		list = entries[i].appendTo(list[:0])
		entries[i] = keyBlocks{}
		k.add(list)
	}
	k.pool = trim(k.pool)
	return k
}

// add adds sorted entries.
func (k *keyTable) add(entries []keyEntry) {
	for len(entries) > 0 {
		first, n := &entries[0], 1
		for n < len(entries) && entries[n].sameHash(first) {
			n++
		}
		if n == 1 {
			k.table.put(first.hash(), first.value)
		} else {
			k.table.put(first.hash(), pooled|uint32(len(k.pool)))
			k.list(entries[:n])
		}
		entries = entries[n:]
	}
}

// list adds a list to the pool, each value once.
func (k *keyTable) list(entries []keyEntry) {
	head := len(k.pool)
	k.pool = append(k.pool, 0)
	for i := range entries {
		if i == 0 || entries[i].value != entries[i-1].value {
			k.pool = append(k.pool, entries[i].value)
		}
	}
	k.pool[head] = uint32(len(k.pool) - head - 1)
}
