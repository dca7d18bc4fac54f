package matcher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// TestLists holds short lists to slices: none, one, a number too big to be held in place, and many.
func TestLists(t *testing.T) {
	random := newRandom(t)
	var s segment
	var lists []shortList
	var want [][]uint32
	for range 500 {
		items := make([]uint32, random.IntN(4))
		for i := range items {
			items[i] = []uint32{0, 1, pooled - 1, pooled - 2, random.Uint32N(pooled)}[random.IntN(5)]
		}
		lists = append(lists, s.newList(items))
		want = append(want, items)
	}
	var buf [1]uint32
	for i, l := range lists {
		if got := s.list(l, &buf); !slices.Equal(got, want[i]) {
			t.Fatalf("list %d is %d, want %d", i, got, want[i])
		}
	}
}

// TestKeyTable holds a key table to a map of sets.
func TestKeyTable(t *testing.T) {
	random := newRandom(t)
	hashes := make([]uint64, 200)
	for i := range hashes {
		hashes[i] = random.Uint64() >> (i % 2 * 8) // every other one is of the first block
	}
	var entries keyEntries
	want := map[uint64][]uint32{}
	for range 5 * keyBlock {
		hash, value := hashes[random.IntN(len(hashes))], random.Uint32N(50)
		entries.add(hash, value)
		if !slices.Contains(want[hash], value) {
			want[hash] = append(want[hash], value)
		}
	}
	table := newKeyTable(&entries)
	var buf [1]uint32
	for hash, values := range want {
		slices.Sort(values)
		if got := table.get(hash, &buf); !slices.Equal(got, values) {
			t.Fatalf("under %#x is %d, want %d", hash, got, values)
		}
	}
	if got := table.get(random.Uint64(), &buf); got != nil {
		t.Errorf("under an unknown key is %d", got)
	}
}

// randomBook is so many accounts with names of few words, which repeat.
func randomBook(random *rand.Rand, n int) []Account {
	accounts := make([]Account, n)
	for i := range accounts {
		a := &accounts[i]
		a.ID = fmt.Sprintf("a%04d", i)
		name := func() (s string) {
			for range 1 + random.IntN(4) {
				s += " " + randomWord(random)
			}
			return s
		}
		a.Name = name() + []string{"", " GmbH", " Ltd", " 42", " Berlin"}[random.IntN(5)]
		for range random.IntN(3) {
			a.Aliases = append(a.Aliases, name())
			a.Domains = append(a.Domains, randomWord(random)+".com")
			a.Phones = append(a.Phones, fmt.Sprintf("+1 415 867 %04d", random.IntN(100)))
		}
	}
	return accounts
}

// build makes a segment of the accounts, and the dict that goes with it.
func build(accounts []Account) (*segment, *dict) {
	var c chunk
	for i := range accounts {
		c.add(&accounts[i])
	}
	new(parser).read(&c)
	b := newBuilder(&dict{})
	b.add(&c)
	return b.finish(true)
}

// TestSegment reads names, keys and counts back from the columns of a segment, whose rows were put in another order.
func TestSegment(t *testing.T) {
	accounts := randomBook(newRandom(t), 300)
	s, d := build(accounts)
	rows, named := 0, 0
	var buf, key [1]uint32
	var name normalize.Name
	for a := range accounts {
		if id := s.record(uint32(a)).id(); id != accounts[a].ID || s.heads[a].tie != uint32(hashID(id)) {
			t.Fatalf("account %d is %q, want %q", a, id, accounts[a].ID)
		}
		list := s.list(s.heads[a].rows, &buf)
		rows += len(list)
		for _, row := range list {
			if s.rows.owner(row) != uint32(a) {
				t.Fatalf("row %d of account %d belongs to %d", row, a, s.rows.owner(row))
			}
		}
		name.Parse(accounts[a].Name)
		if len(name.Readings) == 0 {
			continue // "zzzz" is a placeholder
		}
		named++
		first := &name.Readings[0]
		own := s.keys.get(first.Key^saltName, &key)
		if !slices.ContainsFunc(own, func(row uint32) bool { return s.rows.owner(row) == uint32(a) && sameWords(s, d, row, first) }) {
			t.Fatalf("%q is not under its key as it is spelled", accounts[a].Name)
		}
	}
	if rows != s.rows.count || named < len(accounts)/2 {
		t.Errorf("%d rows belong to accounts, want %d; %d accounts have a name", rows, s.rows.count, named)
	}
	for id := range uint32(d.words) {
		if id != noWord && int(d.count(id)) != countAccounts(s, id) {
			t.Fatalf("%d accounts have %q, want %d", d.count(id), d.word(id), countAccounts(s, id))
		}
	}
}

func sameWords(s *segment, d *dict, row uint32, r *normalize.Reading) bool {
	var want, got []string
	for i := range r.Words {
		if class, ok := classOf(&r.Words[i]); ok && class != classLegal {
			want = append(want, string(r.Words[i].Canonical))
		}
	}
	for _, w := range s.rows.words(row) {
		if w.class() != classLegal && !w.alt() {
			got = append(got, string(d.word(w.id())))
		}
	}
	return slices.Equal(got, want)
}

func countAccounts(s *segment, id uint32) (n int) {
	for a := range uint32(s.accounts()) {
		if slices.Contains(s.wordsOf(a), id) {
			n++
		}
	}
	return n
}

// TestPostings: found by number or by hash, a word has the rows that hold it.
func TestPostings(t *testing.T) {
	s, d := build(randomBook(newRandom(t), 300))
	dense, sparse := newPostings(s, d), sparsePostings(s)
	if dense.dense == nil || sparse.dense != nil {
		t.Fatal("the segment has all words of the dict and is not listed by number, or sparse postings are")
	}
	want := map[uint32][]uint32{}
	s.rows.each(func(row uint32, words []rowWord) {
		for _, w := range words {
			if rows := want[w.id()]; w.class() != classLegal && (len(rows) == 0 || rows[len(rows)-1] != row) {
				want[w.id()] = append(rows, row)
			}
		}
	})
	for id := range uint32(d.words + 3) {
		if a, b := dense.get(id), sparse.get(id); !slices.Equal(a, want[id]) || !slices.Equal(b, want[id]) {
			t.Fatalf("word %d is in rows %d by number and %d by hash, want %d", id, a, b, want[id])
		}
	}
}

// TestSmallSegmentIsSparse: a segment of few words beside a big dict does not hold a column as long as the dict.
func TestSmallSegmentIsSparse(t *testing.T) {
	_, d := build(randomBook(newRandom(t), 400))
	var c chunk
	c.add(&Account{ID: "x", Name: "jqwz zwqj"})
	new(parser).read(&c)
	b := newBuilder(d)
	b.add(&c)
	s, d := b.finish(true)
	if s.posts.dense != nil || len(s.posts.get(d.find(normalize.HashWord([]byte("jqwz"))))) != 1 {
		t.Errorf("dense %v, or the word has not one row", s.posts.dense != nil)
	}
}
