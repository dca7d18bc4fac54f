package normalize

import (
	"fmt"
	"strings"
)

// LegalForm is a legal form's number in the vocabulary; 0 is none. Numbers may change with Version.
type LegalForm uint16

// Family groups the legal forms of all countries by what they are.
type Family uint8

const (
	NoFamily           Family = iota
	LimitedCompany            // owners' liability is limited, shares are not traded: LLC, Ltd, GmbH
	StockCompany              // shares may be traded: Inc, PLC, AG, SA
	LimitedPartnership        // LP, KG
	Partnership               // LLP, OHG, SNC
	SoleTrader                // e.K., ИП
	Cooperative               // eG, Coop
	NonProfit                 // e.V., gGmbH, ASBL
	StateBody                 // ГУП, EPIC
	Fund                      // SICAV
	families
)

var familyNames = [families]string{
	"", "limited company", "stock company", "limited partnership", "partnership", "sole trader", "cooperative",
	"non-profit", "state body", "fund",
}

func (f Family) String() string {
	if f < families {
		return familyNames[f]
	}
	return ""
}

type form struct {
	name      string
	family    Family
	countries []Country
	text      []byte // normalized name
	hash      uint64
}

func (f LegalForm) info() *form {
	if int(f) < len(vocabulary.forms) {
		return &vocabulary.forms[f]
	}
	return &vocabulary.forms[0]
}

// Name returns the form as it is usually written; "" for none.
func (f LegalForm) Name() string { return f.info().name }

// Family returns the form's family.
func (f LegalForm) Family() Family { return f.info().family }

// Countries returns where the form is one of the law; empty when it is used too widely to tell. It must not be changed.
func (f LegalForm) Countries() []Country { return f.info().countries }

// FormLevel says how well the legal forms of two names agree.
type FormLevel uint8

const (
	FormMissing      FormLevel = iota // one of the names has none
	FormSame                          // the same form
	FormFamily                        // forms of one family that a country has both: Inc, Corp
	FormDifferent                     // forms of different families that a country has both: Ltd, PLC
	FormIncompatible                  // no country has both: Ltd, GmbH
)

func (l FormLevel) String() string {
	return [...]string{"missing", "same", "family", "different", "incompatible"}[min(l, FormIncompatible)]
}

// CompareForms returns the best level of any form of a with any of b.
func CompareForms(a, b *Reading) FormLevel {
	best := FormMissing
	for i := range a.Words {
		for j := range b.Words {
			f, g := a.Words[i].Form, b.Words[j].Form
			if f == 0 || g == 0 {
				continue
			}
			if l := f.Compare(g); best == FormMissing || l < best {
				best = l
			}
		}
	}
	return best
}

// Compare returns how well two forms agree.
func (f LegalForm) Compare(g LegalForm) FormLevel {
	switch {
	case f == 0 || g == 0:
		return FormMissing
	case f == g:
		return FormSame
	case !shareCountry(f.Countries(), g.Countries()):
		return FormIncompatible
	case f.Family() == g.Family():
		return FormFamily
	}
	return FormDifferent
}

// shareCountry reports whether the lists have a country in common; an empty list has all of them.
func shareCountry(a, b []Country) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, c := range a {
		for _, d := range b {
			if c == d {
				return true
			}
		}
	}
	return false
}

// Spellings that count only when they are written in a certain way are kept under hashes of their own.
const (
	saltRomanized = 0x5bd1e9955bd1e995
	saltJoined    = 0xc2b2ae3527d4eb4f
	saltParens    = 0x165667b19e3779f9
	saltSlashed   = 0x27d4eb2f165667c5
)

// loadForms reads lines of "name | family | countries: spellings". A spelling is a form at a name's end; one that
// starts with ^ is one at its start too. "+" before it: only when written with points (e.V.); in parentheses: only so.
func (l *loader) loadForms(file string) {
	l.v.forms = append(l.v.forms, form{})
	byName := map[string]Family{}
	for i, name := range familyNames {
		byName[name] = Family(i)
	}
	rows(file, func(key string, list []string) {
		parts := strings.Split(key, "|")
		if len(parts) != 3 {
			panic(fmt.Sprintf("%s: %q is not name | family | countries", file, key))
		}
		f := form{name: strings.TrimSpace(parts[0])}
		f.family = byName[strings.TrimSpace(parts[1])]
		if f.family == NoFamily {
			panic(fmt.Sprintf("%s: %q has an unknown family", file, key))
		}
		for _, c := range strings.Fields(parts[2]) {
			f.countries = append(f.countries, Country(c[0])<<8|Country(c[1]))
		}
		f.text = l.spaced(l.tokens(f.name))
		f.hash = hash(f.text)
		l.v.forms = append(l.v.forms, f)
		for _, spelling := range list {
			l.addForm(spelling, uint32(len(l.v.forms)-1))
		}
	})
}

// formPaired marks the value of a spelling at the start that counts only together with a form at the end.
const formPaired = 1 << 16

func (l *loader) addForm(spelling string, form uint32) {
	text, first := strings.CutPrefix(spelling, "^")
	text, paired := strings.CutPrefix(text, "&")
	text, pointed := strings.CutPrefix(text, "+")
	t := l.tokens(text)
	seq := make([]uint64, len(t))
	affix := uint32(affixSuffix)
	if first {
		affix = affixPrefix
	}
	for i := range t {
		seq[i] = t[i].hash ^ formSalt(&t[i])
		if pointed {
			seq[i] ^= saltJoined
		} else if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
			seq[i] ^= saltParens
		} else {
			l.affix(text, &t[i], affix)
		}
	}
	if first {
		value := form
		if paired {
			value |= formPaired
		}
		l.legalStarts.add(seq, value)
		l.flag(&t[0], bitLegalFirst)
		return
	}
	l.flag(&t[len(t)-1], bitLegalLast)
	for i, j := 0, len(seq)-1; i < j; i, j = i+1, j-1 {
		seq[i], seq[j] = seq[j], seq[i]
	}
	if got := l.legalEnds.add(seq, form); got != form {
		panic(fmt.Sprintf("legal forms: %q is one of %s and of %s", spelling, l.v.forms[got].name, l.v.forms[form].name))
	}
}

// formSalt tells what was romanized from Latin: ООО and ТОО are forms, "too" is a word.
func formSalt(t *token) uint64 {
	if t.mark&markRomanized != 0 {
		return saltRomanized
	}
	return 0
}

// nextForm follows the edge of a token in a trie of forms.
func nextForm(t *trie, node uint32, tok *token) (uint32, bool) {
	h := tok.hash ^ formSalt(tok)
	if tok.mark&markJoined != 0 {
		if next, ok := t.next(node, h^saltJoined); ok {
			return next, true
		}
	}
	if next, ok := t.next(node, h); ok {
		return next, true
	}
	if tok.paren != 0 {
		return t.next(node, h^saltParens)
	}
	return 0, false
}

// formAtEnd returns the longest form that the tokens end in and how many of them it is.
func formAtEnd(tokens []token) (f LegalForm, length int) {
	k := len(tokens)
	if k == 0 || tokens[k-1].entry.bits&bitLegalLast == 0 {
		return 0, 0
	}
	node := uint32(0)
	for i := k - 1; i >= 0; i-- {
		if i < k-1 && isConjunction(&tokens[i]) {
			continue
		}
		next, ok := nextForm(&vocabulary.legalEnds, node, &tokens[i])
		if !ok {
			break
		}
		if node = next; vocabulary.legalEnds.final[node] != 0 {
			f, length = LegalForm(vocabulary.legalEnds.final[node]), k-i
		}
	}
	return f, length
}

// formAtStart returns the longest form that the tokens start with and how many of them it is, given the form at the end.
func formAtStart(tokens []token, end LegalForm) (f LegalForm, length int) {
	if len(tokens) == 0 || tokens[0].entry.bits&bitLegalFirst == 0 {
		return 0, 0
	}
	node := uint32(0)
	for i := range tokens {
		if i > 0 && isConjunction(&tokens[i]) {
			continue
		}
		next, ok := nextForm(&vocabulary.legalStarts, node, &tokens[i])
		if !ok {
			break
		}
		node = next
		if v := vocabulary.legalStarts.final[node]; v != 0 && fitsEnd(v, end) {
			f, length = LegalForm(v), i+1
		}
	}
	return f, length
}

// fitsEnd reports whether a form at the start may go with the one at the end: one of the same country, or none.
func fitsEnd(value uint32, end LegalForm) bool {
	if end == 0 {
		return value&formPaired == 0
	}
	return shareCountry(LegalForm(value).Countries(), end.Countries())
}

// markForms makes Legal the forms at the ends of tokens: the longest ones first, from the end, before a place at the
// end, and from the start. It never takes all of what names the company.
func markForms(tokens []token) {
	lo, hi := 0, len(tokens)
	var end LegalForm
	for hi > lo {
		f, length := formAtEnd(tokens[lo:hi])
		if f == 0 {
			if t := &tokens[hi-1]; isConjunction(t) {
				hi--
				continue
			}
			break
		}
		if end != 0 && !shareCountry(f.Countries(), end.Countries()) || !hasSubstance(tokens[lo:hi-length], tokens[hi:]) {
			break
		}
		end = f
		makeForm(tokens[hi-length:hi], f)
		hi -= length
	}
	markFormBeforePlace(tokens[lo:hi])
	markFormsInParens(tokens[lo:hi])
	for lo < hi {
		f, length := formAtStart(tokens[lo:hi], end)
		if f == 0 || !hasSubstance(tokens[lo+length:hi], nil) {
			break
		}
		makeForm(tokens[lo:lo+length], f)
		lo += length
	}
}

// markFormBeforePlace finds the form in "Acme GmbH Deutschland" and "Acme Inc. (Canada)". Two letters are too few there.
func markFormBeforePlace(tokens []token) {
	k := len(tokens)
	for k > 0 && (tokens[k-1].class == Place || tokens[k-1].entry.class == Place || tokens[k-1].paren != 0) {
		k--
	}
	if k == len(tokens) || k == 0 || tokens[k-1].end-tokens[k-1].start < 3 {
		return
	}
	if f, length := formAtEnd(tokens[:k]); f != 0 && hasSubstance(tokens[:k-length], nil) {
		makeForm(tokens[k-length:k], f)
	}
}

// markFormsInParens finds the forms within a name whose end has parentheses of its own: "Acme AB (publ) Finance". Two letters are too
// few there.
func markFormsInParens(tokens []token) {
	for from, to := 0, 0; from < len(tokens); from = to {
		paren := tokens[from].paren
		for to = from + 1; to < len(tokens) && tokens[to].paren == paren; {
			to++
		}
		if paren == 0 || tokens[to-1].class == Legal || tokens[to-1].end-tokens[to-1].start < 3 {
			continue
		}
		f, length := formAtEnd(tokens[:to])
		if length >= to-from && hasSubstance(tokens[:to-length], tokens[to:]) {
			makeForm(tokens[to-length:to], f)
		}
	}
}

// hasSubstance reports whether one of the tokens can name a company, or one of those after the form that are not Legal.
func hasSubstance(tokens, after []token) bool {
	for i := range tokens {
		if c := tokens[i].entry.class; c != Stop && c != Conjunction && tokens[i].mark&markAmp == 0 {
			return true
		}
	}
	for i := range after {
		if after[i].class != Legal && !isConjunction(&after[i]) {
			return true
		}
	}
	return false
}

func makeForm(tokens []token, f LegalForm) {
	for i := range tokens {
		tokens[i].class = Legal
	}
	tokens[0].form, tokens[0].merged = f, uint8(len(tokens)-1)
}

func isConjunction(t *token) bool { return t.mark&markAmp != 0 || t.entry.class == Conjunction }
