package similarity

import (
	"bytes"
	"unicode/utf8"
)

// Within1 reports whether one edit, of those that [Distance] counts, or none, makes b of a. It reads the texts to their
// end, however long, and takes time linear in their length.
func Within1[T Text](a, b T) bool { return within1([]byte(a), []byte(b)) }

func within1(a, b []byte) bool {
	n := commonPrefix(a, b)
	if n == len(a) && n == len(b) {
		return true
	}
	// A rune surely begins after an ASCII byte; the first bytes of a longer one may be equal in a and b.
	for n > 0 && a[n-1] >= utf8.RuneSelf {
		n--
	}
	a, b = a[n:], b[n:]
	x, restA := first(a)
	y, restB := first(b)
	for x == y && len(a) > 0 && len(b) > 0 {
		a, b = restA, restB
		x, restA = first(a)
		y, restB = first(b)
	}
	return same(restA, restB) || // one replaced, or none left
		same(restA, b) || same(a, restB) ||
		swapped(x, y, restA, restB)
}

// swapped reports whether x before a and y before b differ by x and y having changed places.
func swapped(x, y rune, a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	x2, restA := first(a)
	y2, restB := first(b)
	return x == y2 && y == x2 && same(restA, restB)
}

// first returns the first rune and what follows it; of an empty text, U+FFFD and nothing.
func first(s []byte) (rune, []byte) {
	if len(s) > 0 && s[0] < utf8.RuneSelf {
		return rune(s[0]), s[1:]
	}
	r, size := utf8.DecodeRune(s)
	return r, s[size:]
}

// same reports whether a and b have the same runes. They may while their bytes differ, if they are not valid UTF-8.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	for len(a) > 0 && len(b) > 0 {
		var x, y rune
		x, a = first(a)
		y, b = first(b)
		if x != y {
			return false
		}
	}
	return len(a) == len(b)
}
