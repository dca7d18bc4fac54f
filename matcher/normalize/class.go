package normalize

import "unicode/utf8"

// How the canonical spelling of a token that is not in the vocabulary is made from its spelling.
const (
	stemAsIs uint8 = iota
	stemS          // without the last s: systems
	stemES         // without es: boxes
	stemIES        // y in place of ies: batteries
)

// lookUp finds the token's entry, under its spelling or else its singular.
func (n *Name) lookUp(t *token) {
	text := n.spelling(t)
	t.hash = hash(text)
	if t.entry = vocabulary.word(t.hash); t.entry != nil {
		return
	}
	t.entry = &unknown
	if t.mark&(markDigit|markNative) != 0 {
		return
	}
	if t.stem = singular(text); t.stem != stemAsIs {
		n.key = appendStem(n.key[:0], text, t.stem)
		if e := vocabulary.word(hash(n.key)); e != nil && stemmable(e) {
			t.entry = e
		}
	}
}

// singular says how to make the singular of an English word, of five letters or more, that looks like a plural or a
// possessive. Words in -ss, -us, -is, -as and -os are left alone: most are no plurals.
func singular(text []byte) uint8 {
	k := len(text)
	if k < 5 || text[k-1] != 's' {
		return stemAsIs
	}
	switch text[k-2] {
	case 's', 'u', 'i', 'a', 'o':
		return stemAsIs
	case 'e':
		switch {
		case k >= 6 && text[k-3] == 'i' && string(text) != "series" && string(text) != "species":
			return stemIES
		case text[k-3] == 'x', text[k-3] == 's' && text[k-4] == 's', text[k-3] == 'h' && (text[k-4] == 'c' || text[k-4] == 's'):
			return stemES
		case k >= 6 && text[k-3] == 'i':
			return stemAsIs
		}
	}
	return stemS
}

func appendStem(dst, text []byte, stem uint8) []byte {
	switch stem {
	case stemS:
		return append(dst, text[:len(text)-1]...)
	case stemES:
		return append(dst, text[:len(text)-2]...)
	case stemIES:
		return append(append(dst, text[:len(text)-3]...), 'y')
	}
	return append(dst, text...)
}

// canonical returns the spelling that all of the token's equivalents share, which lives as long as the token's own, and the
// spelling's hash, if it is known: else 0.
func (n *Name) canonical(t *token) (spelling []byte, h uint64) {
	text := n.spelling(t)
	switch {
	case t.class == Number && t.entry.bits&(bitRoman|bitRomanOne) != 0:
		return romanDigits(text), 0
	case t.entry != &unknown:
		return t.entry.text, t.entry.hash
	case t.mark&markDigit != 0:
		return canonicalNumber(text), 0
	}
	switch t.stem {
	case stemS:
		return text[:len(text)-1], 0
	case stemES:
		return text[:len(text)-2], 0
	case stemIES:
		k := len(n.text)
		if cap(n.text)-k < len(text) {
			return text, t.hash
		}
		n.text = appendStem(n.text, text, t.stem)
		return n.text[k:len(n.text):len(n.text)], 0
	}
	return text, t.hash
}

// numerals holds the digits of the numbers that Roman numerals are read for.
var numerals = []byte("01020304050607080910111213141516171819202122232425")

// romanDigits returns the digits of a Roman numeral of i, v and x.
func romanDigits(text []byte) []byte {
	value, last := 0, 0
	for i := len(text) - 1; i >= 0; i-- {
		d := romanValue(text[i])
		if d < last {
			value -= d
		} else {
			value, last = value+d, d
		}
	}
	if value < 10 {
		return numerals[2*value-1 : 2*value : 2*value]
	}
	return numerals[2*value-2 : 2*value : 2*value]
}

func romanValue(c byte) int {
	switch c {
	case 'i':
		return 1
	case 'v':
		return 5
	}
	return 10
}

// canonicalNumber takes off leading zeros and the ending of an English ordinal.
func canonicalNumber(text []byte) []byte {
	for len(text) > 1 && text[0] == '0' && isDigit(text[1]) {
		text = text[1:]
	}
	k := 0
	for k < len(text) && isDigit(text[k]) {
		k++
	}
	switch string(text[k:]) {
	case "st", "nd", "rd", "th":
		return text[:k]
	}
	return text
}

// HashWord returns the Hash that a spelling has as a word wherever it stands.
func HashWord(text []byte) uint64 {
	const longest = 64
	if len(text) > longest {
		return hash(text)
	}
	var buf [longest]byte
	_, h := appendWord(buf[:0], text)
	return h
}

// appendWord appends the canonical spelling of a word, and returns the spelling's hash.
func appendWord(dst, text []byte) ([]byte, uint64) {
	h := hash(text)
	if e := vocabulary.word(h); e != nil && e.bits&(bitNotLast|bitInner) == 0 {
		return append(dst, e.text...), e.hash
	}
	stem := singular(text)
	if stem == stemAsIs {
		return append(dst, text...), h
	}
	k := len(dst)
	dst = appendStem(dst, text, stem)
	h = hash(dst[k:])
	if e := vocabulary.word(h); e != nil && stemmable(e) {
		return append(dst[:k], e.text...), e.hash
	}
	return dst, h
}

// stemmable reports whether the plural of an entry's spelling means the same.
func stemmable(e *entry) bool { return e.bits&(bitNotLast|bitInner) == 0 && e.class != Stop }

// build makes a reading of n.part, unless one with the same words is there.
func (n *Name) build(role Role) {
	if len(n.Readings) == MaxReadings {
		return
	}
	n.part = trim(collapse(n.part))
	markPlaces(n.part)
	markForms(n.part)
	if len(n.Readings) == 0 {
		n.noteParts()
	}
	classify(n.part)
	if !hasName(n.part) {
		rescue(n.part)
	}
	n.emit(role)
}

// noteParts marks the tokens of legal forms and of places in the first reading, for no further name is made of them alone.
func (n *Name) noteParts() {
	for i := range n.part {
		switch t := &n.part[i]; t.class {
		case Legal:
			n.tokens[t.index].mark |= markLegal
		case Place:
			n.tokens[t.index].mark |= markPlace
		}
	}
}

// trim takes conjunctions off both ends.
func trim(tokens []token) []token {
	for len(tokens) > 1 && isConjunction(&tokens[len(tokens)-1]) {
		tokens = tokens[:len(tokens)-1]
	}
	for len(tokens) > 1 && tokens[0].mark&markAmp != 0 {
		tokens = tokens[1:]
	}
	return tokens
}

// collapse takes a name that was given twice once.
func collapse(tokens []token) []token {
	half := len(tokens) / 2
	if len(tokens)%2 != 0 || half < 2 {
		return tokens
	}
	for i := range half {
		if tokens[i].hash != tokens[half+i].hash {
			return tokens
		}
	}
	return tokens[:half]
}

// markPlaces finds places of several words; the words of a country's name become one.
func markPlaces(tokens []token) {
	for i := 0; i < len(tokens); i++ {
		if tokens[i].entry.bits&bitPlace == 0 {
			continue
		}
		node, value, length := uint32(0), uint32(0), 0
		for k := i; k < len(tokens); k++ {
			next, ok := vocabulary.places.next(node, tokens[k].hash)
			if !ok {
				break
			}
			if node = next; vocabulary.places.final[node] != 0 {
				value, length = vocabulary.places.final[node], k-i+1
			}
		}
		if length == 0 {
			continue
		}
		place := &vocabulary.entries[value>>1]
		for k := i; k < i+length; k++ {
			tokens[k].class = Place
		}
		if value&1 != 0 {
			tokens[i].entry, tokens[i].merged = place, uint8(length-1)
		}
		i += length - 1
	}
}

// classify gives each token that is neither Legal nor a place of several words its class.
func classify(tokens []token) {
	last := len(tokens) - 1
	for last > 0 && tokens[last].class == Legal {
		last--
	}
	for i := range tokens {
		t := &tokens[i]
		if t.class != Core {
			continue
		}
		switch {
		case t.mark&markAmp != 0:
			t.class = Conjunction
		case i > 0 && t.sep == sepDot && isSuffix(tokens, i):
			t.class = Suffix
		case t.entry.bits&(bitRoman|bitRomanOne) != 0 && isRoman(tokens, i, last):
			t.class = Number
		case t.mark&markDigit != 0:
			t.class = Number
		case t.entry.bits&bitCode != 0 && isQualifier(tokens, i, last):
			t.class = Place
		case !holds(t.entry, i, last):
			t.entry = &unknown
		default:
			t.class = t.entry.class
		}
	}
}

// holds reports whether an entry that depends on where a word stands holds for the token at i.
func holds(e *entry, i, last int) bool {
	switch {
	case e.bits&bitNotLast != 0:
		return i < last
	case e.bits&bitInner != 0:
		return i > 0 && i < last
	case e.bits&(bitRoman|bitRomanOne) != 0 && e.class == Number:
		return false
	}
	return true
}

// isSuffix reports whether the token after a point is the end of a host name.
func isSuffix(tokens []token, i int) bool {
	if i+1 < len(tokens) && tokens[i+1].sep == sepDot {
		return false
	}
	t := &tokens[i]
	if t.entry.bits&bitSuffix != 0 {
		return tokens[i-1].end-tokens[i-1].start > 1
	}
	return len(tokens) == 2 && t.end-t.start == 2 && t.mark&(markDigit|markNative) == 0
}

// isQualifier reports whether the token stands alone in parentheses, or at the end after a comma: "(UK)", ", NY".
func isQualifier(tokens []token, i, last int) bool {
	t := &tokens[i]
	if i == 0 {
		return false
	}
	if t.paren != 0 {
		return tokens[i-1].paren != t.paren && (i+1 == len(tokens) || tokens[i+1].paren != t.paren)
	}
	return i == last && t.sep&sepComma != 0
}

// isRoman reports whether a Roman numeral is one here: at the end, or after something that is numbered.
func isRoman(tokens []token, i, last int) bool {
	if i == 0 {
		return false
	}
	if tokens[i-1].entry.bits&bitSeries != 0 {
		return true
	}
	return tokens[i].entry.bits&bitRoman != 0 && i == last
}

func hasName(tokens []token) bool {
	for i := range tokens {
		switch tokens[i].class {
		case Core, Generic, Sector, Place, Number:
			return true
		}
	}
	return false
}

// rescue makes Core what would leave a company without a name: the stop words of "The The", or else all of it.
func rescue(tokens []token) {
	for _, class := range [...]Class{Stop, Legal, Suffix} {
		found := false
		for i := range tokens {
			t := &tokens[i]
			if t.class == class && t.mark&markAmp == 0 {
				t.class, t.form, t.merged, found = Core, 0, 0, true
			}
		}
		if found {
			return
		}
	}
}

// emit appends the reading of the classified n.part.
func (n *Name) emit(role Role) {
	begin := len(n.words)
	n.key = n.key[:0]
	for i := 0; i < len(n.part); i++ {
		t := &n.part[i]
		n.appendWords(i, begin)
		switch t.class {
		case Legal, Stop, Conjunction, Suffix:
		default:
			if t.mark&markAmp == 0 {
				spelling, _ := n.canonical(t)
				n.key = append(n.key, spelling...)
			}
		}
		i += int(t.merged)
	}
	r := Reading{Role: role, Words: n.words[begin:len(n.words):len(n.words)]}
	if len(n.key) > 0 {
		r.Key = hash(n.key)
	}
	if len(r.Words) == 0 || n.hasReading(&r) {
		n.words = n.words[:begin]
		return
	}
	r.Acronym, r.AcronymAll = n.acronyms()
	n.Readings = append(n.Readings, r)
}

// hasReading reports whether a reading with the key is there already.
func (n *Name) hasReading(r *Reading) bool {
	for i := range n.Readings {
		if n.Readings[i].Key == r.Key {
			return true
		}
	}
	return false
}

// appendWords appends the words of the token at i of n.part, as far as the reading that begins at begin has room.
func (n *Name) appendWords(i, begin int) {
	t := &n.part[i]
	room := MaxWords - (len(n.words) - begin)
	if room <= 0 {
		return
	}
	w := Word{Text: n.spelling(t), Class: t.class, Form: t.form}
	if t.paren != 0 {
		w.Flags |= InParens
	}
	if t.mark&markJoined != 0 {
		w.Flags |= Joined
	}
	if t.end-t.start == 1 && t.mark&markAmp == 0 {
		w.Flags |= Initial
	}
	switch {
	case t.class == Legal:
		f := &vocabulary.forms[t.form]
		w.Text, w.Canonical, w.Hash = f.text, f.text, f.hash
		n.words = append(n.words, w)
		return
	case t.mark&markHan != 0 && t.entry == &unknown:
		n.appendBigrams(w, room)
		return
	case t.merged > 0:
		w.Text = n.spanText(i)
	}
	if w.Canonical, w.Hash = n.canonical(t); w.Hash == 0 {
		w.Hash = hash(w.Canonical)
	}
	if t.class == Place {
		w.Country = t.entry.country
	}
	w.Alt, w.AltText = n.second(t, w.Hash)
	n.words = append(n.words, w)
}

// spanText returns the spelling of the token at i of n.part with those merged into it.
func (n *Name) spanText(i int) []byte {
	t, last := &n.part[i], &n.part[i+int(n.part[i].merged)]
	if last.start < t.end { // a joined word stands elsewhere
		return n.spelling(t)
	}
	return n.text[t.start:last.end:last.end]
}

// maxSecond bounds the room that a second spelling takes.
const maxSecond = 256

// second returns the canonical spelling of the token's second spelling, and its hash; 0 when it has none or it is the
// word itself, whose hash is h.
func (n *Name) second(t *token, h uint64) (uint64, []byte) {
	text := n.spelling(t)
	switch {
	case t.altEnd > t.altStart:
		text = n.alt[t.altStart:t.altEnd]
	case t.elided > 0:
		text = text[t.elided:]
	case t.mark&markPossessive != 0:
		text = text[:len(text)-1]
	default:
		return 0, nil
	}
	if cap(n.alt)-len(n.alt) < maxSecond || len(text) > maxSecond/2 {
		return 0, nil
	}
	k := len(n.alt)
	var alt uint64
	if n.alt, alt = appendWord(n.alt, text); alt != h {
		return alt, n.alt[k:len(n.alt):len(n.alt)]
	}
	return 0, nil
}

// appendBigrams appends the overlapping pairs of characters of a Han or Kana run.
func (n *Name) appendBigrams(w Word, room int) {
	text := w.Text
	_, size := utf8.DecodeRune(text)
	if size == len(text) {
		w.Hash, w.Canonical = hash(text), text
		n.words = append(n.words, w)
		return
	}
	w.Flags |= Bigram
	for ; room > 0 && size < len(text); room-- {
		_, next := utf8.DecodeRune(text[size:])
		w.Text = text[: size+next : size+next]
		w.Hash, w.Canonical = hash(w.Text), w.Text
		n.words = append(n.words, w)
		text, size = text[size:], next
	}
}

// acronyms returns the hashes of the initials of n.part without and with its stop words.
func (n *Name) acronyms() (short, all uint64) {
	const most = 12
	var a, b [most]byte
	na, nb := 0, 0
	for i := range n.part {
		t := &n.part[i]
		c := n.text[t.start]
		if t.mark&(markHan|markNative) != 0 {
			return 0, 0
		}
		if t.class == Legal || t.class == Suffix || t.mark&markAmp != 0 || na == most || nb == most {
			continue
		}
		b[nb] = c
		nb++
		if t.class != Stop && t.class != Conjunction {
			a[na] = c
			na++
		}
	}
	if na > 1 {
		short = HashWord(a[:na])
	}
	if nb > na && nb > 1 {
		all = HashWord(b[:nb])
	}
	return short, all
}
