package server

import (
	"maps"
	"math/rand/v2"
	"sync"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/decisionlog"
)

// shadow decides a share of the live leads under a second policy, too, and counts where that would have decided otherwise.
// Nothing else comes of it. Any number of goroutines may use it at once.
type shadow struct {
	policy *proposal
	share  float64 // of leads, above 0 to 1
	said   refusals

	mu      sync.Mutex // guards the rest
	decided uint64
	flips   map[shadowFlip]uint64
}

// shadowFlip is a way in which the policies disagree.
type shadowFlip struct {
	Kind   string // "MATCHED → REVIEW", "another account"
	Reason string // the first that the second policy's decision has
}

// openShadow reads the policy that is to be tried.
func openShadow(path string, share float64) (*shadow, error) {
	policy, err := readPolicy(shadowFile, path)
	if err != nil {
		return nil, err
	}
	p, err := newProposal(policy)
	if err != nil {
		return nil, err
	}
	return &shadow{policy: p, share: share, flips: map[shadowFlip]uint64{}}, nil
}

// counts returns how many leads were decided twice, and how many of them differently, by how.
func (s *shadow) counts() (decided uint64, flips map[shadowFlip]uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decided, maps.Clone(s.flips)
}

// shadowed decides a lead again, if it is in the share, and returns what that comes to where it is something else.
func (s *Server) shadowed(snap *matcher.Snapshot, lead *matcher.Lead, was *matcher.Outcome) *decisionlog.Shadow {
	if s.shadow == nil || s.shadow.share < 1 && rand.Float64() >= s.shadow.share {
		return nil
	}
	scratch := scratches.Get().(*scratch)
	defer scratch.release()
	now := &scratch.outcome
	snap.Under(s.shadow.policy.compiled).Match(now, lead, matcher.MatchOptions{Limit: 1})
	flip, differs := s.shadow.add(was, now)
	if !differs {
		return nil
	}
	if count, due := s.shadow.said.note(); due {
		s.log.Info("the shadow policy decides otherwise", "kind", flip.Kind, "reason", flip.Reason, "since_last", count)
	}
	return &decisionlog.Shadow{
		Decision: decisionlog.Name(leadmatchv1.Decision(now.Decision)), AccountID: now.AccountID, Reason: flip.Reason,
	}
}

func (s *shadow) add(was, now *matcher.Outcome) (flip shadowFlip, differs bool) {
	switch {
	case was.Decision != now.Decision:
		flip.Kind = decisionlog.Name(leadmatchv1.Decision(was.Decision)) + " → " + decisionlog.Name(leadmatchv1.Decision(now.Decision))
	case was.AccountID != now.AccountID:
		flip.Kind = "another account"
	}
	if differs = flip.Kind != ""; differs && len(now.Reasons) > 0 {
		flip.Reason = decisionlog.Name(leadmatchv1.Reason(now.Reasons[0]))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided++
	if differs {
		s.flips[flip]++
	}
	return flip, differs
}
