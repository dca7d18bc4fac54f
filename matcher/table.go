package matcher

import "math/bits"

// table maps 64-bit hashes to numbers by open addressing with linear probing, in one pointer-free slice. A slot holds
// the low half of the hash and the number plus one; the high half chooses the slot, so a false hit needs some 50 equal
// bits. A hash may be put several times: a look-up then yields each number. It is read-only once built.
type table struct {
	slots []uint64
	used  int
}

// tableLoad is the share of slots that are filled, in percent. 70 was the knee between probes and bytes.
const tableLoad = 70

func newTable(entries int) table {
	return table{slots: make([]uint64, entries*100/tableLoad+1)}
}

func (t *table) home(hash uint64) int {
	hi, _ := bits.Mul64(hash, uint64(len(t.slots)))
	return int(hi)
}

func (t *table) put(hash uint64, value uint32) {
	i := t.home(hash)
	for t.slots[i] != 0 {
		if i++; i == len(t.slots) {
			i = 0
		}
	}
	t.slots[i] = hash<<32 | uint64(value+1)
	t.used++
}

// farApart is how many hashes are put in the order of where they belong: of fewer, the slots are in the processor's cache.
const farApart = 1 << 16

// putAll puts about n hashes, those that each gives it. Ones that are equal stay in their order.
func (t *table) putAll(n int, each func(put func(hash uint64, value uint32))) {
	if n < farApart {
		each(t.put)
		return
	}
	var entries keyEntries
	each(entries.add)
	for i := range entries {
		entries[i].each(func(e *keyEntry) { t.put(e.hash(), e.value) })
		entries[i] = keyBlocks{}
	}
}

// first returns the first number put under the hash.
func (t *table) first(hash uint64) (value uint32, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	if Counting {
		probed.lookups++
	}
	for i := t.home(hash); ; {
		if Counting {
			probed.slots++
		}
		s := t.slots[i]
		if s == 0 {
			return 0, false
		}
		if s>>32 == hash&0xffffffff {
			return uint32(s) - 1, true
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
}

// prefetch asks for the slot where a search for the hash begins.
func (t *table) prefetch(hash uint64) {
	if len(t.slots) > 0 {
		prefetch(&t.slots[t.home(hash)])
	}
}

// each appends the numbers put under the hash to dst, at most limit of them.
func (t *table) each(dst []uint32, hash uint64, limit int) []uint32 {
	if len(t.slots) == 0 {
		return dst
	}
	if Counting {
		probed.lookups++
	}
	for i := t.home(hash); limit > 0; {
		if Counting {
			probed.slots++
		}
		s := t.slots[i]
		if s == 0 {
			return dst
		}
		if s>>32 == hash&0xffffffff {
			dst = append(dst, uint32(s)-1)
			limit--
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
	return dst
}

func (t *table) bytes() int { return 8 * len(t.slots) }
