package similarity

import "math/bits"

// JaroWinkler is the Jaro similarity with Winkler's bonus for a common prefix. The zero value is the standard metric.
type JaroWinkler struct {
	// PrefixScale is the part of what is missing to 1 that each common rune at the start makes up for; 0 means 0.1, and
	// less than 0 none, which leaves the Jaro similarity. More than 1/MaxPrefix is taken as that.
	PrefixScale float64
	// MaxPrefix is how many runes at the start count; 0 means 4.
	MaxPrefix int
	// Threshold is the Jaro similarity from which on there is a bonus; 0 means 0.7, and less than 0 always.
	Threshold float64
}

// Compare returns the similarity of a and b, 0 to 1.
func (m JaroWinkler) Compare(a, b string) float64 {
	if a == b {
		return 1
	}
	return m.compare([]byte(a), []byte(b))
}

func (m JaroWinkler) compare(a, b []byte) float64 {
	if ascii(a, b) {
		return m.winkler(clip(a), clip(b))
	}
	var n numbers
	return m.winkler(n.number(a, b))
}

func (m JaroWinkler) winkler(a, b []byte) float64 {
	s := jaro(a, b)
	threshold, scale, most := m.Threshold, m.PrefixScale, m.MaxPrefix
	if threshold == 0 {
		threshold = 0.7
	}
	if s < threshold || scale < 0 {
		return s
	}
	if scale == 0 {
		scale = 0.1
	}
	if most <= 0 {
		most = 4
	}
	prefix := min(commonPrefix(a, b), most)
	return s + min(scale, 1/float64(most))*float64(prefix)*(1-s)
}

// jaro returns the Jaro similarity of two texts of at most MaxRunes one-byte runes.
func jaro(a, b []byte) float64 {
	if len(a) == 0 || len(b) == 0 {
		if len(a) == len(b) {
			return 1
		}
		return 0
	}
	var common, moved int
	if max(len(a), len(b)) <= 64 {
		common, moved = jaroWord(a, b)
	} else {
		common, moved = jaroWords(a, b)
	}
	if common == 0 {
		return 0
	}
	// Half the runes out of place are transpositions, rounded down, as Winkler's own program has it.
	m := float64(common)
	return (m/float64(len(a)) + m/float64(len(b)) + float64(common-moved/2)/m) / 3
}

// window is how far apart equal runes may be and still be common to both.
func window(a, b []byte) int { return max(0, max(len(a), len(b))/2-1) }

// jaroWord counts the runes that are common to both texts, of at most 64, and those of them that are out of place.
// Bit i of at[c] is set where a[i] is c.
func jaroWord(a, b []byte) (common, moved int) {
	var at [128]uint64
	for i, c := range a {
		at[c&127] |= 1 << (i & 63)
	}
	var usedA, usedB uint64
	reach := window(a, b)
	// The window's right end moves on with j; shifts of 64 and more give 0 and so an open end.
	near := uint64(1)<<(reach+1) - 1
	for j, c := range b {
		free := at[c&127] & near &^ usedA
		first := free & -free
		usedA |= first
		if first != 0 {
			usedB |= 1 << (j & 63)
		}
		if j < reach {
			near = near<<1 | 1
		} else {
			near <<= 1
		}
	}
	common = bits.OnesCount64(usedA)
	for ; usedB != 0; usedB &= usedB - 1 {
		c := b[bits.TrailingZeros64(usedB)]
		if at[c&127]&usedA&-usedA == 0 {
			moved++
		}
		usedA &= usedA - 1
	}
	return common, moved
}

// jaroWords is jaroWord for up to MaxRunes.
func jaroWords(a, b []byte) (common, moved int) {
	var at [256][words]uint64
	for i, c := range a {
		at[c][i/64] |= 1 << (i % 64)
	}
	var usedA [words]uint64
	var kept [MaxRunes]byte // the runes of b that are common, in order
	reach := window(a, b)
	for j, c := range b {
		from, to := max(0, j-reach), min(len(a), j+reach+1)
		for w := from / 64; w < words && w*64 < to; w++ {
			free := at[c][w] &^ usedA[w] & span(from-w*64, to-w*64)
			if free != 0 {
				usedA[w] |= free & -free
				kept[common] = c
				common++
				break
			}
		}
	}
	k := 0
	for w, used := range usedA {
		for ; used != 0; used &= used - 1 {
			if a[w*64+bits.TrailingZeros64(used)] != kept[k] {
				moved++
			}
			k++
		}
	}
	return common, moved
}

// span has the bits from (may be below 0) to to (may be above 64, above 0), without to.
func span(from, to int) uint64 {
	return ^uint64(0) << max(0, from) & (^uint64(0) >> max(0, 64-to))
}
