package normalize

// maxPostal is how many letters and digits of a postal code are read: what packPostal can hold.
const maxPostal = 12

// foldPostal appends the letters, in upper case, and digits of a postal code.
func foldPostal(dst []byte, s string) []byte {
	for i := 0; i < len(s) && len(dst) < maxPostal; i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' {
			dst = append(dst, c)
		}
	}
	return dst
}

// packPostal makes a number of at most maxPostal letters and digits. No two texts share one.
func packPostal(text []byte) (v uint64) {
	for _, c := range text {
		d := uint64(c-'0') + 1
		if c >= 'A' {
			d = uint64(c-'A') + 11
		}
		v = v*37 + d
	}
	return v
}

// postalCountry returns the country whose postal codes have a form that no others have, 0 if there is none.
func postalCountry(typed string, text []byte) Country {
	switch {
	case shaped(text, "A9A9A9"):
		return country("CA")
	case britishPostal(text):
		return country("GB")
	case len(text) == 9 && len(typed) == 10 && typed[5] == '-':
		return country("US")
	}
	return 0
}

// shaped reports whether text has the form of a pattern: A is a letter, 9 a digit.
func shaped(text []byte, pattern string) bool {
	if len(text) != len(pattern) {
		return false
	}
	for i, c := range text {
		if (c >= 'A') != (pattern[i] == 'A') {
			return false
		}
	}
	return true
}

// britishPostal reports whether text is a full British postal code: an outward code of two to four, which begins with a
// letter and has a digit, and an inward code of a digit and two letters.
func britishPostal(text []byte) bool {
	if len(text) < 5 || len(text) > 7 || !shaped(text[len(text)-3:], "9AA") || text[0] < 'A' {
		return false
	}
	for _, c := range text[1 : len(text)-3] {
		if c < 'A' {
			return true
		}
	}
	return false
}

// postalForm returns a postal code as its country writes it, how many of its first characters stand for an area (0:
// unknown), and whether it is a whole code.
func postalForm(c Country, text []byte) (form []byte, area int, whole bool) {
	switch c {
	case country("US"), country("PR"):
		return americanPostal(text)
	case country("CA"):
		return text, 3, len(text) == 6
	case country("GB"), country("GG"), country("JE"), country("IM"):
		if britishPostal(text) {
			return text, len(text) - 3, true
		}
		return text, len(text), false // an outward code alone
	case country("IE"):
		return text, 3, len(text) == 7
	case country("NL"):
		return text, 4, len(text) == 6
	case country("DE"), country("FR"), country("IT"), country("ES"), country("FI"), country("TR"), country("MX"):
		digits := padPostal(digitsOf(text), 5)
		return digits[:min(len(digits), 5)], 2, true // 75008 CEDEX 08
	case country("JP"):
		return digitsOf(text), 3, true
	case country("AT"), country("CH"), country("BE"), country("DK"), country("NO"), country("AU"), country("HU"), country("LU"),
		country("NZ"), country("ZA"), country("BG"), country("SI"), country("LV"), country("CY"):
		return digitsOf(text), 2, true
	case country("SE"), country("PL"), country("CZ"), country("SK"), country("GR"), country("KR"), country("MY"), country("TH"),
		country("ID"), country("UA"), country("HR"), country("RS"), country("EE"), country("LT"), country("IL"), country("SA"),
		country("SG"), country("VN"), country("PT"):
		return digitsOf(text), 2, true
	case country("IN"), country("CN"), country("RU"), country("BR"), country("TW"), country("RO"), country("KZ"), country("BY"),
		country("IR"), country("CO"):
		return digitsOf(text), 3, true
	}
	return text, 0, true
}

// americanPostal drops what follows the five digits of a ZIP code, and puts back the zeros that spreadsheets lose.
func americanPostal(text []byte) (form []byte, area int, whole bool) {
	digits := digitsOf(text)
	switch len(digits) {
	case 3, 4:
		digits = padPostal(digits, 5)
	case 7, 8: // of nine
		digits = padPostal(digits, 9)
	}
	return digits[:min(len(digits), 5)], 3, len(digits) >= 5
}

// digitsOf returns the digits of text, in its memory. Letters before them are a country's: D-80331.
func digitsOf(text []byte) []byte {
	n := 0
	for _, c := range text {
		if c <= '9' {
			text[n] = c
			n++
		}
	}
	return text[:n]
}

// padPostal puts zeros before digits that are too few, in their memory.
func padPostal(digits []byte, n int) []byte {
	missing := n - len(digits)
	if missing <= 0 || cap(digits) < n {
		return digits
	}
	digits = digits[:n]
	copy(digits[missing:], digits)
	for i := range missing {
		digits[i] = '0'
	}
	return digits
}
