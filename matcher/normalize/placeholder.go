package normalize

import "bytes"

// isPlaceholder reports whether the whole text is one that people type where they give no company.
func (n *Name) isPlaceholder() bool {
	const longest, mostWords = 48, 6
	first := &n.tokens[0]
	if len(n.tokens) > mostWords || len(n.tokens) > 2 && first.entry.bits&bitPlaceholder == 0 {
		return false
	}
	n.key = n.key[:0]
	for i := range n.tokens {
		t := &n.tokens[i]
		if t.mark&markAmp != 0 {
			continue
		}
		if len(n.key)+int(t.end-t.start) > longest {
			return false
		}
		n.key = append(n.key, n.spelling(t)...)
	}
	if len(n.key) == 0 {
		return true
	}
	if _, ok := vocabulary.placeholders.get(hash(n.key) ^ formSalt(first)); ok {
		return true
	}
	if len(n.tokens) > 2 {
		return false
	}
	return len(n.key) == 1 || first.mark&markJoined == 0 && isRepeated(n.key) || len(n.flat) == len(n.key) && isMeaninglessNumber(n.key) || isKeyboardWalk(n.key)
}

// isRepeated holds for one letter or digit four times or more: AAA and BBB are companies.
func isRepeated(text []byte) bool {
	for _, c := range text[1:] {
		if c != text[0] {
			return false
		}
	}
	return len(text) >= 4
}

// isMeaninglessNumber holds for digits that name no company: 123456, 11. But 99 Ranch, 360 and 1871 are companies'.
func isMeaninglessNumber(text []byte) bool {
	var seen [10]bool
	distinct := 0
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
		if !seen[c-'0'] {
			seen[c-'0'] = true
			distinct++
		}
	}
	return len(text) > 4 || distinct <= 2
}

// keyboard is the rows of keys, in both directions.
var keyboard = []byte("qwertyuiop asdfghjkl zxcvbnm 1234567890 poiuytrewq lkjhgfdsa mnbvcxz 0987654321 qwertz azerty yxcvbnm")

// isKeyboardWalk holds for five neighbouring keys or more, to the right or to the left, once or again and again.
func isKeyboardWalk(text []byte) bool {
	const shortest = 5
	if len(text) < shortest {
		return false
	}
	if bytes.Contains(keyboard, text) {
		return true
	}
	for period := 3; period <= len(text)/2; period++ {
		if periodic(text, period) && bytes.Contains(keyboard, text[:period]) {
			return true
		}
	}
	return false
}

// periodic reports whether text is its first bytes over and over.
func periodic(text []byte, period int) bool {
	for i := period; i < len(text); i++ {
		if text[i] != text[i-period] {
			return false
		}
	}
	return true
}
