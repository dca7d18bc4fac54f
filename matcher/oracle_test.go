package matcher_test

import (
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// leastAgreement is the share of leads for which the search must come first to what scoring every account comes to. It
// is less than the 1 that is reached, since the search may leave word lists unread that bring accounts far behind.
const leastAgreement = .99

// TestSearchAgreesWithScoringAll holds the search to its slow twin, in the sample and among companies of common words.
func TestSearchAgreesWithScoringAll(t *testing.T) {
	accounts, leads := book(t)
	agree := func(accounts []matcher.Account, every, atLeast int) {
		t.Helper()
		x := matcher.New(nil)
		x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
		s := x.Snapshot()
		compared, same := 0, 0
		for i := 0; i < len(leads); i += every {
			if agrees(t, s, &leads[i], &compared) {
				same++
			}
		}
		if compared < atLeast {
			t.Fatalf("%d leads were compared, want at least %d", compared, atLeast)
		}
		share := float64(same) / float64(compared)
		t.Logf("among %d accounts %d of %d leads have the same first candidate: %.4f", len(accounts), same, compared, share)
		if share < leastAgreement {
			t.Errorf("the search agrees with scoring all in %.4f of the leads, want %.2f", share, leastAgreement)
		}
	}
	agree(accounts, 1, 500)
	agree(append(accounts, backgroundAccounts(2500)...), 10, 50)
}

// agrees compares one lead, if anything links it to an account.
func agrees(t *testing.T, s *matcher.Snapshot, lead *matcher.Lead, compared *int) bool {
	var out matcher.Outcome
	s.Match(&out, lead, matcher.MatchOptions{Limit: 1})
	want, linked := s.ScoreAll(lead)
	if !linked || out.DecidedBy != matcher.ByModel || out.Decision == matcher.Insufficient {
		return false
	}
	*compared++
	if len(out.Candidates) > 0 && out.Candidates[0].AccountID == want {
		return true
	}
	t.Logf("%+v: the best of all accounts is %s; found %+v", *lead, want, out.Candidates)
	return false
}
