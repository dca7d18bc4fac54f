package matcher_test

import (
	"runtime"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// TestPartsAreTheHeap: what a snapshot says that it holds is what the heap has grown by, up to pages and allocator's sizes.
func TestPartsAreTheHeap(t *testing.T) {
	f := func(what string, got, want, beside int) {
		t.Helper()
		if got < want || got > want+want/33+beside {
			t.Errorf("%s: %d bytes are on the heap, and %d are told", what, got, want)
		}
	}
	c := corpus.New(1, 20_000)
	corpus.New(2, 10).Account(0) // what the corpus needs itself
	before := heap()
	x := matcher.New(nil)
	if err := x.Replace(1, c.Accounts()); err != nil {
		t.Fatal(err)
	}
	f("replaced", heap()-before, x.Snapshot().Stats().Bytes, 0)
	var more []matcher.Account
	for i := range 2000 {
		more = append(more, c.Account(i+18_500))
	}
	x.Apply(matcher.Changes{Revision: 2, Upsert: more})
	more = nil
	s := x.Snapshot() // the index has room of its own for changes
	f("changed", heap()-before, s.Stats().Bytes, 0)
	runtime.KeepAlive(s)
	s, before = nil, heap()
	x = matcher.New(nil)
	for i := range 9 {
		more = nil
		for n := range 100 {
			more = append(more, c.Account(100*i+n))
		}
		x.Apply(matcher.Changes{Revision: uint64(i + 1), Upsert: more})
	}
	more, s = nil, x.Snapshot()
	f("written", heap()-before, s.Stats().Bytes, 64<<10) // what was read is kept; the book is too small for a share of it
	runtime.KeepAlive(s)
}

func heap() int {
	runtime.GC()
	runtime.GC() // what pools held in the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
