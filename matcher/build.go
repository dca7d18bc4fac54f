package matcher

import (
	"slices"
	"sync"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// Bounds on what is indexed of one account; the rest of its values is kept and not searched.
const (
	maxRows    = 96 // names, aliases and further readings of them
	maxDomains = 64
	maxPhones  = 16
	maxPlaces  = 16
)

// parser reads the records of chunks. One goroutine at a time may use it; several parsers fill a builder in parallel.
type parser struct {
	acct   Account
	name   normalize.Name
	domain normalize.Domain
	key    []byte
	keys   []uint64 // of the rows of the account being read
	dmns   []uint64
}

// read fills the chunk's columns from those of its records that were not read yet.
func (p *parser) read(c *chunk) {
	for i := len(c.accounts); i < len(c.recEnd); i++ {
		from := uint32(0)
		if i > 0 {
			from = c.recEnd[i-1]
		}
		record(c.arena[int(from)*recordAlign : int(c.recEnd[i])*recordAlign]).account(&p.acct)
		p.account(&c.columns, &p.acct)
	}
}

func (p *parser) account(c *columns, a *Account) {
	before := *c
	p.keys, p.dmns = p.keys[:0], p.dmns[:0]
	p.addName(c, a.Name, SourceName)
	for _, s := range a.Aliases {
		p.addName(c, s, SourceAlias)
	}
	for _, s := range a.Domains {
		p.addDomain(c, s)
	}
	country := p.addPlaces(c, a.Addresses)
	for _, s := range a.Phones[:min(len(a.Phones), maxPhones)] {
		if ph := normalize.ParsePhone(s, country); ph.Hash != 0 {
			c.phones = append(c.phones, [2]uint64{ph.Hash, ph.Block})
		}
	}
	c.accounts = append(c.accounts, c.since(&before, hashID(a.ID)))
}

// addPlaces reads the addresses and returns the first known country.
func (p *parser) addPlaces(c *columns, addresses []Address) (country normalize.Country) {
	for i := range addresses[:min(len(addresses), maxPlaces)] {
		if pl := readPlace(&addresses[i]); pl != (place{}) {
			c.places = append(c.places, pl)
			if country == 0 {
				country = pl.country
			}
		}
	}
	return country
}

func readPlace(a *Address) place {
	if a.Country == "" && a.City == "" && a.Region == "" && a.Postal == "" {
		return place{}
	}
	p := normalize.ParsePlaces(a.Country, a.Region, a.City, a.Postal)
	return place{p.Country, p.Region, p.City, uint32(p.Postal), uint32(p.PostalArea)}
}

func (p *parser) addDomain(c *columns, s string) {
	p.domain.Parse(s)
	h := p.domain.Hash
	if h == 0 || slices.Contains(p.dmns, h) || len(p.dmns) == maxDomains {
		return
	}
	p.dmns = append(p.dmns, h)
	c.doms = append(c.doms, [2]uint64{h, p.domain.StemHash})
}

// addName adds a row for each reading of the name that the account doesn't have yet.
func (p *parser) addName(c *columns, s string, source Source) {
	p.name.Parse(s)
	for i := range p.name.Readings {
		r := &p.name.Readings[i]
		if len(r.Words) == 0 || len(p.keys) == maxRows || r.Key != 0 && slices.Contains(p.keys, r.Key) {
			continue
		}
		from := len(c.words)
		addWords(c, r)
		if len(c.words) == from {
			continue
		}
		p.keys = append(p.keys, r.Key)
		kind := uint8(rowSource(r.Role, source))
		if i > 0 {
			kind |= rowPart
		}
		c.rows = append(c.rows, readRow{
			key: r.Key, full: fullKey(&p.key, r), acronym: [2]uint64{r.Acronym, r.AcronymAll},
			words: uint32(len(c.words) - from), source: kind,
		})
	}
}

func rowSource(r normalize.Role, s Source) Source {
	switch r {
	case normalize.Former:
		return SourceFormerName
	case normalize.Parent:
		return SourceParent
	case normalize.Trade, normalize.Alias:
		return SourceAlias
	}
	return s
}

// addWords appends the reading's words that are evidence; all of them when none is.
func addWords(c *columns, r *normalize.Reading) {
	from := len(c.words)
	for i := range r.Words {
		w := &r.Words[i]
		if class, ok := classOf(w); ok {
			addWord(c, w, class)
		}
	}
	if hasContent(c.words[from:]) {
		return
	}
	for i := range r.Words {
		if w := &r.Words[i]; w.Class != normalize.Legal {
			addWord(c, w, classGeneric)
		}
	}
}

func hasContent(words []readWord) bool {
	for _, w := range words {
		if w.packed.class() != classLegal {
			return true
		}
	}
	return false
}

func addWord(c *columns, w *normalize.Word, class rowClass) {
	packed := rowWord(class) << rowWordBits
	if w.Flags&normalize.InParens != 0 {
		packed |= rowParens
	}
	if class == classLegal {
		c.words = append(c.words, readWord{packed: packed | rowWord(w.Form)})
		return
	}
	c.addWord(w.Hash, w.Canonical, packed)
	if w.Alt != 0 && w.Alt != w.Hash {
		c.addWord(w.Alt, w.AltText, packed|rowAlt)
	}
}

// fullKey is the key of a name as it is spelled, with its stop words and its ending ".com" or ".ai": "Del-Mar-Va", "U of
// A", "C3.ai" and "Delta Air Lines" are typed as one word too, or with a word less. 0 when it is the key itself. buf is
// scratch.
func fullKey(buf *[]byte, r *normalize.Reading) uint64 {
	*buf = (*buf)[:0]
	for i := range r.Words {
		switch w := &r.Words[i]; {
		case w.Class == normalize.Legal, w.Class == normalize.Conjunction, i == 0 && string(w.Text) == "the":
		case w.Flags&normalize.Bigram != 0:
			return 0
		default:
			*buf = append(*buf, w.Text...)
		}
	}
	if h := normalize.HashWord(*buf); h != r.Key {
		return h
	}
	return 0
}

// classOf returns the class as rows hold it, and whether the word is evidence at all.
func classOf(w *normalize.Word) (rowClass, bool) {
	switch w.Class {
	case normalize.Generic:
		return classGeneric, true
	case normalize.Sector:
		return classSector, true
	case normalize.Place:
		return classPlace, true
	case normalize.Number:
		return classNumber, true
	case normalize.Legal:
		return classLegal, true
	case normalize.Core:
		if sideMarks>>(w.Hash&63)&1 != 0 && sides[w.Hash] {
			return classSide, true
		}
		return classCore, true
	}
	return 0, false
}

// sides are the words of classSide, by hash.
var sides = func() map[uint64]bool {
	m := map[uint64]bool{}
	for _, w := range [...]string{"north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "upper", "lower"} {
		m[normalize.HashWord([]byte(w))] = true
	}
	return m
}()

// sideMarks has a bit for each of them, so that few other words are looked up.
var sideMarks = func() (marks uint64) {
	for hash := range sides {
		marks |= 1 << (hash & 63)
	}
	return marks
}()

// builder makes a segment of chunks.
type builder struct {
	words   *wordMaker
	seg     segment
	expect  int        // accounts that are to come in all, about; 0: nobody knows, or there is room for them
	rows    []builtRow // in the order of accounts
	cells   []rowWord  // their words
	idHash  []uint64
	counted []uint32 // numbers of the words of each account, each once an account
	keys    keyEntries
	placeOf map[place]uint32
	scratch []uint32
	turn    *sync.Mutex // to hold while it finishes, on one core; nil: it takes several, at once
	full    error       // what there was too much of; nothing was added since
}

// builtRow is a row before it has its place: its head, and where its words end.
type builtRow struct {
	head    rowWord
	wordEnd uint32
}

func newBuilder(d *dict) *builder {
	return &builder{words: newWordMaker(d), placeOf: map[place]uint32{}}
}

// add adds the chunk's accounts, if there is room.
func (b *builder) add(c *chunk) {
	if b.full == nil {
		b.full = b.with(c).within(16)
	}
	if b.full != nil {
		return
	}
	b.reserve()
	base := uint32(len(b.seg.arena) / recordAlign)
	b.seg.arena = append(b.seg.arena, c.arena...)
	rest := c.columns
	for _, end := range c.recEnd {
		b.addAccount(base+end, rest.take())
	}
}

// addAccount adds an account, whose record ends at a place in the arena.
func (b *builder) addAccount(end uint32, read columns) {
	account, id := uint32(len(b.seg.heads)), read.accounts[0].idHash
	b.idHash = append(b.idHash, id)
	from := len(b.counted)
	b.scratch = b.scratch[:0]
	for i := range read.rows {
		b.scratch = append(b.scratch, uint32(len(b.rows)))
		b.addRow(account, &read.rows[i], &read)
	}
	head := accountHead{end: end, tie: uint32(id), rows: b.seg.newList(b.scratch)}
	slices.Sort(b.counted[from:])
	b.counted = b.counted[:from+len(slices.Compact(b.counted[from:]))]
	head.doms = b.addPairs(account, read.doms, saltDomain, saltStem)
	b.seg.domains += len(read.doms)
	head.phones = b.addPairs(account, read.phones, saltPhone, saltBlock)
	b.scratch = b.scratch[:0]
	for _, p := range read.places {
		b.scratch = append(b.scratch, b.place(p))
	}
	head.locs = b.seg.newList(b.scratch)
	b.seg.heads = append(b.seg.heads, head)
}

// addRow adds a row, and takes its words off.
func (b *builder) addRow(account uint32, r *readRow, read *columns) {
	b.addRowKeys(r)
	words := take(&read.words, r.words)
	for i := range words {
		w := &words[i]
		packed := w.packed
		if packed.class() != classLegal {
			id := b.words.number(w.hash, take(&read.text, w.text))
			packed |= rowWord(id)
			b.counted = append(b.counted, id)
		}
		b.cells = append(b.cells, packed)
	}
	b.rows = append(b.rows, builtRow{newRowHead(account, r.source), uint32(len(b.cells))})
}

// addPairs adds the keys of the account's domains, or of its phones, and returns the list of them.
func (b *builder) addPairs(account uint32, pairs [][2]uint64, salt, saltOther uint64) shortList {
	b.scratch = b.scratch[:0]
	for _, p := range pairs {
		b.scratch = append(b.scratch, low31(p[0]))
		b.keys.add(p[0]^salt, account)
		b.keys.add(p[1]^saltOther, account)
	}
	return b.seg.newList(b.scratch)
}

// reserve makes room for all that is expected, once there is enough of it to tell how much that is. Growing step by step would
// copy each list some four times.
func (b *builder) reserve() {
	n := len(b.seg.heads)
	if n < max(1, b.expect/16) || n >= b.expect {
		return
	}
	more := float64(b.expect-n) / float64(n) * 33 / 32
	b.expect = 0
	b.seg.arena = reserved(b.seg.arena, more)
	b.seg.heads = reserved(b.seg.heads, more)
	b.seg.pool = reserved(b.seg.pool, more)
	b.idHash = reserved(b.idHash, more)
	b.rows = reserved(b.rows, more)
	b.cells = reserved(b.cells, more)
	b.counted = reserved(b.counted, more)
}

// reserved returns the list with room for so many times as much again.
func reserved[T any](list []T, more float64) []T {
	return append(make([]T, 0, int(float64(len(list))*(1+more))), list...)
}

// addRowKeys adds the keys of the row that is added next.
func (b *builder) addRowKeys(r *readRow) {
	number := pooled | uint32(len(b.rows))
	acronym, all := r.acronym[0], r.acronym[1]
	if all == acronym {
		all = 0
	}
	for _, k := range [...]struct{ hash, salt uint64 }{
		{r.key, saltName}, {r.full, saltName}, {acronym, saltAcronym}, {all, saltAcronym},
	} {
		if k.hash != 0 {
			b.keys.add(k.hash^k.salt, number)
		}
	}
}

// low31 is what columns hold of a hash.
func low31(h uint64) uint32 { return uint32(h) &^ pooled }

func (b *builder) place(p place) uint32 {
	n, ok := b.placeOf[p]
	if !ok {
		n = uint32(len(b.seg.places))
		b.seg.places = append(b.seg.places, p)
		b.placeOf[p] = n
	}
	return n
}

// finish returns the segment and the dict that goes with it: new words added and, if count is set, each counted once
// for each account that has it.
func (b *builder) finish(count bool) (*segment, *dict) {
	var tables sync.WaitGroup
	aside := tables.Go // what takes longest, on cores of its own
	if b.turn != nil {
		b.turn.Lock()
		defer b.turn.Unlock()
		aside = func(f func()) { f() }
	}
	d, l := b.words.add()
	aside(l.index)
	if count {
		d.add(b.counted, 1)
	}
	b.counted = nil // here and below: what is not needed any more is not held beside what comes
	b.placeRows(d)
	s := new(segment) // of its own: a part of the builder would keep all of it
	*s = b.seg
	aside(func() { s.keys = newKeyTable(&b.keys) })
	s.ids = newTable(len(b.idHash))
	s.ids.putAll(len(b.idHash), func(put func(uint64, uint32)) {
		for a, h := range b.idHash {
			put(h, uint32(a))
		}
	})
	b.idHash = nil
	s.posts = newPostings(s, d)
	tables.Wait()
	b.seg, b.keys, b.words, b.placeOf = segment{}, keyEntries{}, nil, nil
	s.arena, s.heads, s.pool, s.places = trim(s.arena), trim(s.heads), trim(s.pool), trim(s.places)
	return s, d
}

// trim returns the list without the room that was left for more, if that is much.
func trim[T any](list []T) []T {
	if cap(list)-len(list) < len(list)/64 {
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}

// rowWords returns the words of a row that has no place yet.
func (b *builder) rowWords(row uint32) []rowWord {
	from := uint32(0)
	if row > 0 {
		from = b.rows[row-1].wordEnd
	}
	return b.cells[from:b.rows[row].wordEnd]
}

// orderRows weighs the rows, by the world's rarity of their words alone so that an order holds whatever the book becomes,
// and returns them in ascending order of weight, ties as they came.
func (b *builder) orderRows(d *dict) (order []uint32, weight []uint16) {
	weight = make([]uint16, len(b.rows))
	for row := range weight {
		sum := float32(0)
		for _, w := range b.rowWords(uint32(row)) {
			if w.class() != classLegal && !w.alt() {
				sum += staticBits(d.world(w.id()), w.class())
			}
		}
		weight[row] = quantWeight(sum)
	}
	var start [maxWeight + 2]uint32
	for _, w := range weight {
		start[w+1]++
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	order = make([]uint32, len(weight))
	for row, w := range weight {
		order[start[w]] = uint32(row)
		start[w]++
	}
	return order, weight
}

// maxWeight bounds quantized weights: 512 bits.
const maxWeight = 1<<13 - 1

// weightUnit is how many units of weight make a bit.
const weightUnit = 16

func quantWeight(bits float32) uint16 { return uint16(min(bits*weightUnit, maxWeight)) }

// placeRows puts the rows into the segment, and their numbers where they are referred to.
func (b *builder) placeRows(d *dict) {
	s := &b.seg
	order, weight := b.orderRows(d)
	s.rows.cells = make([]rowWord, 0, len(b.rows)+len(b.cells))
	place := make([]uint32, len(order)) // old number → new
	for _, from := range order {
		place[from] = s.rows.add(b.rows[from].head, b.rowWords(from), weight[from])
	}
	b.rows, b.cells = nil, nil
	for a := range s.heads {
		switch h := &s.heads[a].rows; {
		case *h >= pooled:
			list := s.list(*h, nil)
			for k := range list {
				list[k] = place[list[k]]
			}
		case *h != 0:
			*h = shortList(place[*h-1] + 1)
		}
	}
	b.keys.each(func(e *keyEntry) {
		if e.value >= pooled {
			e.value = place[e.value&^pooled]
		}
	})
}

// newPostings lists the rows of each word: by number when the segment has a good part of the dict's words, else by hash.
func newPostings(s *segment, d *dict) postings {
	if len(s.rows.cells)-s.rows.count < d.words/8 {
		return sparsePostings(s)
	}
	counts := make([]uint32, d.words)
	eachRowWord(s, func(_, id uint32) { counts[id]++ })
	p := postings{dense: make([]uint32, d.words)}
	total := uint32(0)
	for id, n := range counts {
		counts[id] = total
		total += n
		p.dense[id] = total
	}
	p.rows = make([]uint32, total)
	eachRowWord(s, func(row, id uint32) {
		p.rows[counts[id]] = row
		counts[id]++
	})
	return p
}

func sparsePostings(s *segment) postings {
	var pairs []uint64 // number, row
	eachRowWord(s, func(row, id uint32) { pairs = append(pairs, uint64(id)<<32|uint64(row)) })
	slices.Sort(pairs)
	p := postings{rows: make([]uint32, len(pairs))}
	var ids []uint32
	for i, x := range pairs {
		p.rows[i] = uint32(x)
		if i+1 == len(pairs) || pairs[i+1]>>32 != x>>32 {
			ids = append(ids, uint32(x>>32))
			p.ends = append(p.ends, uint32(i+1))
		}
	}
	p.sparse = newTable(len(ids))
	for k, id := range ids {
		p.sparse.put(mix(uint64(id)), uint32(k))
	}
	return p
}

// eachRowWord calls f for every word of every row, a word that a row has twice once.
func eachRowWord(s *segment, f func(row, id uint32)) {
	s.rows.each(func(row uint32, words []rowWord) {
		for i, w := range words {
			if w.class() != classLegal && !seenWord(words[:i], w.id()) {
				f(row, w.id())
			}
		}
	})
}

func seenWord(words []rowWord, id uint32) bool {
	for _, w := range words {
		if w.id() == id && w.class() != classLegal {
			return true
		}
	}
	return false
}
