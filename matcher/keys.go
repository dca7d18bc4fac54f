package matcher

import (
	"cmp"
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
		n += len(k[i].full)*keyBlock + len(k[i].last)
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
		for _, block := range k[i].full {
			for j := range block {
				f(&block[j])
			}
		}
		for j := range k[i].last {
			f(&k[i].last[j])
		}
	}
}

// appendTo appends all entries.
func (b *keyBlocks) appendTo(list []keyEntry) []keyEntry {
	for _, block := range b.full {
		list = append(list, block...)
	}
	return append(list, b.last...)
}

// sort sorts the entries, by way of a list that may be reused, and returns it.
func (b *keyBlocks) sort(list []keyEntry) []keyEntry {
	list = b.appendTo(list[:0])
	slices.SortFunc(list, compareKeys)
	rest := list
	for _, block := range b.full {
		rest = rest[copy(block, rest):]
	}
	copy(b.last, rest)
	return list
}

// newKeyTable makes a table of the entries, and takes them away.
func newKeyTable(entries *keyEntries) keyTable {
	groups := 0
	var list []keyEntry
	for i := range entries {
		list = entries[i].sort(list)
		for j := range list {
			if j == 0 || !list[j].sameHash(&list[j-1]) {
				groups++
			}
		}
	}
	k := keyTable{table: newTable(groups)}
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
