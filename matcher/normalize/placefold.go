package normalize

import "unicode/utf8"

// What is read of a part of an address, and the room for it folded, in bytes.
const (
	maxPlaceText   = 128
	maxFoldedPlace = 256
)

// placeWords says which words of a place are rewritten.
type placeWords uint8

const (
	countryWords placeWords = iota
	regionWords
	cityWords
)

// foldPlace appends a place's letters and digits, without spaces: in lower case, romanized but for scripts that cannot
// be, without accents. "ue" and "ü" are both "u", and so on, because people write either; that some other words lose a
// letter does no harm, for all texts are folded alike.
func foldPlace(dst []byte, s string, words placeWords) []byte {
	start := len(dst)
	word := start
	for i := 0; i < len(s) && len(dst) < maxFoldedPlace-2*utf8.UTFMax; {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		kind := scriptOf(r)
		switch {
		case kind == scriptMark || r == '\'' || r == '’' || r == '.' && initialFollows(s[i:]):
			// Inside a word: d'Aosta, U.S.A.
		case kind != scriptNone:
			dst = appendPlaceRune(dst, r, kind)
		default:
			dst = closeWord(dst, start, word, words)
			word = len(dst)
			if words == cityWords && cutsCity(r) && word > start {
				return dst
			}
		}
	}
	return closeWord(dst, start, word, words)
}

// initialFollows reports whether a single letter follows a dot, as in U.S.A.
func initialFollows(s string) bool {
	return len(s) > 0 && isLetter(s[0]) && (len(s) == 1 || s[1] == '.' || s[1] == ' ' || s[1] == ',')
}

// appendPlaceRune appends one letter or digit.
func appendPlaceRune(dst []byte, r rune, kind script) []byte {
	switch {
	case r < utf8.RuneSelf:
		return append(dst, lowerASCII(byte(r)))
	case kind == scriptDigit:
		return append(dst, '0'+digit(r))
	}
	return dropMarkers(appendRoman(dst, r), len(dst))
}

// shortenVowels takes the second letter of ae, oe and ue, and of aa in cities, out of the word that starts at word.
// Shorter words are mostly codes: UAE.
func shortenVowels(dst []byte, word int, words placeWords) []byte {
	if len(dst)-word < 4 {
		return dst
	}
	n := word + 1
	for _, c := range dst[word+1:] {
		before := dst[n-1]
		if c == 'e' && (before == 'a' || before == 'o' || before == 'u') || c == 'a' && before == 'a' && words == cityWords {
			continue
		}
		dst[n] = c
		n++
	}
	return dst[:n]
}

// dropMarkers takes out what appendRoman writes of second spellings.
func dropMarkers(dst []byte, from int) []byte {
	n := from
	for _, c := range dst[from:] {
		if c >= ' ' {
			dst[n] = c
			n++
		}
	}
	return dst[:n]
}

// cutsCity reports whether what follows a sign is not the city any more: its state, a district, a second name.
func cutsCity(r rune) bool {
	return r == ',' || r == '(' || r == '/' || r == ';' || r == '|' || r == '，'
}

// closeWord rewrites the word that starts at word, which ends here, or drops it.
func closeWord(dst []byte, start, word int, words placeWords) []byte {
	if len(dst) == word {
		return dst
	}
	dst = shortenVowels(dst, word, words)
	first, text := word == start, dst[word:]
	switch words {
	case countryWords:
		if string(text) == "the" && first || string(text) == "and" && !first {
			return dst[:word]
		}
	case cityWords:
		return closeCityWord(dst, start, word)
	}
	return dst
}

// closeCityWord spells out the abbreviations of cities' names and drops districts' numbers and letters.
func closeCityWord(dst []byte, start, word int) []byte {
	text, first := dst[word:], word == start
	if text[0] <= '9' || len(text) == 1 && !first {
		return dst[:word] // 75008, 8e, København K
	}
	switch string(text) {
	case "st", "sankt", "sint", "szent":
		return append(dst[:word], "saint"...)
	case "ste":
		return append(dst[:word], "sainte"...)
	case "ft":
		return append(dst[:word], "fort"...)
	case "mt":
		return append(dst[:word], "mount"...)
	case "n", "no":
		return append(dst[:word], "north"...)
	case "s", "so":
		return append(dst[:word], "south"...)
	case "e":
		return append(dst[:word], "east"...)
	case "w":
		return append(dst[:word], "west"...)
	case "cedex", "cdx", "arrondissement":
		return dst[:word]
	case "shi", "ku": // Japanese city, ward
		if !first {
			return dst[:word]
		}
	case "of":
		switch string(dst[start:word]) {
		case "city", "town", "village", "borough", "county":
			return dst[:start]
		}
	}
	return dst
}
