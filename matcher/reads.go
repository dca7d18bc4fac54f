package matcher

import (
	"encoding/binary"
	"slices"
)

// A decision is a function of the lead and of the cells of the book that were read for it: of the accounts that have a key, of
// a word's list, of about how many accounts have a word, of an account's record, of the overrides under a key. Until the
// first of these that has changed is read, a search goes as it did; a lead none of whose cells has changed is decided as it was.

// ReadSet is the cells that a decision has read. Cells are hashes: two may be the same by chance, one pair in four billion, and
// then a lead is decided again for nothing.
type ReadSet struct {
	Cells []uint32 // in ascending order, each once; none where All is set
	All   bool     // the decision may depend on anything: on a deadline, or on more cells than are kept
}

// maxReads bounds the cells that are kept. A hard lead has some hundreds.
const maxReads = 2048

// Cells of different kinds are kept apart by salts, as keys are.
func cell(hash uint64) uint32 { return uint32(hash >> 32) }

// read notes a cell. A nil set notes nothing.
func (r *ReadSet) read(hash uint64) {
	if r != nil {
		r.Cells = append(r.Cells, cell(hash))
	}
}

// everything notes that the decision may depend on anything.
func (r *ReadSet) everything() {
	if r != nil {
		r.All = true
	}
}

// record notes that an account's record was read beyond its id.
func (r *ReadSet) record(id string) {
	if r != nil {
		r.read(hashID(id) ^ saltRecord)
	}
}

// rarities notes the rarity of a row's words.
func (r *ReadSet) rarities(d *dict, words []rowWord) {
	for _, w := range words {
		if w.class() != classLegal {
			r.read(d.hash(w.id()) ^ saltRarity)
		}
	}
}

// overridden notes the keys that overrides are looked for under.
func (r *ReadSet) overridden(domains []uint64, name uint64) {
	if r == nil {
		return
	}
	for _, d := range domains {
		r.read(overrideKey{d, 0}.hash())
		r.read(overrideKey{d, name}.hash())
	}
	r.read(overrideKey{0, name}.hash())
}

// finish puts the cells in order.
func (r *ReadSet) finish() {
	slices.Sort(r.Cells)
	r.Cells = slices.Compact(r.Cells)
	if r.All || len(r.Cells) > maxReads {
		r.Cells, r.All = r.Cells[:0], true
	}
}

// The first byte of a set says how the others are to be read, and what cells are: another way to make them takes other bytes.
const (
	readCells      = 1
	readEverything = 2
)

// Append appends the set as bytes, as leadmatch.v1.Outcome.reads has it.
func (r *ReadSet) Append(dst []byte) []byte {
	if r.All {
		return append(dst, readEverything)
	}
	return AppendCells(append(dst, readCells), r.Cells)
}

// AppendCells appends the distance of each cell from the one before, as varints. They are in ascending order.
func AppendCells(dst []byte, cells []uint32) []byte {
	last := uint32(0)
	for _, c := range cells {
		dst = binary.AppendUvarint(dst, uint64(c-last))
		last = c
	}
	return dst
}
