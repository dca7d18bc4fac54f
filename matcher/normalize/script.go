package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// script is a group of letters that are treated alike.
type script uint8

const (
	scriptNone script = iota // not a part of a word
	scriptMark               // stands on a letter, and is dropped
	scriptDigit
	scriptLatin
	scriptCyrillic
	scriptGreek
	scriptAlphabet // Armenian, Georgian
	scriptHangul
	scriptHan    // Han, Hiragana, Katakana: no spaces between words
	scriptNative // all others: kept
	scripts
)

// The tables for runes below tableEnd: nearly all alphabets are there.
const tableEnd = 0x2000

var (
	scriptTable = makeScriptTable()
	// romanTable holds up to four bytes of ASCII letters and markers for a rune, the first one lowest; 0: none.
	romanTable = makeRomanTable()
)

func scriptOf(r rune) script {
	switch {
	case r < tableEnd:
		return scriptTable[r]
	case r >= 0xac00 && r <= 0xd7a3:
		return scriptHangul
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x30fe && r != '・' && r != 0x30a0 && r != 0x3099 && r != 0x309a,
		r >= 0x3400 && r <= 0x4dbf, r == '々', r == '〆', r == '〇', r >= 0xf900 && r <= 0xfaff, r >= 0x31f0 && r <= 0x31ff,
		r >= 0x20000 && r <= 0x3ffff:
		return scriptHan
	}
	return slowScriptOf(r)
}

func slowScriptOf(r rune) script {
	switch {
	case unicode.Is(unicode.Latin, r):
		return scriptLatin
	case unicode.Is(unicode.Cyrillic, r) && unicode.IsLetter(r):
		return scriptCyrillic
	case unicode.Is(unicode.Greek, r) && unicode.IsLetter(r):
		return scriptGreek
	case unicode.Is(unicode.Armenian, r) && unicode.IsLetter(r), unicode.Is(unicode.Georgian, r) && unicode.IsLetter(r):
		return scriptAlphabet
	case unicode.Is(unicode.Hangul, r):
		return scriptNative
	case unicode.Is(unicode.Nd, r):
		return scriptDigit
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), r == 'ـ':
		return scriptMark
	case unicode.IsLetter(r), unicode.Is(unicode.Mc, r):
		return scriptNative
	}
	return scriptNone
}

func makeScriptTable() (t [tableEnd]script) {
	for r := range rune(tableEnd) {
		t[r] = slowScriptOf(r)
		if r < 0x80 && t[r] == scriptNative {
			t[r] = scriptNone
		}
	}
	t['ª'], t['º'], t['ʼ'], t['ʻ'] = scriptNone, scriptNone, scriptNone, scriptNone
	return t
}

// romanized lists the letters that canonical decomposition does not turn into ASCII. Upper case follows lower case.
const romanized = `
æ ae  œ oe  ß ss  đ d  ð d  þ th  ł l  ħ h  ŋ ng  ə e  ı i  ĸ k  ŧ t  ƒ f  ɓ b  ɗ d  ƙ k  ɛ e  ɔ o  ŀ l  ƴ y  ʒ z
ä a\e  ö o\e  ü u\e  ø o\e  å a\a  ñ n\y
а a  б b  в v  г g  д d  е e  ж zh  з z  и i  й y\i  к k  л l  м m  н n  о o  п p  р r  с s  т t  у u  ф f  х kh\h
ц ts  ч ch  ш sh  щ shch  ы y  э e  ю yu  я ya  ё e  і i  ї i  є ye  ґ g  ў u  ђ d  ћ c  џ dz  љ lj  њ nj  ј j  ѓ g  ќ k
ѕ dz  ә a  ғ g  қ k  ң n  ө o  ү u  ұ u  һ h  ҳ h  ҷ j  ӣ i  ӯ u  җ zh  ҕ g  ҡ k  ѳ f  ѵ i  ѣ e  ӊ n  ԥ p
α a  β v  γ g  δ d  ε e  ζ z  η i  θ th  ι i  κ k  λ l  μ m  ν n  ξ x  ο o  π p  ρ r  σ s  ς s  τ t  υ y  φ f  χ ch  ψ ps  ω o
ա a  բ b  գ g  դ d  ե e  զ z  է e  ը y  թ t  ժ zh  ի i  լ l  խ kh  ծ ts  կ k  հ h  ձ dz  ղ gh  ճ ch  մ m  յ y  ն n  շ sh
ո o  չ ch  պ p  ջ j  ռ r  ս s  վ v  տ t  ր r  ց ts  ւ v  փ p  ք k  օ o  ֆ f  և ev
ა a  ბ b  გ g  დ d  ე e  ვ v  ზ z  თ t  ი i  კ k  ლ l  მ m  ნ n  ო o  პ p  ჟ zh  რ r  ს s  ტ t  უ u  ფ p  ქ k  ღ gh  ყ q
შ sh  ჩ ch  ც ts  ძ dz  წ ts  ჭ ch  ხ kh  ჯ j  ჰ h
`

func makeRomanTable() (t [tableEnd]uint32) {
	markers := strings.NewReplacer(`\e`, string(rune(markerE)), `\a`, string(rune(markerA)), `\y`, string(rune(markerY)),
		`\i`, string(rune(markerI)), `\h`, string(rune(markerH)))
	given := map[rune]string{}
	fields := strings.Fields(romanized)
	for i := 0; i < len(fields); i += 2 {
		r, _ := utf8.DecodeRuneInString(fields[i])
		given[r] = markers.Replace(fields[i+1])
	}
	for r := range rune(tableEnd) {
		if s := scriptTable[r]; s >= scriptLatin && s <= scriptAlphabet {
			t[r] = pack(roman(r, given))
		}
	}
	return t
}

// roman returns the ASCII spelling of a letter: given, or that of what it decomposes to; "" if there is none.
func roman(r rune, given map[rune]string) string {
	r = unicode.ToLower(r)
	if s, ok := given[r]; ok {
		return s
	}
	var out []byte
	for _, d := range norm.NFKD.String(string(r)) {
		switch s, ok := given[d]; {
		case d < 0x80 && unicode.IsLetter(d):
			out = append(out, byte(unicode.ToLower(d)))
		case ok:
			out = append(out, s...)
		}
	}
	return string(out)
}

func pack(s string) (v uint32) {
	for i := len(s) - 1; i >= 0; i-- {
		v = v<<8 | uint32(s[i])
	}
	return v
}

// appendRoman appends the ASCII spelling of a letter; a letter that has none stays as it is.
func appendRoman(dst []byte, r rune) []byte {
	if r >= tableEnd {
		return utf8.AppendRune(dst, unicode.ToLower(r))
	}
	v := romanTable[r]
	if v == 0 && r >= 0x80 && scriptTable[r] != scriptCyrillic {
		return utf8.AppendRune(dst, unicode.ToLower(r))
	}
	for ; v != 0; v >>= 8 {
		dst = append(dst, byte(v))
	}
	return dst
}

// How a Cyrillic text is romanized depends on its language, which its own letters give away.
const (
	cyrillicRussian uint8 = iota
	cyrillicUkrainian
	cyrillicSerbian
	cyrillicBulgarian
)

func cyrillicMode(text []byte) uint8 {
	hard := false
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if r < 0x400 || r > 0x52f {
			if hard && scriptOf(r) == scriptNone {
				return cyrillicBulgarian
			}
			continue
		}
		switch unicode.ToLower(r) {
		case 'і', 'ї', 'є', 'ґ':
			return cyrillicUkrainian
		case 'ђ', 'ћ', 'џ', 'љ', 'њ', 'ј':
			return cyrillicSerbian
		case 'ъ':
			hard = true
			continue
		case 'е', 'ё', 'ю', 'я':
		default:
			if hard {
				return cyrillicBulgarian
			}
		}
		hard = false
	}
	return cyrillicRussian
}

// appendCyrillic appends the spelling of the letter r in the language's way where it differs from the Russian one.
func appendCyrillic(dst []byte, r rune, mode uint8) []byte {
	l := unicode.ToLower(r)
	switch mode {
	case cyrillicUkrainian:
		switch l {
		case 'г':
			return append(dst, 'h')
		case 'и':
			return append(dst, 'y')
		}
	case cyrillicSerbian:
		switch l {
		case 'ж':
			return append(dst, 'z')
		case 'ч', 'ц':
			return append(dst, 'c')
		case 'ш':
			return append(dst, 's')
		case 'х':
			return append(dst, 'h')
		}
	case cyrillicBulgarian:
		switch l {
		case 'ъ':
			return append(dst, 'a')
		case 'щ':
			return append(dst, "sht"...)
		case 'х':
			return append(dst, 'h')
		}
	}
	return appendRoman(dst, r)
}

// appendGreek appends the spelling of the letter r, which rest follows.
func appendGreek(dst []byte, r rune, rest []byte) []byte {
	var last byte
	if len(dst) > 0 {
		last = dst[len(dst)-1]
	}
	switch unicode.ToLower(r) {
	case 'υ', 'ύ':
		switch last {
		case 'o':
			return append(dst, 'u')
		case 'a', 'e':
			next, _ := utf8.DecodeRune(rest)
			if len(rest) == 0 || strings.ContainsRune("θκξπσςτφχψΘΚΞΠΣΤΦΧΨ", next) {
				return append(dst, 'f')
			}
			return append(dst, 'v')
		}
	case 'π':
		// mp starts a word only as the way to write b.
		if k := len(dst); last == 'm' && (k == 1 || byteClass[dst[k-2]] < 'a') {
			dst[k-1] = 'b'
			return dst
		}
	}
	return appendRoman(dst, r)
}

// lookalikes pairs Latin letters with the Cyrillic and Greek ones that look like them.
const (
	latinLooks    = "abekmhopctyxijsdqw"
	cyrillicLooks = "авекмнорстухіјѕԁԛԝ"
	latinGreek    = "abezhiklmnoptyx"
	greekLooks    = "αβεζηικλμνορτυχ"
)

// lookalike returns the letter of the word's script that looks like r.
func lookalike(r rune, latin bool) rune {
	l := unicode.ToLower(r)
	if !latin {
		if i := strings.IndexRune(latinLooks, l); i >= 0 && scriptOf(r) == scriptLatin {
			return nth(cyrillicLooks, i)
		}
		return r
	}
	switch scriptOf(r) {
	case scriptCyrillic:
		if i := strings.IndexRune(cyrillicLooks, l); i >= 0 {
			return rune(latinLooks[i/2])
		}
	case scriptGreek:
		if i := strings.IndexRune(greekLooks, l); i >= 0 {
			return rune(latinGreek[i/2])
		}
	}
	return r
}

// nth returns the i-th rune of s, whose runes have two bytes each.
func nth(s string, i int) rune {
	r, _ := utf8.DecodeRuneInString(s[2*i:])
	return r
}

// foldNative appends letters that are not romanized, or, for Hangul, only after known parts were cut off: such runs
// hold words without spaces between them, legal forms above all.
func (n *Name) foldNative(piece []byte, s script) {
	k := len(n.key)
	n.key = appendNative(n.key, piece, s)
	run := n.key[k:]
	n.key = n.key[:k]
	var tails [4][]byte
	tail := 0
	for tail < len(tails) {
		end := vocabulary.suffix(run)
		if end == 0 {
			break
		}
		tails[tail] = run[end:]
		run = run[:end]
		tail++
	}
	for {
		end := vocabulary.prefix(run)
		if end == 0 {
			break
		}
		n.flatNative(run[:end], s)
		n.flat = append(n.flat, markerBreak)
		run = run[end:]
	}
	n.flatNative(run, s)
	for ; tail > 0; tail-- {
		n.flat = append(n.flat, markerBreak)
		n.flatNative(tails[tail-1], s)
	}
}

// flatNative appends one part of a run.
func (n *Name) flatNative(part []byte, s script) {
	switch s {
	case scriptHangul:
		n.flat = append(n.flat, markerRomanized)
		for len(part) > 0 {
			r, size := utf8.DecodeRune(part)
			n.flat = appendHangul(n.flat, r)
			part = part[size:]
		}
		return
	case scriptHan:
		n.flat = append(n.flat, markerHan)
	}
	n.flat = append(n.flat, part...)
}

// appendNative appends the letters of a run in the spelling that stands for all their variants.
func appendNative(dst, piece []byte, s script) []byte {
	for len(piece) > 0 {
		r, size := utf8.DecodeRune(piece)
		piece = piece[size:]
		switch {
		case scriptOf(r) == scriptMark:
			continue
		case s == scriptHan:
			r = hanVariant(r)
		case s == scriptNative:
			r = nativeVariant(r)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// nativeVariant folds letters that are written for one another: the forms of alef, and yeh and kaf of Persian.
func nativeVariant(r rune) rune {
	switch r {
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى', 'ی':
		return 'ي'
	case 'ة':
		return 'ه'
	case 'ک':
		return 'ك'
	}
	return unicode.ToLower(r)
}

// The letters of revised romanization, by their place in a Hangul syllable.
var (
	hangulInitial = [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	hangulMedial  = [...]string{
		"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu",
		"eu", "ui", "i",
	}
	hangulFinal = [...]string{
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng",
		"t", "t", "k", "t", "p", "t",
	}
)

// appendHangul appends a syllable letter by letter, without the sound changes between syllables.
func appendHangul(dst []byte, r rune) []byte {
	if r < 0xac00 || r > 0xd7a3 {
		return utf8.AppendRune(dst, r)
	}
	s := int(r - 0xac00)
	dst = append(dst, hangulInitial[s/588]...)
	dst = append(dst, hangulMedial[s%588/28]...)
	return append(dst, hangulFinal[s%28]...)
}
