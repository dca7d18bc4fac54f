package eval

import (
	"cmp"
	"slices"
)

// Decisions counts leads by what was decided about them, and how many of these were mistakes.
type Decisions struct {
	Leads        int
	Matched      int
	MatchedWrong int // to a wrong account
	Review       int
	ReviewListed int // with the right account among the answer's candidates
	NoMatch      int
	NoMatchWrong int // though the company is among the accounts
	Insufficient int
}

// ByReason is the decisions for which a reason was given.
type ByReason struct {
	Reason string // "" for answers without any
	Decisions
}

// CountDecisions counts all leads. Those without an answer are in Leads alone.
func CountDecisions(pairs []Pair) (d Decisions) {
	for _, p := range pairs {
		d.add(p)
	}
	return d
}

// CountReasons counts the leads under each of their reasons, the most frequent reason first.
func CountReasons(pairs []Pair) []ByReason {
	byReason := map[string]*ByReason{}
	for _, p := range pairs {
		if p.Answer == nil {
			continue
		}
		reasons := p.Answer.Reasons
		if len(reasons) == 0 {
			reasons = []string{""}
		}
		for _, r := range reasons {
			if byReason[r] == nil {
				byReason[r] = &ByReason{Reason: r}
			}
			byReason[r].add(p)
		}
	}
	out := make([]ByReason, 0, len(byReason))
	for _, r := range byReason {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b ByReason) int {
		return cmp.Or(cmp.Compare(b.Leads, a.Leads), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

func (d *Decisions) add(p Pair) {
	d.Leads++
	if p.Answer == nil {
		return
	}
	switch p.Answer.Decision {
	case Matched:
		d.Matched++
		if !p.Lead.Right(p.Answer.AccountID) {
			d.MatchedWrong++
		}
	case "REVIEW":
		d.Review++
		if p.listed() {
			d.ReviewListed++
		}
	case noMatch:
		d.NoMatch++
		if p.Lead.Expected != "" {
			d.NoMatchWrong++
		}
	case "INSUFFICIENT":
		d.Insufficient++
	}
}

// noMatch is the decision that the company is not among the accounts.
const noMatch = "NO_MATCH"

// listed says whether the right account is among the candidates.
func (p Pair) listed() bool {
	return slices.ContainsFunc(p.Answer.Candidates, func(c Scored) bool { return p.Lead.Right(c.AccountID) })
}
