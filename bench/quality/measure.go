package main

import (
	"cmp"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/matcher"
)

// measures are what came of some leads; a share of nothing is NaN.
type measures struct {
	N, Matchable       int
	Assigned           float64 // share of leads that were MATCHED
	Wrong              float64 // share of MATCHED whose account is not the right one
	Recall             float64 // share of matchable leads MATCHED to the right account
	Abstain            float64 // share of leads without an account that were not MATCHED
	Top1, Top5         float64 // share of matchable leads whose first (first five) candidates hold the right one
	Recall99, Recall98 float64
	ECE                float64
}

const calibrationBins = 15

type scored struct {
	p  float64
	ok bool
}

// measure computes the measures of the leads whose numbers are given.
func measure(leads []labelledLead, outcomes []outcome, which []int) measures {
	var matchable, assigned, wrong, absentAssigned, top1, top5 int
	var all []scored
	for _, i := range which {
		l, o := &leads[i], &outcomes[i]
		if l.Expected != "" {
			matchable++
		}
		if o.decision == matcher.Matched {
			assigned++
			if !l.right(o.accountID) {
				wrong++
			}
			if l.Expected == "" {
				absentAssigned++
			}
		}
		if len(o.candidates) == 0 {
			continue
		}
		ok := l.right(o.candidates[0].AccountID)
		all = append(all, scored{o.candidates[0].Probability, ok})
		if ok {
			top1++
		}
		if slices.ContainsFunc(o.candidates[:min(5, len(o.candidates))], func(c ranked) bool { return l.right(c.AccountID) }) {
			top5++
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.p, a.p) })
	n := len(which)
	return measures{
		N: n, Matchable: matchable,
		Assigned: share(assigned, n), Wrong: share(wrong, assigned), Recall: share(assigned-wrong, matchable),
		Abstain: share(n-matchable-absentAssigned, n-matchable),
		Top1:    share(top1, matchable), Top5: share(top5, matchable),
		Recall99: recallAt(all, .01, matchable), Recall98: recallAt(all, .02, matchable),
		ECE: calibrationError(all),
	}
}

func share(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}

func recallAt(all []scored, wrong float64, matchable int) float64 {
	best, good := 0, 0
	for i, s := range all {
		if s.ok {
			good++
		}
		if i+1 < len(all) && all[i+1].p == s.p {
			continue // a cut-off cannot split a tie
		}
		if float64(i+1-good) <= wrong*float64(i+1) {
			best = good
		}
	}
	return float64(best) / float64(max(1, matchable))
}

func calibrationError(all []scored) float64 {
	sum, m := 0.0, len(all)
	for b := range calibrationBins {
		p, ok := 0.0, 0.0
		for _, s := range all[b*m/calibrationBins : (b+1)*m/calibrationBins] {
			p += s.p
			if s.ok {
				ok++
			}
		}
		sum += math.Abs(p - ok)
	}
	return sum / float64(max(1, m))
}
