package matcher

import (
	"errors"
	"slices"
	"testing"
)

// TestFull lowers each bound on a book to what there is: it is refused as a whole, and nothing is to be added long before.
func TestFull(t *testing.T) {
	accounts := randomBook(newRandom(t), 1000)
	x := New(nil)
	defer x.Close()
	replace := func() error {
		return x.Replace(1, func(yield func(*Account, error) bool) {
			for i := range accounts {
				if !yield(&accounts[i], nil) {
					return
				}
			}
		})
	}
	if err := replace(); err != nil {
		t.Fatal(err)
	}
	s := x.Snapshot()
	e := s.extent()
	f := func(what string, bound *int64, have int64) {
		t.Helper()
		before := *bound
		defer func() { *bound = before }()
		*bound = have / 4 * 3
		var full *FullError
		if err := replace(); !errors.As(err, &full) || full.What != what || full.Most > *bound {
			t.Errorf("%d %s, of which there may be %d: error %v", have, what, *bound, err)
		}
		if x.Snapshot() != s {
			t.Fatalf("%s: what was refused changed the book", what)
		}
		if err := s.Full(); !errors.As(err, &full) || full.What != what {
			t.Errorf("%d %s, of which there may be %d: full says %v", have, what, *bound, err)
		}
		*bound = have + have/16
		if err := s.Full(); !errors.As(err, &full) || full.What != what {
			t.Errorf("%d %s, of which there may be %d: full says %v", have, what, *bound, err)
		}
		*bound = have + have/8 + 16
		if err := s.Full(); err != nil {
			t.Errorf("%d %s, of which there may be %d: full says %v", have, what, *bound, err)
		}
	}
	f("accounts", &most.accounts, e.accounts)
	f("bytes of records", &most.records, e.records)
	f("names and words of them", &most.cells, e.cells)
	f("keys", &most.keys, e.keys)
	f("further names, domains, phones and places", &most.lists, e.lists)
	f("distinct words", &most.words, e.words)
	f("bytes of distinct words", &most.text, e.text)
	if slices.ContainsFunc([]int64{e.accounts, e.records, e.cells, e.keys, e.lists, e.words, e.text}, func(n int64) bool { return n < 100 }) {
		t.Errorf("the book is too small for the test: %+v", e)
	}
}
