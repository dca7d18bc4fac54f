package normalize

import "unicode/utf8"

// Punycode, RFC 3492: the runes beyond ASCII of a label are written after its ASCII ones as the differences between
// their code points and positions, in a variable-length code whose digits adapt to the sizes seen.

var acePrefix = []byte("xn--")

const (
	punyBase        = 36
	punyTMin        = 1
	punyTMax        = 26
	punySkew        = 38
	punyDamp        = 700
	punyInitialBias = 72
	punyInitialN    = utf8.RuneSelf
)

// appendEncoded appends a label of valid UTF-8, without the prefix; it reports false when that is too long for a label.
func appendEncoded(dst, label []byte) ([]byte, bool) {
	start := len(dst)
	for _, c := range label {
		if c < utf8.RuneSelf {
			dst = append(dst, c)
		}
	}
	basic := len(dst) - start
	if basic > 0 {
		dst = append(dst, '-')
	}
	total := utf8.RuneCount(label)
	if total > maxLabel {
		return dst, false
	}
	n, delta, bias := rune(punyInitialN), 0, punyInitialBias
	for done := basic; done < total; {
		next := nextRune(label, n)
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range string(label) {
			if r < n {
				delta++
			}
			if r == n {
				dst = appendDelta(dst, delta, bias)
				bias = adaptBias(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return dst, len(dst)-start <= maxLabel-len(acePrefix)
}

// nextRune returns the smallest rune of the label that is n or more.
func nextRune(label []byte, n rune) rune {
	next := rune(utf8.MaxRune)
	for _, r := range string(label) {
		if r >= n && r < next {
			next = r
		}
	}
	return next
}

func appendDelta(dst []byte, delta, bias int) []byte {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyTMin), punyTMax)
		if delta < t {
			return append(dst, punyDigit(delta))
		}
		dst = append(dst, punyDigit(t+(delta-t)%(punyBase-t)))
		delta = (delta - t) / (punyBase - t)
	}
}

func punyDigit(d int) byte {
	if d < 26 {
		return 'a' + byte(d)
	}
	return '0' + byte(d-26)
}

func adaptBias(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyTMin)*punyTMax/2; k += punyBase {
		delta /= punyBase - punyTMin
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}

// appendDecoded appends the label that a lower-case Punycode text without prefix stands for, and reports whether it
// stands for one.
func appendDecoded(dst, code []byte) ([]byte, bool) {
	var runes [maxLabel]rune
	out := runes[:0]
	pos := 0
	for i, c := range code {
		if c == '-' {
			pos = i + 1
		}
	}
	for i := 0; i < pos-1; i++ {
		out = append(out, rune(code[i]))
	}
	n, i, bias := rune(punyInitialN), 0, punyInitialBias
	for pos < len(code) {
		old, weight := i, 1
		for k := punyBase; ; k += punyBase {
			digit := punyValue(code, pos)
			if digit < 0 || weight > utf8.MaxRune*maxLabel {
				return dst, false
			}
			pos++
			i += digit * weight
			t := min(max(k-bias, punyTMin), punyTMax)
			if digit < t {
				break
			}
			weight *= punyBase - t
		}
		points := len(out) + 1
		bias = adaptBias(i-old, points, old == 0)
		if i/points > utf8.MaxRune {
			return dst, false
		}
		n += rune(i / points)
		i %= points
		if len(out) == cap(out) || !utf8.ValidRune(n) {
			return dst, false
		}
		out = append(out, 0)
		copy(out[i+1:], out[i:])
		out[i] = n
		i++
	}
	for _, r := range out {
		dst = utf8.AppendRune(dst, r)
	}
	return dst, true
}

// punyValue returns the digit at a position, less than 0 if there is none.
func punyValue(code []byte, pos int) int {
	if pos >= len(code) {
		return -1
	}
	switch c := code[pos]; {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}
