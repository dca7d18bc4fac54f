package matcher

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
)

// TestBestRows holds the choice of rows to sorting. Ranks repeat, ties do not. Fewer are left only where the next one is
// of lower rank, and never fewer than three quarters.
func TestBestRows(t *testing.T) {
	random := newRandom(t)
	l := live{segment: new(segment)}
	var number [400]uint32
	for a := range number {
		number[a] = l.rows.add(newRowHead(uint32(a), 0), []rowWord{1}, 0)
	}
	f := finder{snap: &Snapshot{segs: []live{l}}}
	for range 300 {
		rows := make([]sharing, 1+random.IntN(200))
		l.heads = l.heads[:0]
		for i, tie := range random.Perm(len(rows)) {
			rows[i] = sharing{row: number[i], rank: float32(random.IntN(8))}
			l.heads = append(l.heads, accountHead{tie: uint32(tie)})
		}
		f.snap.segs[0] = l
		n := 1 + random.IntN(len(rows))
		sorted := slices.Clone(rows)
		slices.SortFunc(sorted, func(a, b sharing) int {
			return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(l.heads[l.rows.owner(a.row)].tie, l.heads[l.rows.owner(b.row)].tie))
		})
		got := numbersOf(f.bestRows(rows, n))
		k := len(got)
		if want := numbersOf(sorted[:k]); !slices.Equal(got, want) {
			t.Fatalf("the %d best of %d are %d, want %d", k, len(sorted), got, want)
		}
		if k > n || k < n && (4*k < 3*n || sorted[k-1].rank == sorted[k].rank) {
			t.Fatalf("%d of %d are left, want %d", k, len(sorted), n)
		}
	}
}

func numbersOf(rows []sharing) (list []uint32) {
	for i := range rows {
		list = append(list, rows[i].row)
	}
	slices.Sort(list)
	return list
}

// TestRowsOfSpan holds the binary searches to looking at every row.
func TestRowsOfSpan(t *testing.T) {
	random := newRandom(t)
	weights := make([]uint16, 300)
	for i := range weights {
		weights[i] = uint16(random.IntN(60))
	}
	slices.Sort(weights)
	s := new(segment)
	rows := make([]uint32, len(weights))
	for i := range rows {
		rows[i] = s.rows.add(0, make([]rowWord, 1+random.IntN(9)), weights[i])
	}
	f := func(in span) {
		t.Helper()
		var want []uint32
		for i, row := range rows {
			if w := int(weights[i]); w >= in.from && w <= in.to {
				want = append(want, row)
			}
		}
		if got := in.of(s, rows); !slices.Equal(got, want) {
			t.Fatalf("rows of weights %v: %d, want %d", in, got, want)
		}
	}
	for range 300 {
		from := random.IntN(80) - 10
		f(span{from, from + random.IntN(70) - 5})
	}
	f(span{0, 0})
	f(span{maxWeight, maxWeight})
	f(everyWeight)
	f(noWeight)
}

// TestSpread: a word that more accounts have than the budget allows is read around the lead's weight, so that the rows
// whose names are as long and as rare as the lead's are found, and no more is read than may be.
func TestSpread(t *testing.T) {
	accounts := make([]Account, maxPostings+500)
	for i := range accounts {
		accounts[i] = Account{ID: fmt.Sprint(i), Name: "Calderholm " + rareWords(i, 1+i%4)}
	}
	accounts[7].Name = "Calderholm"
	x := New(nil)
	x.Apply(Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	var q query
	q.read(s, &Lead{Company: "Calderholm"})
	q.readTerms(s, true)
	var f finder
	f.reset(s)
	f.start(&q)
	f.terms(&q)
	if f.words.reads > maxPostings || f.words.reads == 0 || f.cuts&cutPostings == 0 {
		t.Errorf("%d postings were read, cuts %b; want 1 to %d and a cut", f.words.reads, f.cuts, maxPostings)
	}
	if !slices.ContainsFunc(f.words.rows, func(w sharing) bool { return s.segs[w.seg].record(s.segs[w.seg].rows.owner(w.row)).id() == "7" }) {
		t.Error("the account of just the lead's weight is not found")
	}
	var out Outcome
	s.Match(&out, &Lead{Company: "Calderholm"}, MatchOptions{})
	if len(out.Candidates) == 0 || out.Candidates[0].AccountID != "7" || out.Retrieval.Scored > maxScored ||
		out.Retrieval.Seen > maxFound || !slices.Contains(out.Reasons, CapReached) {
		t.Errorf("the answer is %+v, want account 7 first and the cut told", out)
	}
}

// rareWords returns n words of letters that spell i.
func rareWords(i, n int) (s string) {
	for k := range n {
		s += " "
		for v := i*4 + k + 1000; v > 0; v /= 6 {
			s += string("jqwzvx"[v%6])
		}
	}
	return s
}

// TestFinderForgets: candidates of one search are unknown to the next, also when the epochs begin anew.
func TestFinderForgets(t *testing.T) {
	s, d := build(randomBook(newRandom(t), 50))
	snap := &Snapshot{dict: d, segs: []live{{segment: s}}}
	var f finder
	f.reset(snap)
	for range 3 {
		for _, epoch := range []uint32{5, 1<<(32-finderBits) - 1} {
			f.epoch = epoch - 1
			clear(f.slots)
			for range 3 {
				f.reset(snap)
				for a := range uint32(50) {
					c := f.at(0, a)
					if c.hits != 0 {
						t.Fatalf("account %d is known already in epoch %d", a, f.epoch)
					}
					c.hits = hitWord
					if again := f.at(0, a); again != c {
						t.Fatalf("account %d is there twice", a)
					}
				}
				if len(f.found) != 50 {
					t.Fatalf("%d candidates, want 50", len(f.found))
				}
			}
		}
	}
}

// TestFinderIsBounded: when there is no room for candidates any more, it says so.
func TestFinderIsBounded(t *testing.T) {
	snap := &Snapshot{dict: &dict{}, segs: []live{{segment: &segment{heads: make([]accountHead, maxFound+1)}}}}
	var f finder
	f.reset(snap)
	for a := range uint32(maxFound) {
		if f.at(0, a) == nil {
			t.Fatalf("no room for candidate %d", a)
		}
	}
	if f.at(0, maxFound) != nil || f.cuts != cutPostings || f.at(0, 17) == nil {
		t.Errorf("candidate %d is taken, cuts %b; want a cut, and those that are there to stay", maxFound, f.cuts)
	}
}
