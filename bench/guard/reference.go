package main

import (
	"encoding/binary"
	"slices"
)

// reference is fixed work of the kinds that a match is made of, because what else runs on the machine does not slow all
// kinds down alike: letters are read one by one, numbers sorted, things looked up in a table about as big as the index.
type reference struct {
	table   []uint64
	text    [256]byte
	numbers [64]uint32
	counts  [256]uint32
	sum     uint64 // kept so that the compiler keeps what made it
}

const (
	tableBits = 20 // 8 MiB
	passes    = 8  // of a turn
)

func newReference() *reference {
	r := &reference{table: make([]uint64, 1<<tableBits)}
	x := uint64(1)
	for i := range r.table {
		x = next(x)
		r.table[i] = x
	}
	return r
}

func next(x uint64) uint64 { return x*6364136223846793005 + 1442695040888963407 }

// turn does one unit of the work; the same one for the same number.
func (r *reference) turn(number uint64) {
	x := number + 1
	for range passes {
		for i := range r.numbers {
			x = next(x)
			v := r.table[x>>(64-tableBits)]
			r.numbers[i] = uint32(v >> 32)
			binary.LittleEndian.PutUint32(r.text[4*i:], uint32(v))
		}
		r.read()
		slices.Sort(r.numbers[:])
		for i, n := range r.numbers {
			r.sum += uint64(n) >> (i & 7)
		}
	}
}

// read reads the text as a name is read: words are told apart, letters folded, and each is counted.
func (r *reference) read() {
	hash, weight := uint64(1469598103934665603), float32(0)
	for _, c := range r.text {
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c < '0':
			weight += float32(r.counts[c]) * .125
			r.sum += hash
			hash = 1469598103934665603
			continue
		}
		r.counts[c]++
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	r.sum += hash + uint64(weight)
}
