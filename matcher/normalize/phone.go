package normalize

import (
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// Phone is a phone number as read.
type Phone struct {
	Number  [16]byte // digits, country code first when it is known
	Len     uint8
	Country Country // that the number tells; 0 none
	// Hash is the number's identity, 0 when it cannot be compared: it is too short or too long, or a placeholder. It is
	// of the national number alone, so that it is equal for the same number typed with and without its country code;
	// where both countries are known and differ, equal hashes are chance. Of short numbers it is of the code, too.
	Hash  uint64
	Block uint64 // of all but the last three digits: a switchboard; 0 when Hash is 0
}

// What ParsePhone reads.
const (
	maxPhoneText   = 128 // bytes; the rest is ignored
	maxPhoneDigits = 16
	minNational    = 8 // digits of a national number that may be compared without its country code
	minWithCode    = 5 // and with it
	hashedDigits   = 10
)

// ParsePhone reads a phone number as a person types it; country, when it is not 0, is where a number without a country
// code is from. Of several in one text the first counts, and its extension is left out. It allocates nothing.
func ParsePhone(s string, country Country) (p Phone) {
	var t phoneText
	t.read(s[:min(len(s), maxPhoneText)])
	if t.n == 0 || t.n > maxPhoneDigits {
		return p
	}
	code, national := t.split(country)
	if code != nil && !t.told && !code.fits(national) {
		code = nil // it is from elsewhere
	}
	if !p.set(code, national) {
		return p
	}
	if code != nil && (t.told || code.code == "1") {
		p.Country = code.countryOf(national)
	}
	significant := trimZeros(national)
	if placeholder(significant) || code != nil && !code.plausible(significant) {
		return p
	}
	p.identify(code, significant)
	return p
}

// set writes the number with its country code, if that is known, and reports whether there is room for it.
func (p *Phone) set(code *callingCode, national []byte) bool {
	n := 0
	if code != nil {
		n = copy(p.Number[:], code.code)
	}
	if n+len(national) > len(p.Number) {
		*p = Phone{}
		return false
	}
	n += copy(p.Number[n:], national)
	p.Len = uint8(n)
	return true
}

func (p *Phone) identify(code *callingCode, significant []byte) {
	seed := uint64(0)
	if len(significant) < minNational {
		if code == nil || len(significant) < minWithCode {
			return
		}
		seed = uint64(code.country)
	}
	// What may be a trunk prefix or a mobile prefix before ten digits is not hashed.
	significant = significant[max(0, len(significant)-hashedDigits):]
	p.Hash = xxhash.Sum64(significant) ^ seed
	p.Block = xxhash.Sum64(significant[:len(significant)-3]) ^ seed
}

// fits reports whether a number that is typed without the code may be one of it. Only the North American plan is strict
// enough to tell.
func (c *callingCode) fits(national []byte) bool {
	return c.code != "1" || len(national) == 10 && national[0] != '0'
}

// plausible reports whether a national number without leading zeros may be one of the code. North American ones are
// known well enough to tell nonsense: neither area nor exchange begin with 0 or 1, and 555-0100 to 555-0199 are for
// films.
func (c *callingCode) plausible(significant []byte) bool {
	if c.code != "1" {
		return true
	}
	return len(significant) == 10 && significant[0] > '1' && significant[3] > '1' &&
		string(significant[:3]) != "555" && string(significant[3:8]) != "55501"
}

// placeholder reports whether digits are what people type who do not give a number: one digit to the end, or counting
// all along.
func placeholder(digits []byte) bool {
	if len(digits) < 2 {
		return true
	}
	same, up, down := 1, 1, 1
	for i := len(digits) - 1; i > 0; i-- {
		n := len(digits) - i
		switch step := (digits[i] + 10 - digits[i-1]) % 10; {
		case step == 0 && same == n:
			same++
		case step == 1 && up == n:
			up++
		case step == 9 && down == n:
			down++
		}
	}
	return max(up, down) == len(digits) || same >= min(len(digits), enough)
}

// split tells the country code and the national number apart. t.told becomes true when the digits themselves have the
// code.
func (t *phoneText) split(country Country) (*callingCode, []byte) {
	digits := t.digits[:t.n]
	home := callingCodeOf(country)
	if rest, ok := t.international(home); ok {
		if code := leadingCode(rest); code != nil {
			t.told = true
			return code, code.afterCode(rest[len(code.code):])
		}
		return nil, rest
	}
	if home != nil {
		if national := t.national(home, digits); t.told || len(national) <= max(home.max, minNational) {
			return home, national
		}
	}
	if code := guessCode(digits); code != nil {
		t.told = true
		return code, code.afterCode(digits[len(code.code):])
	}
	return nil, digits
}

// international returns what follows "+", "00", "0011" (dialled in Australia), or "011" (in North America, and in what
// Americans note of numbers elsewhere).
func (t *phoneText) international(home *callingCode) ([]byte, bool) {
	digits := t.digits[:t.n]
	if rest, ok := cutDigits(digits, "0011"); ok {
		return rest, true
	}
	if rest, ok := cutDigits(digits, "00"); ok {
		return rest, true
	}
	if rest, ok := cutDigits(digits, "011"); ok && len(rest) > enough {
		if _, atHome := cutDigits(rest, codeOf(home)); home == nil || home.code == "1" || atHome {
			return rest, true
		}
	}
	return digits, t.plus
}

// national returns the national number of digits that are typed in the country of the code, though perhaps with it.
func (t *phoneText) national(home *callingCode, digits []byte) []byte {
	rest, hasCode := cutDigits(digits, home.code)
	// Without a trunk prefix where there should be one, or with too many digits, it is the code that stands there.
	if hasCode && len(rest) >= home.min && (len(digits) > home.max || home.trunk == "0" && len(digits) > home.min+1) {
		t.told = true
		return home.afterCode(rest)
	}
	if rest, ok := cutDigits(digits, home.trunk); ok && len(rest) >= home.min {
		return rest
	}
	return digits
}

// afterCode drops what people leave between a country code and a national number: the trunk prefix, and the digit
// that used to mark mobile numbers in Mexico and does in Argentina.
func (c *callingCode) afterCode(national []byte) []byte {
	if c.trunk == "" {
		return national
	}
	if len(national) > c.max || c.trunk == "0" {
		if rest, ok := cutDigits(national, c.trunk); ok && len(rest) >= c.min {
			return rest
		}
		if rest, ok := cutDigits(national, "0"); ok && len(rest) >= c.min {
			return rest
		}
	}
	if c.code == "52" && len(national) == 11 && national[0] == '1' || c.code == "54" && len(national) == 11 && national[0] == '9' {
		return national[1:]
	}
	return national
}

// guessCode returns the country code that digits without a mark of one begin with, nil if they may well be a national
// number. North American numbers are known by their form, others by a length that fits their code; eleven digits from 83,
// 84, 88 or 89 on are more often Russian with the trunk prefix than from where those codes are.
func guessCode(digits []byte) *callingCode {
	switch {
	case len(digits) < 11 || digits[0] == '0':
		return nil
	case len(digits) == 11 && digits[0] == '1' && digits[1] > '1' && digits[4] > '1':
		return &callingCodes[1]
	case digits[0] == '1':
		return nil
	case len(digits) == 11 && digits[0] == '8' && (digits[1] == '3' || digits[1] == '4' || digits[1] >= '8'):
		return nil
	}
	code := leadingCode(digits)
	if code == nil {
		return nil
	}
	if rest := len(digits) - len(code.code); rest < code.min || rest > code.max {
		return nil
	}
	return code
}

func codeOf(c *callingCode) string {
	if c == nil {
		return ""
	}
	return c.code
}

func cutDigits(digits []byte, prefix string) (rest []byte, ok bool) {
	if prefix == "" || len(digits) < len(prefix) || string(digits[:len(prefix)]) != prefix {
		return digits, false
	}
	return digits[len(prefix):], true
}

func trimZeros(digits []byte) []byte {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

// phoneText is what a text says of a phone number.
type phoneText struct {
	digits [maxPhoneDigits + 1]byte
	n      int
	plus   bool // a + stands before the first digit
	told   bool // the digits have the country code
}

// enough is how many digits may be a whole number, so that what follows may be an extension or another number.
const enough = 7

// read gathers the digits of the first number of a text.
func (t *phoneText) read(s string) {
	for i := 0; i < len(s) && t.n <= maxPhoneDigits; {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			t.add(c)
		case c == '+':
			if t.n > 0 {
				return // another number
			}
			t.plus = true
		case c == '(' && t.n > 0 && len(s) > i+2 && s[i+1:i+3] == "0)":
			i += 2 // the trunk prefix after a country code: +44 (0)20
		case (c == '/' || c == ';' || c == ',' || c == '|' || c == '#') && t.n >= enough:
			return
		case isLetter(c):
			word := letters(s[i:])
			if t.n > 0 && !t.keypad(word) {
				return
			}
			i += len(word)
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			t.readRune(r)
			i += size
			continue
		}
		i++
	}
}

func (t *phoneText) add(c byte) {
	if t.n < len(t.digits) {
		t.digits[t.n] = c
		t.n++
	}
}

// readRune reads digits and the plus sign of other scripts.
func (t *phoneText) readRune(r rune) {
	switch {
	case '０' <= r && r <= '９':
		t.add('0' + byte(r-'０'))
	case '٠' <= r && r <= '٩':
		t.add('0' + byte(r-'٠'))
	case '۰' <= r && r <= '۹':
		t.add('0' + byte(r-'۰'))
	case r == '＋' && t.n == 0:
		t.plus = true
	}
}

// keypad adds the digits of letters that are dialled, as in 1-800-FLOWERS, and reports whether they are: they follow
// an area code and make it a number of the North American plan's length. Anything else begins an extension or a remark.
func (t *phoneText) keypad(word string) bool {
	area := t.n
	if area > 0 && t.digits[0] == '1' {
		area--
	}
	if area < 3 || area >= 10 || area+len(word) > 13 || area >= 7 && area+len(word) < 10 || extension(word) {
		return false
	}
	for i := range len(word) {
		if area+i < 10 { // what is longer than the number is not dialled
			t.add(keypadDigits[lowerASCII(word[i])-'a'])
		}
	}
	return true
}

// keypadDigits are the digits of the keys that have a to z.
const keypadDigits = "22233344455566677778889999"

// extension reports whether a word begins an extension or a remark, although it could be dialled.
func extension(word string) bool {
	var lower [4]byte
	if len(word) > len(lower) {
		return len(word) > 8
	}
	for i := range len(word) {
		lower[i] = lowerASCII(word[i])
	}
	switch string(lower[:len(word)]) {
	case "x", "xt", "ex", "ext", "extn", "exte", "dw", "int", "ramal", "anx", "or", "and", "und", "ou", "fax", "tel", "cell",
		"mob", "home", "work", "main", "desk", "opt":
		return true
	}
	return len(word) == 1
}

// letters returns the letters that a text begins with.
func letters(s string) string {
	for i := range len(s) {
		if !isLetter(s[i]) {
			return s[:i]
		}
	}
	return s
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
