package similarity

import (
	"math/bits"
	"slices"
)

// Levenshtein is 1 less the share of runes that have to be inserted, deleted or replaced: 1 - distance / longer length.
type Levenshtein struct{}

// Compare returns the similarity of a and b, 0 to 1.
func (Levenshtein) Compare(a, b string) float64 {
	if a == b {
		return 1
	}
	return share([]byte(a), []byte(b), noSwaps)
}

// OSA is like [Levenshtein], with two neighbouring runes that have changed places as one edit instead of two. No rune is
// edited twice (optimal string alignment), so "ca" and "abc" are 3 apart, not 2.
type OSA struct{}

// Compare returns the similarity of a and b, 0 to 1.
func (OSA) Compare(a, b string) float64 {
	if a == b {
		return 1
	}
	return share([]byte(a), []byte(b), swaps)
}

// Distance returns how many runes have to be inserted, deleted, replaced, or swapped with their neighbour to make b of a
// (optimal string alignment), or limit+1 when that is more than limit. A limit below 0 is none.
func Distance[T Text](a, b T, limit int) int { return distance([]byte(a), []byte(b), limit) }

func distance(a, b []byte, limit int) int {
	if limit < 0 || limit > MaxRunes {
		limit = MaxRunes
	}
	if ascii(a, b) {
		return edits(clip(a), clip(b), limit, swaps)
	}
	var n numbers
	a, b = n.number(a, b)
	return edits(a, b, limit, swaps)
}

func share(a, b []byte, swap uint64) float64 {
	if ascii(a, b) {
		a, b = clip(a), clip(b)
	} else {
		var n numbers
		a, b = n.number(a, b)
	}
	longer := max(len(a), len(b))
	if longer == 0 {
		return 1
	}
	return 1 - float64(edits(a, b, longer, swap))/float64(longer)
}

// Whether neighbours that changed places are one edit, as a mask.
const (
	noSwaps uint64 = 0
	swaps   uint64 = ^uint64(0)
)

// edits returns the distance of two texts of at most MaxRunes one-byte runes, or limit+1 when it is more than limit.
func edits(a, b []byte, limit int, swap uint64) int {
	a, b = trim(a, b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > limit {
		return limit + 1
	}
	switch {
	case len(a) == 0:
		return len(b)
	case limit < 16 && otherRunes(a, b) > 2*limit:
		return limit + 1
	case len(a) <= 64 && slices.Max(a) < 128:
		return min(editsWord(a, b, limit, swap), limit+1)
	default:
		return min(editsWords(a, b, swap), limit+1)
	}
}

// otherRunes is how many runes only one of two texts has, or less. An edit makes two at the most.
func otherRunes(a, b []byte) int {
	var in [2]uint32
	for _, c := range a {
		in[0] |= 1 << (c & 31)
	}
	for _, c := range b {
		in[1] |= 1 << (c & 31)
	}
	return bits.OnesCount32(in[0] ^ in[1])
}

// editsWord walks the textbook's matrix, a downwards and b to the right, a column a step. Bit i of vp (vn) says that
// cell i of the column is one more (less) than the cell above it; hp and hn say the same of the cell to the left; d0
// that the cell equals its upper left neighbour. The last cell of each column is kept as a number. Bytes of a are below
// 128, and a is not longer than 64.
func editsWord(a, b []byte, limit int, swap uint64) int {
	var at [128]uint64
	for i, c := range a {
		at[c&127] |= 1 << (i & 63)
	}
	last := uint(len(a)-1) & 63
	cell := len(a)
	vp, vn, d0, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	for j, c := range b {
		eq := uint64(0)
		if c < 128 {
			eq = at[c]
		}
		swapped := (^d0 & eq) << 1 & before & swap
		d0 = (eq&vp + vp) ^ vp | eq | vn | swapped
		hp, hn := vn|^(d0|vp), d0&vp
		cell += int(hp>>last&1) - int(hn>>last&1)
		// Each further column takes off one at most.
		if cell-(len(b)-1-j) > limit {
			return limit + 1
		}
		hp, hn = hp<<1|1, hn<<1
		vp, vn = hn|^(d0|hp), hp&d0
		before = eq
	}
	return cell
}

// words is how many machine words hold MaxRunes bits.
const words = (MaxRunes + 63) / 64

// column is 64 cells of a column of the matrix, as in editsWord, with the masks of this and the last step.
type column struct{ vp, vn, d0, before uint64 }

// editsWords is editsWord for up to MaxRunes: a column is several words, and what is shifted out of one is shifted into
// the next.
func editsWords(a, b []byte, swap uint64) int {
	var at [256][words]uint64
	for i, c := range a {
		at[c][i/64] |= 1 << (i % 64)
	}
	n := (len(a) + 63) / 64
	var cols [words]column
	for w := range cols {
		cols[w].vp = ^uint64(0)
	}
	last := uint(len(a)-1) & 63
	cell := len(a)
	for _, c := range b {
		hpIn, hnIn, swapIn := uint64(1), uint64(0), uint64(0)
		for w := range n {
			col, eq := &cols[w], at[c][w]
			open := ^col.d0 & eq
			swapped := (open<<1 | swapIn) & col.before & swap
			x := eq | hnIn
			d0 := (x&col.vp + col.vp) ^ col.vp | x | col.vn | swapped
			hp, hn := col.vn|^(d0|col.vp), d0&col.vp
			if w == n-1 {
				cell += int(hp>>last&1) - int(hn>>last&1)
			}
			nextHP, nextHN := hp>>63, hn>>63
			hp, hn = hp<<1|hpIn, hn<<1|hnIn
			*col = column{vp: hn | ^(d0 | hp), vn: hp & d0, d0: d0, before: eq}
			hpIn, hnIn, swapIn = nextHP, nextHN, open>>63
		}
	}
	return cell
}
