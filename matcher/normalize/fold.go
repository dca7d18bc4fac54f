package normalize

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folded text is lower case and upper case ASCII, native letters of the scripts that are not romanized, ASCII
// punctuation, and markers: bytes that no text can hold, for sanitize drops control characters.
const (
	markerBreak     = 1 + iota // the script changes here, or a known part of a run without spaces ends
	markerE                    // the second spelling has an e here: ö
	markerA                    // an a: å
	markerY                    // a y: ñ
	markerI                    // an i in place of the y before: й
	markerH                    // an h in place of the kh before: х
	markerRomanized            // the word that starts here was Cyrillic or Hangul
	markerHan                  // the word that starts here is Han or Kana
)

// markers says what a marker does to the second spelling: bytes taken off its end and text put there.
var markers = [...]struct {
	drop uint8
	add  string
}{markerE: {0, "e"}, markerA: {0, "a"}, markerY: {0, "y"}, markerI: {1, "i"}, markerH: {2, "h"}, markerHan: {}}

// maxFlat bounds folded text; one rune adds less than the difference to maxText.
const maxFlat = maxText / 2

// flatten writes the first MaxNameRunes of s to n.flat, folded.
func (n *Name) flatten(s string) {
	n.flat = append(n.flat[:0], s[:min(len(s), MaxNameRunes)]...)
	if isPlain(n.flat) {
		return
	}
	n.flat = n.flat[:0]
	if n.sanitize(s) {
		n.fold(n.raw)
		return
	}
	n.wide = norm.NFKC.Append(n.wide[:0], n.raw...)
	n.fold(n.wide)
}

// isPlain reports whether text is ASCII without controls and HTML entities, which needs no folding. It looks at eight
// bytes at a time: a byte below the space borrows into its top bit, and one of another alphabet has that bit itself.
func isPlain(text []byte) bool {
	const spaces, tops = 0x2020202020202020, 0x8080808080808080
	rest := text
	for ; len(rest) >= 8; rest = rest[8:] {
		if v := binary.LittleEndian.Uint64(rest); (v|(v-spaces))&tops != 0 {
			return false
		}
	}
	for _, c := range rest {
		if c < ' ' || c >= 0x80 {
			return false
		}
	}
	return bytes.IndexByte(text, '&') < 0 || bytes.IndexByte(text, ';') < 0
}

// sanitize writes s to n.raw with HTML entities decoded and without what cannot be seen, and reports whether that is in
// NFKC for sure.
func (n *Name) sanitize(s string) (normal bool) {
	n.raw, normal = n.raw[:0], true
	for runes := 0; len(s) > 0 && runes < MaxNameRunes; runes++ {
		if c := s[0]; c >= ' ' && c < 0x7f && c != '&' {
			n.raw = append(n.raw, c)
			s = s[1:]
			continue
		}
		if s[0] == '&' {
			if r, mark, size := entity(s); size > 0 {
				n.raw = utf8.AppendRune(n.raw, r)
				if mark != 0 {
					n.raw = utf8.AppendRune(n.raw, mark)
				}
				s, normal = s[size:], false
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if r == utf8.RuneError || isInvisible(r) {
			continue
		}
		if unicode.IsSpace(r) {
			r = ' '
		}
		normal = normal && isNormal(r)
		n.raw = utf8.AppendRune(n.raw, r)
	}
	return normal
}

// isNormal holds for runes that NFKC leaves alone wherever they stand; that spares most names the normalizer.
func isNormal(r rune) bool {
	return r < tableEnd && normalTable[r] || r >= 0x4e00 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fe
}

var normalTable = func() (t [tableEnd]bool) {
	for r := range rune(tableEnd) {
		s := string(r)
		t[r] = norm.NFKC.PropertiesString(s).BoundaryBefore() && norm.NFKC.String(s) == s
	}
	return t
}()

// isInvisible holds for runes that are deleted: controls, joiners, direction marks, variation selectors, and the signs
// that NFKC would turn into letters.
func isInvisible(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f:
		return r != 0x85
	case r == '®', r == '©', r == '™', r == '℠', r == '℗', r == 0xad, r == 0x180e, r == 0xfeff:
		return true
	}
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f ||
		r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0000 && r <= 0xe0fff || r >= 0xe000 && r <= 0xf8ff
}

// entity decodes the HTML entity that s starts with: a rune, a combining mark after it (0: none), and the bytes it took
// (0: there is none). An ampersand that was escaped repeatedly is one ampersand.
func entity(s string) (r, mark rune, size int) {
	end := 1
	for end < len(s) && end < 10 && s[end] != ';' {
		end++
	}
	if end < 3 || end >= len(s) || s[end] != ';' {
		return 0, 0, 0
	}
	name := s[1:end]
	if name[0] == '#' {
		if r = number(name[1:]); r == 0 {
			return 0, 0, 0
		}
		return r, 0, end + 1
	}
	if name == "amp" {
		for len(s) > end+4 && s[end+1:end+5] == "amp;" {
			end += 4
		}
		return '&', 0, end + 1
	}
	for i := range namedEntities {
		if namedEntities[i].name == name {
			return namedEntities[i].r, 0, end + 1
		}
	}
	for i := range accentEntities {
		if suffix := accentEntities[i].name; len(name) == len(suffix)+1 && name[1:] == suffix {
			return rune(name[0]), accentEntities[i].r, end + 1
		}
	}
	return 0, 0, 0
}

// number reads the digits of a numeric entity; 0 is a bad one.
func number(s string) (r rune) {
	base := rune(10)
	if len(s) > 1 && (s[0] == 'x' || s[0] == 'X') {
		s, base = s[1:], 16
	}
	for i := range len(s) {
		d := rune(s[i]|0x20) - '0'
		if d > 9 {
			d -= 'a' - '0' - 10
		}
		if d < 0 || d >= base || r > unicode.MaxRune/base {
			return 0
		}
		r = r*base + d
	}
	if !utf8.ValidRune(r) || isInvisible(r) {
		return 0
	}
	return r
}

var namedEntities = [...]struct {
	name string
	r    rune
}{
	{"quot", '"'},
	{"apos", '\''},
	{"nbsp", ' '},
	{"lt", ' '},
	{"gt", ' '},
	{"ndash", '–'},
	{"mdash", '—'},
	{"lsquo", '‘'},
	{"rsquo", '’'},
	{"ldquo", '“'},
	{"rdquo", '”'},
	{"laquo", '«'},
	{"raquo", '»'},
	{"szlig", 'ß'},
	{"aelig", 'æ'},
	{"AElig", 'Æ'},
	{"oelig", 'œ'},
	{"OElig", 'Œ'},
	{"oslash", 'ø'},
	{"Oslash", 'Ø'},
	{"eth", 'ð'},
	{"thorn", 'þ'},
	{"lstrok", 'ł'},
	{"middot", '·'},
	{"bull", ' '},
	{"reg", ' '},
	{"trade", ' '},
	{"copy", ' '},
	{"shy", ' '},
	{"hellip", ' '},
}

// accentEntities are the names after a letter, and the mark that each puts on it.
var accentEntities = [...]struct {
	name string
	r    rune
}{
	{"acute", 0x301},
	{"grave", 0x300},
	{"circ", 0x302},
	{"uml", 0x308},
	{"tilde", 0x303},
	{"cedil", 0x327},
	{"ring", 0x30a},
	{"caron", 0x30c},
	{"breve", 0x306},
	{"ogon", 0x328},
	{"dblac", 0x30b},
	{"dot", 0x307},
}

// fold writes text in NFKC to n.flat: letters romanized, folded and stripped, punctuation as ASCII.
func (n *Name) fold(text []byte) {
	mode := cyrillicMode(text)
	for w := text; len(w) > 0 && len(n.flat) < maxFlat; {
		if end := plainEnd(w); end > 0 {
			n.flat = append(n.flat, w[:end]...)
			w = w[end:]
			continue
		}
		r, size := utf8.DecodeRune(w)
		if scriptOf(r) == scriptNone {
			n.flat = append(n.flat, punctuation(r))
			w = w[size:]
			continue
		}
		end := runEnd(w)
		n.foldRun(w[:end], mode)
		w = w[end:]
	}
}

// plainEnd returns the end of the ASCII that w starts with, without the letters that belong to a run with others.
func plainEnd(w []byte) int {
	end := 0
	for i, c := range w {
		if c >= 0x80 {
			return end
		}
		if byteClass[c] < '0' {
			end = i + 1
		}
	}
	return len(w)
}

// runEnd returns the end of the letters, marks and digits that w starts with.
func runEnd(w []byte) (end int) {
	for end < len(w) {
		r, size := utf8.DecodeRune(w[end:])
		if scriptOf(r) == scriptNone {
			break
		}
		end += size
	}
	return end
}

// punctuation returns the ASCII sign that r stands for, a space for all the rest.
func punctuation(r rune) byte {
	if r < 0x80 {
		return byte(r)
	}
	switch r {
	case '‘', '’', 'ʼ', '′', '´', '‛', 'ʻ', '＇', '׳':
		return '\''
	case '“', '”', '„', '«', '»', '‹', '›', '「', '」', '『', '』', '〝', '〟', '‟', '″', '《', '》', '〈', '〉', '״':
		return '"'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹘', '־', '〜', '～':
		return '-'
	case '、', '،', '︑':
		return ','
	case '。':
		return '.'
	case '【', '〔', '（', '〖':
		return '('
	case '】', '〕', '）', '〗':
		return ')'
	case '¦', '│', '‖', '｜':
		return '|'
	case '⁄', '∕':
		return '/'
	}
	return ' '
}

// foldRun folds letters that stand together. Where some are of another script than most, they are look-alikes.
func (n *Name) foldRun(run []byte, mode uint8) {
	var count [scripts]int
	for i := 0; i < len(run); {
		r, size := utf8.DecodeRune(run[i:])
		count[scriptOf(r)]++
		i += size
	}
	mixed := count[scriptLatin] > 0 && count[scriptCyrillic]+count[scriptGreek] > 0
	latin := count[scriptLatin] >= count[scriptCyrillic]+count[scriptGreek] || mixed && looksLatin(run)
	if count[scriptCyrillic] > 0 && !(mixed && latin) {
		n.flat = append(n.flat, markerRomanized)
	}
	for first := true; len(run) > 0; first = false {
		s, end := pieceEnd(run)
		if !first {
			n.flat = append(n.flat, markerBreak)
		}
		switch s {
		case scriptHangul, scriptHan, scriptNative:
			n.foldNative(run[:end], s)
		default:
			n.foldAlphabet(run[:end], mode, mixed, latin)
		}
		run = run[end:]
	}
}

// looksLatin reports whether each letter of another script in run has a Latin look-alike.
func looksLatin(run []byte) bool {
	for len(run) > 0 {
		r, size := utf8.DecodeRune(run)
		if s := scriptOf(r); (s == scriptCyrillic || s == scriptGreek) && lookalike(r, true) == r {
			return false
		}
		run = run[size:]
	}
	return true
}

// pieceEnd returns the end of the letters of one kind of script that run starts with: Han, Hangul, another that stays
// as it is, or an alphabet. Digits belong to an alphabet, marks to what they stand on.
func pieceEnd(run []byte) (kind script, end int) {
	for i, size := 0, 0; i < len(run); i += size {
		var r rune
		r, size = utf8.DecodeRune(run[i:])
		s := scriptOf(r)
		if s == scriptMark && i > 0 {
			continue
		}
		if s < scriptHangul {
			s = scriptLatin
		}
		if i == 0 {
			kind = s
		} else if s != kind {
			return kind, i
		}
	}
	return kind, len(run)
}

// foldAlphabet appends the ASCII spelling of an alphabet's letters.
func (n *Name) foldAlphabet(piece []byte, mode uint8, mixed, latin bool) {
	for len(piece) > 0 {
		r, size := utf8.DecodeRune(piece)
		piece = piece[size:]
		if mixed {
			r = lookalike(r, latin)
		}
		switch scriptOf(r) {
		case scriptMark:
		case scriptDigit:
			n.flat = append(n.flat, '0'+digit(r))
		case scriptCyrillic:
			n.flat = appendCyrillic(n.flat, r, mode)
		case scriptGreek:
			n.flat = appendGreek(n.flat, r, piece)
		default:
			n.flat = appendRoman(n.flat, r)
		}
	}
}

// digit returns the value of a decimal digit of any script.
func digit(r rune) byte {
	if r < 0x80 {
		return byte(r - '0')
	}
	for _, t := range unicode.Nd.R16 {
		if uint32(r) >= uint32(t.Lo) && uint32(r) <= uint32(t.Hi) {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) >= t.Lo && uint32(r) <= t.Hi {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	return 0
}
