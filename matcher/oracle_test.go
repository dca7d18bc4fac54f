package matcher_test

import (
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// leastAgreement is the share of leads for which the search must come first to what scoring every account comes to. It
// is not 1 since the search leaves word lists unread that could only bring accounts far behind.
const leastAgreement = .99

// TestSearchAgreesWithScoringAll holds the search to its slow twin.
func TestSearchAgreesWithScoringAll(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	compared, same := 0, 0
	for i := range leads {
		var out matcher.Outcome
		s.Match(&out, &leads[i], matcher.MatchOptions{Limit: 1})
		want, linked := s.ScoreAll(&leads[i])
		if !linked || out.DecidedBy != matcher.ByModel || out.Decision == matcher.Insufficient {
			continue
		}
		compared++
		if len(out.Candidates) > 0 && out.Candidates[0].AccountID == want {
			same++
			continue
		}
		t.Logf("%+v: the best of all accounts is %s; found %+v", leads[i], want, out.Candidates)
	}
	if compared < 500 {
		t.Fatalf("%d leads were compared, want at least 500", compared)
	}
	share := float64(same) / float64(compared)
	t.Logf("%d of %d leads have the same first candidate: %.4f", same, compared, share)
	if share < leastAgreement {
		t.Errorf("the search agrees with scoring all in %.4f of the leads, want %.2f", share, leastAgreement)
	}
}
