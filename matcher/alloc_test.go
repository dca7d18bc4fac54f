//go:build !race

// Under the race detector sync.Pool drops what is put into it at random, so that every few matches make a new scratch.

package matcher_test

import (
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

func TestMatchDoesNotAllocate(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	var out matcher.Outcome
	match := func() {
		for i := range leads {
			s.Match(&out, &leads[i], matcher.MatchOptions{})
		}
	}
	match()
	if n := testing.AllocsPerRun(5, match); n > 0 {
		t.Errorf("%v allocations for %d leads, want 0", n, len(leads))
	}
}
