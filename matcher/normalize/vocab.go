package normalize

import (
	"bytes"
	"embed"
	"fmt"
	mathbits "math/bits"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/leadmatch/leadmatch/matcher/similarity"
)

//go:generate go run ./gen
//go:embed tables/stop.txt tables/conjunctions.txt tables/numbers.txt tables/generic.txt tables/sector.txt
//go:embed tables/equivalents.txt tables/words.txt tables/phrases.txt tables/placeholders.txt tables/legal_forms.txt
//go:embed tables/countries.txt tables/regions.txt tables/cities.txt tables/han.txt
var tables embed.FS

// vocabulary is all that is known of words. It is read from tables when the program starts, and never changes.
var vocabulary vocab

func init() { vocabulary = load() }

// bits are what a spelling may be besides its class.
type bits uint16

const (
	bitNotLast     bits = 1 << iota // the entry holds only where another word follows: St
	bitInner                        // only between two words: y, e
	bitLegalLast                    // the last word of a legal form
	bitLegalFirst                   // the first word of one that may stand first
	bitPhrase                       // the first word of a phrase that splits names
	bitPlace                        // the first word of a place of several words
	bitDepartment                   // a department, or a part of one's name
	bitSuffix                       // a top-level domain that is seen in names
	bitExchange                     // a stock exchange
	bitSeries                       // numbered things: a Roman numeral may follow
	bitRoman                        // a Roman numeral from II to XX
	bitRomanOne                     // a Roman numeral of one letter
	bitCode                         // the code of a country or state
	bitShare                        // a kind of share or bond
	bitPlaceholder                  // the first word of a text that stands for no company
	bitQualifier                    // what stands in parentheses of a company of any name
)

// entry is what a spelling stands for.
type entry struct {
	text    []byte // canonical spelling, without spaces
	hash    uint64 // of text
	class   Class
	bits    bits
	country Country
	concept uint16 // words that mean the same in other languages, or nearly the same, share it; 0: none
}

// unknown is the entry of words that are not in the vocabulary.
var unknown entry

// vocab is a set of tables keyed by hashes of spellings; a spelling is not compared, for 64 bits tell the few thousand
// apart.
type vocab struct {
	words        table
	entries      []entry
	legalEnds    trie // last word first
	legalStarts  trie
	phrases      trie
	places       trie
	placeholders table
	affixes      table
	variants     table // Han characters
	forms        []form
}

// word returns the entry of the spelling that has the hash, nil when it is not known.
func (v *vocab) word(h uint64) *entry {
	if i, ok := v.words.get(h); ok {
		return &v.entries[i]
	}
	return nil
}

// table is an open-addressing hash table from 64-bit hashes. Zero is no key. Most of what is looked up is not there, which
// a few bits tell that stay in the processor's nearest cache.
type table struct {
	slots []slot
	marks []uint64 // a bit for each key, at its highest bits
	shift uint8    // that leaves those
}

// slot holds key and value in one line of the cache.
type slot struct {
	key   uint64
	value uint32
}

func (t *table) get(key uint64) (uint32, bool) {
	if k := key >> (t.shift & 63); k>>6 >= uint64(len(t.marks)) || t.marks[k>>6]>>(k&63)&1 == 0 {
		return 0, false
	}
	return t.find(key)
}

func (t *table) find(key uint64) (uint32, bool) {
	mask := uint64(len(t.slots)) - 1
	for i := key & mask; ; i = (i + 1) & mask {
		switch s := &t.slots[i]; s.key {
		case key:
			return s.value, true
		case 0:
			return 0, false
		}
	}
}

// freeze makes a table of m, at most half full.
func freeze(m map[uint64]uint32) table {
	const marksEach = 4 // a slot: some nine in ten that are not there find no bit
	size := 16
	for size < 2*len(m) {
		size *= 2
	}
	t := table{
		slots: make([]slot, size),
		marks: make([]uint64, size*marksEach/64), shift: uint8(64 - mathbits.Len(uint(size*marksEach-1))),
	}
	for key, value := range m {
		i := key & uint64(size-1)
		for t.slots[i].key != 0 {
			i = (i + 1) & uint64(size-1)
		}
		t.slots[i] = slot{key, value}
		t.marks[key>>t.shift>>6] |= 1 << (key >> t.shift & 63)
	}
	return t
}

// trie is a set of sequences of hashes. Nodes are numbered, the root is 0.
type trie struct {
	edges table
	final []uint32 // by node: the value of the sequence that ends there, 0: none
}

func edge(node uint32, h uint64) uint64 { return (h ^ uint64(node)*0x9e3779b97f4a7c15) | 1 }

func (t *trie) next(node uint32, h uint64) (uint32, bool) { return t.edges.get(edge(node, h)) }

// trieBuilder collects sequences.
type trieBuilder struct {
	edges map[uint64]uint32
	final []uint32
}

func newTrieBuilder() *trieBuilder { return &trieBuilder{map[uint64]uint32{}, []uint32{0}} }

// add puts in a sequence; a sequence that is there already keeps its value, which is returned.
func (b *trieBuilder) add(seq []uint64, value uint32) uint32 {
	node := uint32(0)
	for _, h := range seq {
		e := edge(node, h)
		next, ok := b.edges[e]
		if !ok {
			next = uint32(len(b.final))
			b.edges[e] = next
			b.final = append(b.final, 0)
		}
		node = next
	}
	if b.final[node] == 0 {
		b.final[node] = value
	}
	return b.final[node]
}

func (b *trieBuilder) freeze() trie { return trie{freeze(b.edges), b.final} }

// Which ends of a run without spaces a known part may be cut from.
const (
	affixPrefix = 1 << iota
	affixSuffix
	maxAffix = 10 // runes
)

// suffix returns where the longest known end of run starts; 0 when there is none, or nothing would be left of it.
func (v *vocab) suffix(run []byte) int {
	if v.affixes.slots == nil || v.isAffix(run) {
		return 0
	}
	best := 0
	for i, runes := len(run), 0; i > 0 && runes < maxAffix; runes++ {
		_, size := utf8.DecodeLastRune(run[:i])
		i -= size
		if where, _ := v.affixes.get(hash(run[i:])); i > 0 && where&affixSuffix != 0 {
			best = i
		}
	}
	return best
}

// prefix returns the end of the longest known start of run; 0 as suffix does.
func (v *vocab) prefix(run []byte) int {
	if v.affixes.slots == nil || v.isAffix(run) {
		return 0
	}
	best := 0
	for i, runes := 0, 0; i < len(run) && runes < maxAffix; runes++ {
		_, size := utf8.DecodeRune(run[i:])
		i += size
		if where, _ := v.affixes.get(hash(run[:i])); i < len(run) && where&affixPrefix != 0 {
			best = i
		}
	}
	return best
}

func (v *vocab) isAffix(run []byte) bool {
	_, ok := v.affixes.get(hash(run))
	return ok
}

// hanVariant returns the character that stands for r and its variants.
func hanVariant(r rune) rune {
	if to, ok := vocabulary.variants.get(uint64(r)); ok {
		return rune(to)
	}
	return r
}

// loader builds a vocab.
type loader struct {
	v            vocab
	reader       Name
	words        map[uint64]uint32
	flagged      map[uint64]bool // words that have bits, and no class yet
	concept      uint16          // of the line that is being read
	affixes      map[uint64]uint32
	placeholders map[uint64]uint32
	legalEnds    *trieBuilder
	legalStarts  *trieBuilder
	phrases      *trieBuilder
	places       *trieBuilder
}

func load() vocab {
	const words = 1 << 14 // about how many there are
	l := &loader{
		v:     vocab{entries: make([]entry, 0, 3*words/2)},
		words: make(map[uint64]uint32, words), flagged: map[uint64]bool{}, affixes: map[uint64]uint32{}, placeholders: map[uint64]uint32{},
		legalEnds: newTrieBuilder(), legalStarts: newTrieBuilder(), phrases: newTrieBuilder(), places: newTrieBuilder(),
	}
	// What comes first decides the class of a spelling that stands in several tables. The Han characters must come
	// before all others, for their spellings are folded too.
	l.loadHan("han.txt")
	l.loadWords("stop.txt", Stop, 0)
	l.loadWords("conjunctions.txt", Conjunction, 0)
	l.loadWords("numbers.txt", Number, 0)
	l.loadPlaces("countries.txt", true)
	l.loadPlaces("regions.txt", false)
	l.loadWords("generic.txt", Generic, affixSuffix)
	l.loadWords("sector.txt", Sector, affixSuffix)
	l.loadWords("equivalents.txt", Core, 0)
	l.loadPlaces("cities.txt", false)
	l.loadForms("legal_forms.txt")
	l.loadPhrases("phrases.txt")
	l.loadBits("words.txt")
	l.loadCodes("countries.txt")
	l.loadPlaceholders("placeholders.txt")
	l.v.words, l.v.affixes, l.v.placeholders = freeze(l.words), freeze(l.affixes), freeze(l.placeholders)
	l.v.legalEnds, l.v.legalStarts = l.legalEnds.freeze(), l.legalStarts.freeze()
	l.v.phrases, l.v.places = l.phrases.freeze(), l.places.freeze()
	return l.v
}

// rows calls row with the parts of each line that is neither empty nor a comment: what stands before the first colon,
// and the list after it, separated by semicolons.
func rows(file string, row func(key string, list []string)) {
	data, err := tables.ReadFile("tables/" + file)
	if err != nil {
		panic(err) // embedded: cannot be
	}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, rest, _ := strings.Cut(line, ":")
		list := strings.Split(rest, ";")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		if list[len(list)-1] == "" {
			list = list[:len(list)-1]
		}
		row(strings.TrimSpace(key), list)
	}
}

// tokens reads a spelling as Parse would. A spelling without words is a fault of the tables.
func (l *loader) tokens(spelling string) []token {
	l.reader.reset()
	l.reader.flatten(spelling)
	l.reader.tokenize()
	l.reader.join()
	out := l.reader.tokens[:0]
	for _, t := range l.reader.tokens {
		if t.mark&markAmp != 0 && len(l.reader.tokens) > 1 {
			continue
		}
		t.hash = hash(l.reader.spelling(&t))
		out = append(out, t)
	}
	if len(out) == 0 {
		panic(fmt.Sprintf("tables: no words in %q", spelling))
	}
	return out
}

// define makes e the entry of a spelling of one word, unless it has one.
func (l *loader) define(h uint64, e entry) {
	i, ok := l.words[h]
	switch {
	case !ok:
		l.words[h] = uint32(len(l.v.entries))
		l.v.entries = append(l.v.entries, e)
	case l.flagged[h]:
		delete(l.flagged, h)
		e.bits |= l.v.entries[i].bits
		l.v.entries[i] = e
	}
}

// flag adds bits to the entry of a word, which is Core unless a table defines it.
func (l *loader) flag(t *token, b bits) {
	if _, ok := l.words[t.hash]; !ok {
		text := l.reader.spelling(t)
		if t.mark&(markDigit|markNative) == 0 {
			text = appendStem(nil, text, singular(text))
		}
		e := entry{text: bytes.Clone(text), hash: hash(text)}
		if i, ok := l.words[e.hash]; ok {
			e = l.v.entries[i]
			e.bits = 0
		}
		l.define(t.hash, e)
		l.flagged[t.hash] = true
	}
	l.v.entries[l.words[t.hash]].bits |= b
}

// loadWords reads lines of a canonical word and spellings that mean the same or nearly the same. Abbreviations and
// inflections of the canonical word are equivalent to it, the others share its concept only: a bank may call itself a
// bancorp on one paper and bancshares on another, but two banks are told apart by it. Words for a number are all
// equivalent. A spelling that ends in ^ holds only where another word follows, one that ends in ~ only between two words.
func (l *loader) loadWords(file string, class Class, affix uint32) {
	rows(file, func(key string, list []string) {
		l.concept++
		canonical := l.word(file, key)
		text := bytes.Clone(l.reader.spelling(&canonical))
		for _, spelling := range append(list, key) {
			e := entry{text: text, class: class, concept: l.concept}
			if s, ok := strings.CutSuffix(spelling, "^"); ok {
				spelling, e.bits = s, bitNotLast
			} else if s, ok := strings.CutSuffix(spelling, "~"); ok {
				spelling, e.bits = s, bitInner
			}
			t := l.word(file, spelling)
			exact := class == Number || class == Conjunction
			if own := l.reader.spelling(&t); !exact && !sameWord(string(text), string(own)) {
				e.text = bytes.Clone(own)
			}
			e.hash = hash(e.text)
			l.define(t.hash, e)
			l.affix(spelling, &t, affix)
		}
	})
}

// word returns the only token of a spelling.
func (l *loader) word(file, spelling string) token {
	t := l.tokens(spelling)
	if len(t) != 1 {
		panic(fmt.Sprintf("%s: %q is not one word", file, spelling))
	}
	return t[0]
}

// sameWord reports whether a spelling is an abbreviation of the canonical word, or another form of it.
func sameWord(canonical, spelling string) bool {
	const shortest, longestShort = 5, 6
	switch {
	case spelling == canonical:
		return true
	case len(spelling) <= longestShort && len(spelling) < len(canonical)-1 && spelling[0] == canonical[0]:
		return subsequence(strings.TrimSuffix(spelling, "s"), canonical)
	case len(spelling) < shortest || len(canonical) < shortest:
		return false
	}
	k := 0
	for k < min(len(spelling), len(canonical)) && spelling[k] == canonical[k] {
		k++
	}
	return 5*k > 4*max(len(spelling), len(canonical)) || similarity.Within1(spelling, canonical)
}

// subsequence reports whether s is text with some letters left out.
func subsequence(s, text string) bool {
	k := 0
	for i := 0; i < len(text) && k < len(s); i++ {
		if text[i] == s[k] {
			k++
		}
	}
	return k == len(s)
}

// Concept returns a number that words of the same or nearly the same meaning share, in whatever language, for the hash
// that a word has; 0 when it has none.
func Concept(hash uint64) uint16 {
	if e := vocabulary.word(hash); e != nil {
		return e.concept
	}
	return 0
}

// affix notes a spelling in a script without spaces as a part that may be cut off. Hangul is cut before it is romanized.
func (l *loader) affix(spelling string, t *token, where uint32) {
	if where == 0 {
		return
	}
	if r, _ := utf8.DecodeRuneInString(spelling); scriptOf(r) == scriptHangul {
		if utf8.RuneCountInString(spelling) > 1 {
			l.affixes[hash([]byte(norm.NFKC.String(spelling)))] |= where
		}
		return
	}
	text := l.reader.spelling(t)
	if t.mark&markNative != 0 && utf8.RuneCount(text) > 1 {
		l.affixes[hash(text)] |= where
	}
}

// loadPlaces reads lines of a country's code, and its names or those of a place in it, the first one canonical. "-" is
// no country. Countries of several words are read as one word.
func (l *loader) loadPlaces(file string, countries bool) {
	rows(file, func(key string, list []string) {
		var country Country
		if len(key) == 2 {
			country = Country(key[0])<<8 | Country(key[1])
		}
		canonical := l.condensed(l.tokens(list[0]))
		e := entry{text: canonical, hash: hash(canonical), class: Place, country: country}
		for _, spelling := range list {
			t := l.tokens(spelling)
			if len(t) == 1 {
				l.shared(t[0].hash, country)
				l.define(t[0].hash, e)
				l.affix(spelling, &t[0], affixPrefix)
				continue
			}
			l.v.entries = append(l.v.entries, e)
			value := uint32(len(l.v.entries)-1) << 1
			if countries {
				value |= 1
			}
			l.places.add(l.hashes(t), value)
			l.flag(&t[0], bitPlace)
		}
	})
}

// shared takes the country from a place whose name another country has too: Georgia.
func (l *loader) shared(h uint64, country Country) {
	if i, ok := l.words[h]; ok && l.v.entries[i].class == Place && l.v.entries[i].country != country {
		l.v.entries[i].country = 0
	}
}

func (l *loader) condensed(tokens []token) (out []byte) {
	for i := range tokens {
		out = append(out, l.reader.spelling(&tokens[i])...)
	}
	return out
}

func (l *loader) spaced(tokens []token) (out []byte) {
	for i := range tokens {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, l.reader.spelling(&tokens[i])...)
	}
	return out
}

func (l *loader) hashes(tokens []token) (out []uint64) {
	for i := range tokens {
		out = append(out, tokens[i].hash)
	}
	return out
}

// loadBits reads lines of a kind and the words that are of it.
func (l *loader) loadBits(file string) {
	kinds := map[string]bits{
		"department": bitDepartment, "suffix": bitSuffix, "exchange": bitExchange, "series": bitSeries,
		"roman": bitRoman, "roman one": bitRomanOne, "code": bitCode, "share": bitShare,
		"qualifier": bitQualifier,
	}
	rows(file, func(key string, list []string) {
		b, ok := kinds[key]
		if !ok {
			panic(fmt.Sprintf("%s: unknown kind %q", file, key))
		}
		for _, spelling := range list {
			t := l.tokens(spelling)
			for i := range t {
				l.flag(&t[i], b)
			}
		}
	})
}

// loadCodes makes the codes of countries places where they qualify a name.
func (l *loader) loadCodes(file string) {
	rows(file, func(key string, _ []string) {
		t := l.tokens(key)
		l.flag(&t[0], bitCode)
	})
}

func (l *loader) loadPhrases(file string) {
	rows(file, func(key string, list []string) {
		for _, spelling := range list {
			t := l.tokens(spelling)
			h := l.hashes(t)
			if t[0].mark&markSlashed != 0 {
				h[0] ^= saltSlashed
			}
			l.phrases.add(h, phraseRole(key))
			l.flag(&t[0], bitPhrase)
		}
	})
}

func (l *loader) loadPlaceholders(file string) {
	rows(file, func(_ string, list []string) {
		for _, spelling := range list {
			t := l.tokens(spelling)
			l.placeholders[hash(l.condensed(t))^formSalt(&t[0])] = 1
			l.flag(&t[0], bitPlaceholder)
		}
	})
}

// loadHan reads lines of a character and the variants that are folded to it.
func (l *loader) loadHan(file string) {
	variants := map[uint64]uint32{}
	rows(file, func(_ string, list []string) {
		for _, pair := range strings.Fields(strings.Join(list, " ")) {
			to, size := utf8.DecodeRuneInString(pair)
			for _, r := range pair[size:] {
				variants[uint64(r)] = uint32(to)
			}
		}
	})
	l.v.variants = freeze(variants)
	vocabulary.variants = l.v.variants
}
