package matcher

import (
	"bytes"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// dict numbers the words of all names in the book, counts the accounts that have each, and finds words that are one
// typo away from a given one. It is made of immutable layers with consecutive numbers, the newest last; a word keeps
// its number until the whole book is rebuilt. The counts are pages that a writer copies before it changes them, so that
// they are exact in every snapshot, however the book is divided into segments.
type dict struct {
	layers []*layer
	stats  []*statPage // by number
	words  int
}

// wordStat is what a comparison asks of a word, in one place.
type wordStat struct {
	count uint32 // accounts that have the word
	means uint16 // normalize.Concept
	world uint8  // worldRarity
	first byte   // of its text
}

// layer is the words first … first+len(hashes)-1.
type layer struct {
	first  uint32
	hashes []uint64
	ids    table // word hash → number
	text   []byte
	ends   []uint32 // end of each word's text
	typos  table    // hash of the word, and of the word without one of its letters → number
}

const (
	statPageBits = 10
	statPageSize = 1 << statPageBits
	noWord       = 0 // word number of an unknown word; the first word is 1
)

type statPage [statPageSize]wordStat

// find returns the number of the word with the canonical hash, or noWord.
func (d *dict) find(hash uint64) uint32 {
	for _, l := range d.layers {
		if id, ok := l.ids.first(hash); ok {
			return id
		}
	}
	return noWord
}

// lookup returns the number of the word with the canonical hash and about how many accounts have it; noWord when none has.
func (d *dict) lookup(hash uint64) (id, about uint32) {
	if id = d.find(hash); id != noWord {
		if about = d.about(id); about == 0 {
			return noWord, 0
		}
	}
	return id, about
}

// inHugePages moves the layers to huge pages, as segment.inHugePages does.
func (d *dict) inHugePages() {
	for _, l := range d.layers {
		inHugePages(l.ids.slots)
		inHugePages(l.text)
		inHugePages(l.ends)
		inHugePages(l.typos.slots)
	}
}

// count returns how many accounts have the word.
func (d *dict) count(id uint32) uint32 { return d.stat(id).count }

// about returns about how many accounts have the word: all that answers may depend on.
func (d *dict) about(id uint32) uint32 { return about(d.stat(id).count) }

// stat returns what is known of the word. It stays valid.
func (d *dict) stat(id uint32) *wordStat { return &d.stats[id>>statPageBits][id&(statPageSize-1)] }

// moreFrequent reports whether more accounts have the one word than the other, about; of as many, whether it comes first.
func (d *dict) moreFrequent(a, b uint32) bool {
	if n, m := d.about(a), d.about(b); n != m {
		return n > m
	}
	return bytes.Compare(d.word(a), d.word(b)) < 0
}

// hash returns the word's canonical hash.
func (d *dict) hash(id uint32) uint64 {
	l := d.layer(id)
	return l.hashes[id-l.first]
}

// word returns the word's text. It stays valid.
func (d *dict) word(id uint32) []byte { return d.layer(id).word(id) }

// world returns the word's rarity in the world.
func (d *dict) world(id uint32) uint8 { return d.stat(id).world }

func (d *dict) layer(id uint32) *layer {
	l := d.layers[0]
	for i := len(d.layers) - 1; i > 0; i-- {
		if d.layers[i].first <= id {
			return d.layers[i]
		}
	}
	return l
}

func (l *layer) word(id uint32) []byte {
	i, from := id-l.first, uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]]
}

// prefetchFind asks for what finding the word with the hash begins with.
func (d *dict) prefetchFind(hash uint64) {
	for _, l := range d.layers {
		l.ids.prefetch(hash)
	}
}

// prefetchTypos asks for where the typo keys are in the tables.
func (d *dict) prefetchTypos(keys []uint64) {
	for _, l := range d.layers {
		for _, k := range keys {
			l.typos.prefetch(k)
		}
	}
}

// prefetchWords asks for the words' counts and texts.
func (d *dict) prefetchWords(ids []uint32) {
	for _, id := range ids {
		l := d.layer(id)
		prefetch(d.stat(id))
		prefetch(&l.ends[id-l.first])
	}
	for _, id := range ids {
		l := d.layer(id)
		prefetch(&l.text[l.ends[id-l.first]-1])
	}
}

// wordMaker adds words to a dict: it hands out the next numbers and makes a layer of them in the end.
type wordMaker struct {
	dict  *dict // what is there already; may be empty
	layer layer
	slots []uint32 // open addressing: index into hashes, plus one
}

func newWordMaker(d *dict) *wordMaker {
	return &wordMaker{dict: d, layer: layer{first: uint32(max(d.words, 1))}, slots: make([]uint32, 1024)}
}

// number returns the word's number, and hands out a new one for a new word. Of several spellings of one canonical
// hash, the longest is kept as the text.
func (m *wordMaker) number(hash uint64, text []byte) uint32 {
	if m.dict.words > 0 {
		if id := m.dict.find(hash); id != noWord {
			return id
		}
	}
	mask := uint64(len(m.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := m.slots[i]
		if s == 0 {
			m.slots[i] = uint32(len(m.layer.hashes) + 1)
			break
		}
		if m.layer.hashes[s-1] == hash {
			return m.layer.first + s - 1
		}
	}
	m.layer.hashes = append(m.layer.hashes, hash)
	m.layer.text = append(m.layer.text, text...)
	m.layer.ends = append(m.layer.ends, uint32(len(m.layer.text)))
	if len(m.layer.hashes)*2 > len(m.slots) {
		m.grow()
	}
	return m.layer.first + uint32(len(m.layer.hashes)) - 1
}

func (m *wordMaker) grow() {
	m.slots = make([]uint32, 2*len(m.slots))
	mask := uint64(len(m.slots) - 1)
	for n, h := range m.layer.hashes {
		i := h & mask
		for m.slots[i] != 0 {
			i = (i + 1) & mask
		}
		m.slots[i] = uint32(n + 1)
	}
}

// finish returns the dict with the new words in a layer of its own, their counts at zero.
func (m *wordMaker) finish() *dict {
	d, l := m.add()
	l.index()
	return d
}

// add returns the same dict, and its new layer, which has yet to be indexed.
func (m *wordMaker) add() (*dict, *layer) {
	l := new(layer)
	*l = m.layer
	l.hashes, l.text, l.ends = trim(l.hashes), trim(l.text), trim(l.ends)
	d := &dict{layers: m.dict.layers, stats: slices.Clone(m.dict.stats), words: max(m.dict.words, 1) + len(m.layer.hashes)}
	if len(m.layer.hashes) > 0 {
		d.layers = append(d.layers[:len(d.layers):len(d.layers)], l)
	}
	d.addStats(l)
	return d, l
}

// addStats adds the words of the layer, on a copy of the last page and on new ones. d's list of pages is its own.
func (d *dict) addStats(l *layer) {
	if last := len(d.stats) - 1; last >= 0 {
		page := *d.stats[last]
		d.stats[last] = &page
	}
	for len(d.stats)<<statPageBits < d.words {
		d.stats = append(d.stats, new(statPage))
	}
	for i, hash := range l.hashes {
		id := l.first + uint32(i)
		s := d.stat(id)
		s.means, s.world = normalize.Concept(hash), worldRarity(hash)
		if text := l.word(id); len(text) > 0 {
			s.first = text[0]
		}
	}
}

// index builds the layer's tables from its words.
func (l *layer) index() {
	l.ids = newTable(len(l.hashes))
	typos := 0
	for i := range l.hashes {
		if w := l.word(l.first + uint32(i)); typoTolerant(w) {
			typos += 1 + min(len(w), maxTypoLen)
		}
	}
	for i, h := range l.hashes {
		l.ids.put(h, l.first+uint32(i))
	}
	l.typos = newTable(typos)
	l.typos.putAll(typos, func(put func(uint64, uint32)) {
		var keys [maxTypoLen + 1]uint64
		for id := l.first; id < l.first+uint32(len(l.hashes)); id++ {
			if w := l.word(id); typoTolerant(w) {
				for _, k := range typoKeys(keys[:0], w) {
					put(k, id)
				}
			}
		}
	})
}

// mergeLayers makes one layer of several with consecutive numbers.
func mergeLayers(layers []*layer) *layer {
	m := &layer{first: layers[0].first}
	for _, l := range layers {
		base := uint32(len(m.text))
		m.hashes = append(m.hashes, l.hashes...)
		m.text = append(m.text, l.text...)
		for _, e := range l.ends {
			m.ends = append(m.ends, base+e)
		}
	}
	m.index()
	return m
}

// Words that may be found with a typo: long enough that one letter does not make another word of them too easily, and
// without digits, since another digit is another number.
const (
	minTypoLen = 4
	maxTypoLen = 24
)

func typoTolerant(w []byte) bool {
	if len(w) < minTypoLen || len(w) > maxTypoLen || utf8.RuneCount(w) < minTypoLen {
		return false
	}
	for _, c := range w {
		if c >= '0' && c <= '9' {
			return false
		}
	}
	return true
}

// typoKeys appends the hash of w, and of w without each of its bytes in turn; the same key twice only once when the
// bytes are neighbours. Two words at a distance of one insertion, deletion, substitution or transposition share a key
// (symmetric deletion, Garbe 2012). Bytes, not letters: a letter of several bytes then costs more than one typo, which
// only native scripts feel.
func typoKeys(dst []uint64, w []byte) []uint64 {
	dst = append(dst, typoKey(w))
	var buf [maxTypoLen]byte
	short := buf[:len(w)-1]
	copy(short, w[1:])
	for i := range w {
		if i > 0 {
			if short[i-1] = w[i-1]; w[i] == w[i-1] {
				continue
			}
		}
		dst = append(dst, typoKey(short))
	}
	return dst
}

func typoKey(w []byte) uint64 { return xxhash.Sum64(w) ^ saltTypo }

// Salts keep the keys of different kinds apart in the tables that they share.
const (
	saltTypo = 0x9e3779b97f4a7c15 * (iota + 1) & (1<<64 - 1)
	saltName
	saltAcronym
	saltDomain
	saltStem
	saltPhone
	saltBlock
	saltCount  // about how many accounts have a word
	saltRarity // how rare that makes it
	saltList   // the rows that have a word
	saltRecord // what an account's record says beyond what is looked up
	saltOverride
)

// mix spreads a small number over 64 bits.
func mix(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	return bits.RotateLeft64(x, 31) * 0xd6e8feb86659fd93
}

// add adds n to the count of each word in ids, on copies of the pages that change.
func (d *dict) add(ids []uint32, n int32) {
	if len(ids) == 0 {
		return
	}
	d.stats = slices.Clone(d.stats)
	own := make([]bool, len(d.stats))
	for _, id := range ids {
		k := id >> statPageBits
		if !own[k] {
			own[k] = true
			page := *d.stats[k]
			d.stats[k] = &page
		}
		d.stat(id).count += uint32(n)
	}
}
