package normalize

// segment is a part of a text that names a company of its own.
type segment struct{ role Role }

// Values of the trie of phrases: what follows the phrase is this to the company that stands before it.
const (
	phraseTrade = 1 + iota
	phraseFormer
	phraseParent
	phraseDrop // not a company of interest: c/o, powered by
)

func phraseRole(name string) uint32 {
	switch name {
	case "trade":
		return phraseTrade
	case "former":
		return phraseFormer
	case "parent":
		return phraseParent
	case "drop":
		return phraseDrop
	}
	panic("phrases: unknown role " + name)
}

// split gives each token its segment, by the phrases that stand between them, and drops what names nothing.
func (n *Name) split() {
	n.segs = append(n.segs[:0], segment{Primary})
	n.doubtful = false
	n.dropNoise()
	n.dropShares()
	var seg, paren uint8
	for i := 0; i < len(n.tokens); i++ {
		t := &n.tokens[i]
		if paren != 0 && t.paren != paren {
			seg, paren = 0, 0
		}
		if role, length := n.phraseAt(i); length > 0 && len(n.segs) < maxSegments {
			for k := i; k < i+length; k++ {
				n.tokens[k].mark |= markDropped | markPhrase
			}
			n.doubtful = n.doubtful || role == Parent && t.sep&strong == 0 && t.paren == 0
			seg, paren = uint8(len(n.segs)), t.paren
			n.segs = append(n.segs, segment{role})
			i += length - 1
			continue
		}
		t.seg = seg
	}
	n.dropCareOf()
	n.splitCompany()
	n.dropDepartments()
}

const roleDropped Role = 255

// phraseAt returns the role of what follows the phrase at token i, and the phrase's length; 0 when there is none, or
// nothing before or after it.
func (n *Name) phraseAt(i int) (role Role, length int) {
	if i == 0 || n.tokens[i].entry.bits&bitPhrase == 0 || !hasSubstance(n.tokens[:i], nil) {
		return 0, 0
	}
	node, value := uint32(0), uint32(0)
	for k := i; k < len(n.tokens)-1; k++ {
		t := &n.tokens[k]
		next, ok := vocabulary.phrases.next(node, t.hash)
		if !ok && t.mark&markSlashed != 0 {
			next, ok = vocabulary.phrases.next(node, t.hash^saltSlashed)
		}
		if !ok {
			break
		}
		if node = next; vocabulary.phrases.final[node] != 0 {
			value, length = vocabulary.phrases.final[node], k-i+1
		}
	}
	switch value {
	case phraseTrade:
		return Trade, length
	case phraseFormer:
		return Former, length
	case phraseParent:
		return Parent, length
	case phraseDrop:
		return roleDropped, length
	}
	return 0, 0
}

// dropCareOf drops the segments that are of no interest.
func (n *Name) dropCareOf() {
	for i := range n.tokens {
		if t := &n.tokens[i]; n.segs[t.seg].role == roleDropped {
			t.mark |= markDropped
		}
	}
}

// dropNoise drops (R) and (TM), tickers in parentheses, and the state that registers add: "INC /DE/".
func (n *Name) dropNoise() {
	last := len(n.tokens) - 1
	if t := &n.tokens[0]; last > 0 && t.mark&markSlashed != 0 && string(n.spelling(t)) == "ms" {
		t.mark |= markDropped // M/S, for Messrs
	}
	if t := &n.tokens[last]; last > 0 && t.mark&markClosed != 0 && t.sep&sepSlash != 0 && t.sep&sepSpace != 0 && t.end-t.start <= 4 {
		t.mark |= markDropped
	}
	for i := 1; i <= last; i++ {
		t := &n.tokens[i]
		if t.paren == 0 || t.paren == n.tokens[i-1].paren {
			continue
		}
		end := i + 1
		for end <= last && n.tokens[end].paren == t.paren {
			end++
		}
		sign := false
		switch string(n.spelling(t)) {
		case "r", "tm", "c":
			sign = end == i+1
		}
		if !sign && (t.entry.bits&bitExchange == 0 || end == i+1) {
			continue
		}
		for k := i; k < end; k++ {
			n.tokens[k].mark |= markDropped
		}
	}
}

// dropShares drops the kind of share after a legal form at the end: "Inc Common Stock", "PLC Class A". Lists of
// securities give companies such names.
func (n *Name) dropShares() {
	k := len(n.tokens)
	for k > 0 && n.tokens[k-1].entry.bits&bitShare != 0 {
		k--
	}
	if k == len(n.tokens) || k < 2 || n.tokens[k-1].entry.bits&bitLegalLast == 0 || n.tokens[k-1].end-n.tokens[k-1].start < 2 {
		return
	}
	for i := k; i < len(n.tokens); i++ {
		n.tokens[i].mark |= markDropped
	}
}

// splitCompany finds the parent in "Acme, an Example company".
func (n *Name) splitCompany() {
	last := len(n.tokens) - 1
	if string(n.spelling(&n.tokens[last])) != "company" || n.tokens[last].seg != 0 || len(n.segs) == maxSegments {
		return
	}
	for i := last - 2; i > 0; i-- {
		t := &n.tokens[i]
		separated := t.sep&strong != 0 || t.paren != 0 && n.tokens[i-1].paren != t.paren
		if text := string(n.spelling(t)); !separated || text != "a" && text != "an" || t.seg != 0 {
			continue
		}
		t.mark |= markDropped
		n.tokens[last].mark |= markDropped
		for k := i; k < last; k++ {
			n.tokens[k].seg = uint8(len(n.segs))
		}
		n.segs = append(n.segs, segment{Parent})
		return
	}
}

// dropDepartments drops the departments after the last separators: "Acme Inc - Sales", "Acme | IT, Purchasing".
func (n *Name) dropDepartments() {
	end := len(n.tokens)
	for end > 0 && (n.tokens[end-1].seg != 0 || n.tokens[end-1].mark&markDropped != 0) {
		end--
	}
	department := false
	for i := end - 1; i > 0; i-- {
		t := &n.tokens[i]
		if t.seg != 0 {
			return
		}
		switch {
		case t.entry.bits&bitDepartment != 0:
			department = true
		case t.entry.class != Stop && !isConjunction(t):
			return
		}
		if department && (t.sep&(strong|sepSlash) != 0 || t.paren != 0 && n.tokens[i-1].paren != t.paren) {
			for k := i; k < end; k++ {
				n.tokens[k].mark |= markDropped
			}
			end, department = i, false
		}
	}
}

// addReadings builds the readings: first the whole of the primary segment, then the other segments, then what parts of
// the primary one may stand for it.
func (n *Name) addReadings() {
	for p := uint8(1); p <= n.parens; p++ {
		n.liftAcronym(p)
	}
	if n.doubtful {
		n.part = n.part[:0]
		for i := range n.tokens {
			if t := &n.tokens[i]; t.mark&markDropped == 0 || t.mark&markPhrase != 0 {
				n.part = append(n.part, *t)
			}
		}
		n.build(Primary)
	}
	for s := range n.segs {
		n.part = n.part[:0]
		for i := range n.tokens {
			if t := &n.tokens[i]; int(t.seg) == s && t.mark&markDropped == 0 {
				n.part = append(n.part, *t)
			}
		}
		if len(n.part) == 0 {
			continue
		}
		role := n.segs[s].role
		if role == Primary && n.doubtful {
			role = Alias
		}
		n.build(role)
	}
	for g := uint8(1); g <= n.parens; g++ {
		n.addGroup(func(t *token) bool { return t.paren == g })
	}
	for g := uint8(1); g <= n.quotes; g++ {
		n.addGroup(func(t *token) bool { return t.quote == g })
	}
	if n.seps&(sepDash|sepPipe) != 0 {
		n.addSides()
	}
}

// liftAcronym makes the acronym of the name, in parentheses of its own, a segment.
func (n *Name) liftAcronym(paren uint8) {
	at, count := 0, 0
	for i := range n.tokens {
		if t := &n.tokens[i]; t.paren == paren && t.seg == 0 && t.mark&markDropped == 0 {
			at = i
			count++
		}
	}
	if count != 1 || at == 0 || len(n.segs) == maxSegments || !n.isAcronym(at) {
		return
	}
	n.tokens[at].seg = uint8(len(n.segs))
	n.segs = append(n.segs, segment{Alias})
}

// isAcronym reports whether the initials of the primary words outside parentheses start with the token at i, stop words
// counted or not.
func (n *Name) isAcronym(i int) bool {
	text := n.spelling(&n.tokens[i])
	return len(text) > 1 && (n.spellsInitials(text, false) || n.spellsInitials(text, true))
}

func (n *Name) spellsInitials(text []byte, stops bool) bool {
	k := 0
	for i := range n.tokens {
		t := &n.tokens[i]
		if t.seg != 0 || t.paren != 0 || t.mark&(markDropped|markAmp) != 0 {
			continue
		}
		if !stops && (t.entry.class == Stop || t.entry.class == Conjunction) {
			continue
		}
		if n.text[t.start] != text[k] {
			return false
		}
		if k++; k == len(text) {
			return true
		}
	}
	return false
}

// addGroup adds what stands in parentheses or quotes, and what stands outside, each as a name, when both can be one. What only
// qualifies a name is none.
func (n *Name) addGroup(in func(*token) bool) {
	inside, outside, named := false, false, false
	for i := range n.tokens {
		t := &n.tokens[i]
		const odd = markDropped | markLegal | markAmp | markDigit
		if t.seg != 0 || t.mark&odd != 0 || t.entry.class != Core || t.entry.bits&(bitPlace|bitCode) != 0 {
			continue
		}
		if in(t) {
			inside, named = true, named || t.entry.bits&bitQualifier == 0 && t.mark&markPlace == 0
		} else {
			outside = true
		}
	}
	if !inside || !outside {
		return
	}
	for _, role := range [...]Role{Alias, Trade} {
		if role == Trade && !named {
			break
		}
		n.part = n.part[:0]
		for i := range n.tokens {
			if t := &n.tokens[i]; t.seg == 0 && t.mark&markDropped == 0 && in(t) == (role == Trade) {
				n.part = append(n.part, *t)
			}
		}
		n.build(role)
	}
}

// addSides adds the two sides of a bar, and the left side of a dash between spaces, each as a name.
func (n *Name) addSides() {
	for i := 1; i < len(n.tokens); i++ {
		t := &n.tokens[i]
		bar := t.sep&sepPipe != 0
		if t.seg != 0 || t.mark&markDropped != 0 || t.sep&(sepDash|sepPipe) == 0 {
			continue
		}
		n.addSide(Alias, n.tokens[:i])
		if bar {
			n.addSide(Trade, n.tokens[i:])
		}
		return
	}
}

// addSide builds a reading of tokens unless they say too little.
func (n *Name) addSide(role Role, tokens []token) {
	n.part = n.part[:0]
	name := false
	for i := range tokens {
		if t := &tokens[i]; t.seg == 0 && t.mark&markDropped == 0 {
			n.part = append(n.part, *t)
			name = name || t.entry.class == Core && t.end-t.start > 1 && t.mark&markLegal == 0
		}
	}
	if name {
		n.build(role)
	}
}
