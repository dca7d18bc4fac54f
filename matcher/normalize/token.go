package normalize

// Bounds that keep the cost of a name flat whatever it holds.
const (
	maxNameTokens = 64
	maxSegments   = 8
	maxGroups     = 8       // parentheses, and quotes
	maxText       = 4 << 10 // bytes of folded text
)

// sep is the set of separators that stood before a token.
type sep uint16

const (
	sepSpace sep = 1 << iota
	sepHyphen
	sepDash // a hyphen or dash between spaces, which separates more
	sepDot
	sepSlash
	sepComma
	sepPipe
	sepColon
	sepBreak // a change of script: nothing stood there
)

// strong is the separators that part a name from another.
const strong = sepDash | sepComma | sepPipe | sepColon

// mark holds what the tokenizer saw of a token.
type mark uint16

const (
	markJoined     mark = 1 << iota // single letters drawn together
	markSlashed                     // the letters were separated by slashes: t/a
	markPossessive                  // ended in 's
	markRomanized                   // was Cyrillic or Hangul
	markNative                      // kept in its own script
	markHan                         // Han or Kana, without word boundaries
	markDigit                       // holds a digit
	markAmp                         // the sign & or +
	markClosed                      // the slash of "/DE/" follows
	markDropped                     // belongs to no reading
	markPhrase                      // dropped as a part of a phrase between names
	markLegal                       // a part of a legal form of the first reading
	markPlace                       // a place of the first reading, or a part of one
)

// token is a word on its way from the text to a reading.
type token struct {
	start, end       uint16 // in Name.text
	altStart, altEnd uint16 // in Name.alt; empty: none
	sep              sep
	paren, quote     uint8 // number of the parentheses or quotes it stands in; 0: none
	elided           uint8 // bytes of an elided article at its start: l'oreal
	seg              uint8 // index of its segment
	index            uint8 // in Name.tokens
	mark             mark
	hash             uint64 // of the spelling as it is
	entry            *entry // in the vocabulary, under its spelling or its singular; never nil after lookUp
	stem             uint8  // how the singular is made; see singular
	class            Class
	form             LegalForm
	merged           uint8 // tokens after this one that are a part of it
}

func (n *Name) spelling(t *token) []byte { return n.text[t.start:t.end:t.end] }

func (t *token) single() bool {
	return t.end-t.start == 1 && t.mark&(markDigit|markNative|markAmp) == 0
}

// Codes that byteClass gives bytes that belong to no word.
const (
	byteSpace byte = iota
	byteDot
	byteComma
	byteHyphen
	byteSlash
	bytePipe
	byteColon
	byteApostrophe
	byteQuote
	byteOpen
	byteClose
	byteAmp
	byteNone // deleted: a registered sign
	byteMarker
)

// byteClass maps a byte of folded text to its lower-case letter or digit, itself when it is a part of a rune, or a
// code below '0'.
var byteClass = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 0x80, c >= '0' && c <= '9', c >= 'a' && c <= 'z':
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		case c < ' ' && c > 0:
			t[c] = byteMarker
		}
	}
	for code, chars := range map[byte]string{
		byteDot: ".", byteComma: ",", byteHyphen: "-", byteSlash: "/\\", bytePipe: "|", byteColon: ":;",
		byteApostrophe: "'`", byteQuote: "\"", byteOpen: "([{<", byteClose: ")]}>", byteAmp: "&+",
	} {
		for i := range len(chars) {
			t[chars[i]] = code
		}
	}
	return t
}()

// tokenize cuts n.flat into n.tokens.
func (n *Name) tokenize() {
	var before sep
	var paren, quote uint8
	n.parens, n.quotes, n.seps, n.letters = 0, 0, 0, false
	src := n.flat
	for i := 0; i < len(src) && len(n.tokens) < maxNameTokens && len(n.text) < maxText-64; {
		c := byteClass[src[i]]
		if c >= '0' || c == byteMarker && src[i] >= markerRomanized || c == byteAmp {
			t := token{start: uint16(len(n.text)), sep: before, paren: paren, quote: quote}
			if c == byteAmp {
				n.text = append(n.text, '&')
				t.mark = markAmp
				i++
			} else {
				i = n.word(&t, i)
			}
			t.end = uint16(len(n.text))
			if t.end > t.start {
				n.tokens = append(n.tokens, t)
				n.text = append(n.text, ' ')
				n.letters = n.letters || t.end-t.start == 1
				n.seps |= before
				before = 0
			}
			continue
		}
		switch c {
		case byteSpace, byteApostrophe:
			before |= sepSpace
		case byteDot:
			before |= sepDot
		case byteComma:
			before |= sepComma
		case byteHyphen:
			before |= sepHyphen
			if before&sepSpace != 0 && i+1 < len(src) && src[i+1] == ' ' {
				before |= sepDash
			}
		case byteSlash:
			before |= sepSlash
			if k := len(n.tokens); k > 0 && i > 0 && byteClass[src[i-1]] >= '0' {
				n.tokens[k-1].mark |= markClosed
			}
		case bytePipe:
			before |= sepPipe
		case byteColon:
			before |= sepColon
		case byteQuote:
			before |= sepSpace
			if quote == 0 && n.quotes < maxGroups {
				n.quotes++
				quote = n.quotes
			} else {
				quote = 0
			}
		case byteOpen:
			before |= sepSpace
			if n.parens < maxGroups {
				n.parens++
				paren = n.parens
			}
		case byteClose:
			before |= sepSpace
			paren = 0
		case byteMarker:
			before |= sepBreak
		}
		i++
	}
}

// word reads the token that starts at n.flat[i] and returns the index after it.
func (n *Name) word(t *token, i int) int {
	src, text := n.flat, n.text
	alt := -1 // where the second spelling starts in n.alt
	begin := i
	for i < len(src) && len(text) < maxText-16 && len(n.alt) < maxText-16 {
		c := byteClass[src[i]]
		if c >= '0' {
			from, room := len(text), maxText-16-len(text)
			if alt >= 0 {
				room = min(room, maxText-16-len(n.alt))
			}
			var m mark
			text, m = appendRun(text, src[i:min(i+room, len(src))])
			t.mark |= m
			i += len(text) - from
			if alt >= 0 {
				n.alt = append(n.alt, text[from:]...)
			}
			continue
		}
		if c == byteMarker {
			m := src[i]
			if m == markerBreak {
				break
			}
			i++
			switch m {
			case markerRomanized:
				t.mark |= markRomanized
			case markerHan:
				t.mark |= markHan
			default:
				if alt < 0 {
					alt = len(n.alt)
					n.alt = append(n.alt, text[t.start:]...)
				}
				n.alt = append(n.alt[:len(n.alt)-int(markers[m].drop)], markers[m].add...)
			}
			continue
		}
		if i+1 >= len(src) || i == begin || byteClass[src[i+1]] < '0' {
			break
		}
		if c == byteApostrophe {
			n.apostrophe(t, text, i)
		} else if c != byteDot && c != byteComma || !isDigit(src[i-1]) || !isDigit(src[i+1]) {
			break
		}
		i++
	}
	if alt >= 0 {
		t.altStart, t.altEnd = uint16(alt), uint16(len(n.alt))
	}
	n.text = text
	return i
}

// appendRun appends the letters and digits that src begins with, and says which there are. text has the room.
func appendRun(text, src []byte) ([]byte, mark) {
	run := text[len(text) : len(text)+len(src)]
	least, most := byte('z'), byte('0')
	for k, b := range src {
		c := byteClass[b]
		if c < '0' {
			run = run[:k]
			break
		}
		run[k] = c
		least, most = min(least, c), max(most, c)
	}
	var m mark
	if least <= '9' {
		m |= markDigit
	}
	if most >= 0x80 {
		m |= markNative
	}
	return text[:len(text)+len(run)], m
}

// apostrophe notes what the apostrophe at n.flat[i], between two letters, is for.
func (n *Name) apostrophe(t *token, text []byte, i int) {
	rest := n.flat[i+1:]
	if (rest[0] == 's' || rest[0] == 'S') && (len(rest) == 1 || byteClass[rest[1]] < '0') {
		t.mark |= markPossessive
		return
	}
	switch string(text[t.start:]) {
	case "l", "d", "dell", "dall", "nell", "all", "sull", "degl", "un", "qu":
		t.elided = uint8(len(text) - int(t.start))
	}
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// join draws runs of single letters together: I.B.M., I B M, S. A., A & M; and short pairs around an unspaced &: AT&T.
func (n *Name) join() {
	out := n.tokens[:0]
	for i := 0; i < len(n.tokens); {
		end := n.lettersEnd(i)
		if end <= i+1 {
			end = n.pairEnd(i)
		}
		if end <= i+1 {
			out = append(out, n.tokens[i])
			i++
			continue
		}
		t := n.tokens[i]
		t.start = uint16(len(n.text))
		slashed := markSlashed
		for k := i; k < end; k++ {
			u := &n.tokens[k]
			if k > i && u.sep != sepSlash {
				slashed = 0
			}
			if u.mark&markAmp == 0 && !n.isAnd(u) {
				n.text = append(n.text, n.text[u.start:u.end]...)
			}
			t.mark |= u.mark & (markDigit | markClosed | markRomanized)
		}
		t.end = uint16(len(n.text))
		t.mark |= markJoined | slashed
		t.mark &^= markPossessive
		t.altStart, t.altEnd = 0, 0
		out = append(out, t)
		i = end
	}
	n.tokens = out
}

// lettersEnd returns the end of the run of single letters that starts at token i.
func (n *Name) lettersEnd(i int) int {
	if !n.tokens[i].single() || i > 0 && n.tokens[i-1].mark&markAmp != 0 && n.text[n.tokens[i].start] == 'c' {
		return i // & C. stands for "and company": what follows is no part of it
	}
	end := i + 1
	for end < len(n.tokens) && n.sameGroup(i, end) {
		t := &n.tokens[end]
		if end > i+1 && n.tokens[i+1].sep == sepSlash && t.sep != sepSlash {
			return end // M/S A B
		}
		switch {
		case t.single():
			end++
		case (t.mark&markAmp != 0 || n.isAnd(t)) && end+1 < len(n.tokens) && n.tokens[end+1].single() && n.sameGroup(i, end+1):
			end += 2
		default:
			return end
		}
	}
	return end
}

// pairEnd returns the end of "x&y" without spaces at token i, when both are one or two characters.
func (n *Name) pairEnd(i int) int {
	if i+2 >= len(n.tokens) {
		return i
	}
	a, amp, b := &n.tokens[i], &n.tokens[i+1], &n.tokens[i+2]
	if amp.mark&markAmp == 0 || amp.sep != 0 || b.sep != 0 || !n.sameGroup(i, i+2) {
		return i
	}
	const odd = markAmp | markNative
	if a.end-a.start > 2 || b.end-b.start > 2 || (a.mark|b.mark)&odd != 0 {
		return i
	}
	return i + 3
}

// sameGroup reports whether no comma, bar or parenthesis separates token j from token i.
func (n *Name) sameGroup(i, j int) bool {
	a, b := &n.tokens[i], &n.tokens[j]
	return a.paren == b.paren && a.quote == b.quote && b.sep&strong == 0
}

func (n *Name) isAnd(t *token) bool { return string(n.text[t.start:t.end]) == "and" }
