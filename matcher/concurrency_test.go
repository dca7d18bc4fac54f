package matcher_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// TestConcurrentUse matches while accounts, overrides and the policy change: every answer is of one revision, and a snapshot
// that is kept answers as it did at first. The race detector looks at the rest.
func TestConcurrentUse(t *testing.T) {
	accounts, leads := book(t)
	leads = leads[:60]
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			last := uint64(0)
			for rounds := 0; ; rounds++ {
				s := x.Snapshot()
				if v := s.Versions().Revision; v < last {
					t.Errorf("revision %d after %d", v, last)
				} else {
					last = v
				}
				for i := range leads {
					var out, again matcher.Outcome
					s.Match(&out, &leads[i], matcher.MatchOptions{})
					s.Match(&again, &leads[i], matcher.MatchOptions{})
					if out.Versions != s.Versions() || !reflect.DeepEqual(out, again) {
						t.Errorf("one snapshot answers %+v, then %+v", out, again)
						return
					}
				}
				select {
				case <-done:
					if rounds > 1 {
						return
					}
				default:
				}
			}
		})
	}
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := range 20 {
				at := (w*20 + i) * 7 % (len(accounts) - 7)
				x.Apply(matcher.Changes{
					Revision: uint64(2 + i), Upsert: accounts[at : at+3], Delete: []string{accounts[at+4].ID},
					SetOverrides: []matcher.Override{{ID: "o", Action: matcher.Force, AccountID: accounts[at].ID, Domain: "calderholm.com"}},
					Policy:       &matcher.Policy{Version: uint64(i), RightPerWrong: float64(1 + i)},
				})
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	x.Close()
	if v := x.Snapshot().Versions().Revision; v != 21 {
		t.Errorf("revision %d in the end, want 21", v)
	}
}
