package matcher

import (
	"errors"
	"iter"
	"reflect"
	"slices"
	"testing"
)

// batches yields the accounts in batches of so many, in one batch that is used again.
func batches(accounts []Account, each int) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		var b Batch
		for part := range slices.Chunk(accounts, each) {
			for i := range part {
				b.Add(&part[i])
			}
			if !yield(&b, nil) {
				return
			}
			b.Reset()
		}
	}
}

// TestLoad: of batches of any size, however many accounts were expected, comes what Replace makes of the accounts.
func TestLoad(t *testing.T) {
	random := newRandom(t)
	accounts := randomBook(random, 700)
	want := New(nil)
	if err := want.Replace(3, func(yield func(*Account, error) bool) {
		for i := range accounts {
			if !yield(&accounts[i], nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	for _, about := range []int{0, 1, len(accounts) / 2, len(accounts), 3 * len(accounts)} {
		x := New(nil)
		if err := x.Load(3, about, batches(accounts, 1+random.IntN(100))); err != nil {
			t.Fatal(err)
		}
		have, want := x.Snapshot(), want.Snapshot()
		if !reflect.DeepEqual(have.segs, want.segs) || !reflect.DeepEqual(have.dict, want.dict) || have.accounts != want.accounts || have.revision != 3 {
			t.Errorf("about %d accounts: loaded is not what was replaced", about)
		}
	}
}

func TestLoadBreaks(t *testing.T) {
	x := New(nil)
	before, broken := x.Snapshot(), errors.New("broken")
	err := x.Load(1, 0, func(yield func(*Batch, error) bool) {
		var b Batch
		b.Add(&Account{ID: "a", Name: "Calderholm"})
		_ = yield(&b, nil) && yield(nil, broken)
	})
	if !errors.Is(err, broken) || x.Snapshot() != before {
		t.Errorf("error %v, want %v and no change", err, broken)
	}
}
