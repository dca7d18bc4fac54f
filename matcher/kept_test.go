package matcher_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// TestKept changes a book at random, deletes what was just written, and merges, rebuilds and replaces in between, late, too: what
// segments keep of what was read in them is always what is read in their records, and answers are those of a book that was built
// at once.
func TestKept(t *testing.T) {
	accounts, leads := book(t)
	random := matcher.NewRandom(t)
	x := matcher.New(nil)
	defer x.Close()
	have := map[string]matcher.Account{}
	var last []string // ids that were written last
	kept, dead := 0, 0
	look := func(what string) {
		t.Helper()
		n, d, err := x.Snapshot().Kept()
		if err != nil {
			t.Fatalf("after %s: %v", what, err)
		}
		kept, dead = kept+n, dead+d
	}
	write := func() {
		t.Helper()
		c := matcher.Changes{Revision: x.Snapshot().Versions().Revision + 1}
		for _, id := range last {
			if random.IntN(4) == 0 {
				c.Delete = append(c.Delete, id)
				delete(have, id)
			}
		}
		last = nil
		for _, i := range random.Perm(len(accounts))[:1+random.IntN(1+random.IntN(200))] {
			a := accounts[i]
			a.ID = fmt.Sprintf("%s-%d", a.ID, random.IntN(12))
			a.Name = fmt.Sprintf("%s %d", a.Name, random.IntN(12))
			if a.Domains = nil; slices.Contains(c.Delete, a.ID) {
				continue
			}
			c.Upsert = append(c.Upsert, a)
			last, have[a.ID] = append(last, a.ID), a
		}
		x.Apply(c)
		look("a change")
	}
	for step := range 16 {
		x.Hold()
		old := x.Snapshot()
		for range 5 {
			write()
		}
		switch step % 8 {
		case 3:
			x.RebuildFrom(old)
			look("a rebuild")
		case 5, 6:
			x.MergeFrom(old)
			look("merging")
		case 7:
			var list []matcher.Account
			for _, a := range have {
				list = append(list, a)
			}
			if err := x.Replace(x.Snapshot().Versions().Revision+1, all(list)); err != nil {
				t.Fatal(err)
			}
			look("replacing all")
			x.RebuildFrom(old) // which comes too late
			look("a late rebuild")
		}
		if step%8 > 5 {
			sameAnswers(t, x, have, leads[:40], x.Snapshot().Versions().Revision)
		}
	}
	if kept == 0 || dead == 0 {
		t.Errorf("%d accounts were looked at, %d of them dead: want some", kept, dead)
	}
}
