package engine

import (
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The engine's codes are numbered as the wire's; outcome_test.go compares their names. A code that the wire has not got
// yet goes out as its number.

// Arena makes wire outcomes out of slabs, so that a batch of leads costs a few allocations rather than a few for each
// candidate. The messages that it made keep the slabs alive. For one goroutine at a time.
type Arena struct {
	outcomes   []leadmatchv1.Outcome
	candidates []leadmatchv1.Candidate
	pointers   []*leadmatchv1.Candidate
	reasons    []leadmatchv1.Reason
	versions   *leadmatchv1.Versions // of all the outcomes, which are of one snapshot
}

// NewArena returns an arena for so many leads with so many candidates each.
func NewArena(leads, candidates int, v matcher.Versions) *Arena {
	n := leads * min(candidates, SlabCandidates)
	return &Arena{
		outcomes:   make([]leadmatchv1.Outcome, 0, leads),
		candidates: make([]leadmatchv1.Candidate, 0, n),
		pointers:   make([]*leadmatchv1.Candidate, 0, n),
		reasons:    make([]leadmatchv1.Reason, 0, leads*slabReasons),
		versions:   Versions(v),
	}
}

// Versions returns the wire's form of versions.
func Versions(v matcher.Versions) *leadmatchv1.Versions {
	return &leadmatchv1.Versions{
		Revision: v.Revision, Policy: v.Policy, Normalizer: v.Normalizer, Model: v.Model, ProposedPolicy: v.Proposed,
	}
}

// What a lead usually has; more is fetched as needed.
const (
	SlabCandidates = 5
	slabReasons    = 3
)

// take returns the next n elements of a slab, or new ones when it has not got so many.
func take[T any](slab *[]T, n int) []T {
	if len(*slab)+n > cap(*slab) {
		return make([]T, n)
	}
	from := len(*slab)
	*slab = (*slab)[:from+n]
	return (*slab)[from : from+n : from+n]
}

// Outcome returns the wire's form of an outcome that was made with the options, which it shares strings with.
func (a *Arena) Outcome(o *matcher.Outcome, asked matcher.MatchOptions) *leadmatchv1.Outcome {
	out := &take(&a.outcomes, 1)[0]
	out.LeadId = o.LeadID
	out.Decision = leadmatchv1.Decision(o.Decision)
	out.DecidedBy = leadmatchv1.DecidedBy(o.DecidedBy)
	out.TieBreakRung = o.TieBreakRung
	out.OverrideId = o.OverrideID
	out.AccountId = o.AccountID
	out.OwnerId = o.OwnerID
	out.Probability = o.Probability
	out.NoMatchProbability = o.NoMatchProbability
	out.MarginBits = o.MarginBits
	out.Versions = a.versions
	out.Reasons = take(&a.reasons, len(o.Reasons))
	for i, r := range o.Reasons {
		out.Reasons[i] = leadmatchv1.Reason(r)
	}
	out.Candidates = take(&a.pointers, len(o.Candidates))
	slab := take(&a.candidates, len(o.Candidates))
	for i := range o.Candidates {
		out.Candidates[i] = &slab[i]
		setCandidate(&slab[i], &o.Candidates[i])
	}
	if asked.Explain {
		out.Retrieval = retrieval(&o.Retrieval)
	}
	out.UnscoredOdds = o.UnscoredOdds
	if asked.Reads {
		out.Reads = o.Reads.Append(nil)
	}
	return out
}

func setCandidate(to *leadmatchv1.Candidate, c *matcher.Candidate) {
	to.AccountId = c.AccountID
	to.AccountName = c.AccountName
	to.OwnerId = c.OwnerID
	to.Probability = c.Probability
	to.Bits = c.Bits
	to.ExcludedBy = c.ExcludedBy
	setFeatures(to, c)
	if len(c.Evidence) == 0 {
		return
	}
	slab := make([]leadmatchv1.Evidence, len(c.Evidence))
	to.Evidence = make([]*leadmatchv1.Evidence, len(c.Evidence))
	for i := range c.Evidence {
		e := &c.Evidence[i]
		to.Evidence[i] = &slab[i]
		slab[i].Kind = leadmatchv1.EvidenceKind(e.Kind)
		slab[i].Level = e.Level
		slab[i].Bits = e.Bits
		slab[i].LeadValue = e.LeadValue
		slab[i].AccountValue = e.AccountValue
		slab[i].Source = leadmatchv1.Source(e.Source)
	}
}

func setFeatures(to *leadmatchv1.Candidate, c *matcher.Candidate) {
	if len(c.Features) == 0 {
		return
	}
	slab := make([]leadmatchv1.Feature, len(c.Features))
	to.Features = make([]*leadmatchv1.Feature, len(c.Features))
	for i, f := range c.Features {
		to.Features[i] = &slab[i]
		slab[i].Name, slab[i].Amount = f.Name, f.Amount
	}
	to.CalibratedAs, to.MatchFrom = c.CalibratedAs, c.MatchFrom
}

func retrieval(r *matcher.Retrieval) *leadmatchv1.Retrieval {
	out := &leadmatchv1.Retrieval{
		CandidatesSeen:   uint32(r.Seen),
		CandidatesScored: uint32(r.Scored),
		Cuts:             append([]string(nil), r.Cuts...), // the engine reuses its slice
	}
	for _, k := range r.Keys {
		out.Keys = append(out.Keys, &leadmatchv1.RetrievalKey{Kind: k.Kind, Value: k.Value, Accounts: uint32(k.Accounts)})
	}
	return out
}
