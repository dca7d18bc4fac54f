package similarity

import "unicode/utf8"

// MaxRunes is how much of a text is compared. It leaves one byte value for "a rune that the other text does not have"
// when runes are numbered.
const MaxRunes = 255

// Text is what can be compared.
type Text interface{ ~string | ~[]byte }

// numbers holds two texts of which at least one is not ASCII, with runes replaced by numbers.
type numbers struct {
	a, b  [MaxRunes]byte
	runes [tableSize]rune // open addressing; rune+1, 0 is an empty slot
	codes [tableSize]byte
	used  byte
}

// tableSize is a power of two, and twice MaxRunes so that probing stays short.
const tableSize = 512

// number returns the texts with one byte per rune, in n's memory: bytes of a and b are equal where the runes are, and
// runes of b that a lacks are 0. Nothing is said of bytes of the same text.
func (n *numbers) number(a, b []byte) (ca, cb []byte) {
	ca, cb = n.a[:0], n.b[:0]
	for i := 0; i < len(a) && len(ca) < MaxRunes; {
		r, size := utf8.DecodeRune(a[i:])
		ca = append(ca, n.add(r))
		i += size
	}
	for i := 0; i < len(b) && len(cb) < MaxRunes; {
		r, size := utf8.DecodeRune(b[i:])
		cb = append(cb, n.codes[n.slot(r)])
		i += size
	}
	return ca, cb
}

// slot returns where r is, or the empty slot where it would go.
func (n *numbers) slot(r rune) uint32 {
	i := uint32(r) * 0x9E3779B1 >> (32 - 9)
	for n.runes[i] != 0 && n.runes[i] != r+1 {
		i = (i + 1) % tableSize
	}
	return i
}

// add returns the number of r, a new one if it has none. There are never more numbers than MaxRunes.
func (n *numbers) add(r rune) byte {
	i := n.slot(r)
	if n.runes[i] == 0 {
		n.used++
		n.runes[i], n.codes[i] = r+1, n.used
	}
	return n.codes[i]
}

// ascii reports whether every byte of a and b is a rune of its own.
func ascii(a, b []byte) bool {
	var or byte
	for _, c := range a {
		or |= c
	}
	for _, c := range b {
		or |= c
	}
	return or < utf8.RuneSelf
}

// clip bounds a text of one byte per rune.
func clip(s []byte) []byte { return s[:min(len(s), MaxRunes)] }

// trim cuts off what two texts have in common at the start and at the end, which no edit distance counts.
func trim(a, b []byte) ([]byte, []byte) {
	n := commonPrefix(a, b)
	a, b = a[n:], b[n:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
