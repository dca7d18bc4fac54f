package matcher

import "slices"

// rows are the names of a segment's accounts, one behind the other: each is a head, which says whose it is, and its words, the
// last of which is marked. A row's number is the place of its head, so that all that is asked of a row lies together. They
// are in ascending order of weight: those that may fit a lead of a certain weight lie together in every posting list.
type rows struct {
	cells   []rowWord
	count   int
	weights weights
}

// rowWord is one word of a row: its number in the dict or its legal form in the low 26 bits, then its class and flags. The
// head of a row is the account in the low 28 bits, then Source and rowPart.
type rowWord uint32

const (
	rowWordBits  = 26
	rowWordMask  = 1<<rowWordBits - 1
	rowClassMask = 7
	rowAlt       = 1 << 29 // a second spelling of the word before
	rowParens    = 1 << 30 // stood in parentheses
	rowLast      = 1 << 31 // last word of its row

	ownerBits = 28
	rowPart   = 1 << 3 // the row is a part of the name: "Roadrunner" of "Acme LLC dba Roadrunner"
)

// rowClass is a class as rows hold it: the classes that are evidence.
type rowClass uint32

const (
	classCore rowClass = iota
	classGeneric
	classSide // a point of the compass, upper, lower: names that differ by one are sisters'
	classSector
	classPlace
	classNumber
	classLegal
	numClasses
)

func (w rowWord) id() uint32      { return uint32(w) & rowWordMask }
func (w rowWord) class() rowClass { return rowClass(w >> rowWordBits & rowClassMask) }
func (w rowWord) alt() bool       { return w&rowAlt != 0 }

func newRowHead(owner uint32, source uint8) rowWord {
	return rowWord(owner | uint32(source)<<ownerBits)
}

func (r *rows) owner(row uint32) uint32 { return uint32(r.cells[row]) & (1<<ownerBits - 1) }

func (r *rows) source(row uint32) Source { return Source(r.cells[row]>>ownerBits) &^ rowPart }

func (r *rows) isPart(row uint32) bool { return r.cells[row]>>ownerBits&rowPart != 0 }

// words returns the row's words, one at least.
func (r *rows) words(row uint32) []rowWord {
	from := row + 1
	to := from
	for r.cells[to]&rowLast == 0 {
		to++
	}
	return r.cells[from : to+1]
}

// prefetch asks for the row: its head and its first words.
func (r *rows) prefetch(row uint32) {
	prefetch(&r.cells[row])
	prefetch(&r.cells[min(int(row)+firstWords, len(r.cells)-1)])
}

// firstWords is where most rows end.
const firstWords = 5

// add appends a row.
func (r *rows) add(head rowWord, words []rowWord, weight uint16) (row uint32) {
	row = uint32(len(r.cells))
	r.cells = append(append(r.cells, head), words...)
	r.cells[len(r.cells)-1] |= rowLast
	r.weights.add(row, weight)
	r.count++
	return row
}

// each calls f with each row.
func (r *rows) each(f func(row uint32, words []rowWord)) {
	for row := uint32(0); int(row) < len(r.cells); {
		words := r.words(row)
		f(row, words)
		row += 1 + uint32(len(words))
	}
}

func (r *rows) bytes() int {
	w := &r.weights
	return 4*len(r.cells) + 2*len(w.values) + 4*len(w.from) + 2*len(w.blocks)
}

// weights are those of rows in ascending order: the sum of staticBits of their words, in 1/16 bit. Thousands of rows have the
// same, so that what they are fits into the processor's cache.
type weights struct {
	values []uint16 // each weight that a row has
	from   []uint32 // its first row
	blocks []uint16 // by number of a row in units of weightBlock: which of the values that row has
}

// weightBlock is how many numbers of rows share an entry of weights.blocks.
const weightBlock = 128

// add appends the weight of a row, which is not below that of the row before.
func (w *weights) add(row uint32, weight uint16) {
	if n := len(w.values); n == 0 || w.values[n-1] != weight {
		w.values = append(w.values, weight)
		w.from = append(w.from, row)
	}
	for len(w.blocks)*weightBlock <= int(row) {
		w.blocks = append(w.blocks, uint16(len(w.values)-1))
	}
}

// of returns the row's weight.
func (w *weights) of(row uint32) uint16 {
	k := int(w.blocks[row/weightBlock])
	for k+1 < len(w.from) && w.from[k+1] <= row {
		k++
	}
	return w.values[k]
}

// first returns the first row of the weight or a greater one; a number above all rows' if there is none.
func (w *weights) first(weight int) uint32 {
	k, _ := slices.BinarySearchFunc(w.values, weight, func(v uint16, weight int) int { return int(v) - weight })
	if k == len(w.from) {
		return 1<<32 - 1
	}
	return w.from[k]
}
