package tune

import (
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
)

// decider is a model and the thresholds that it decides by.
type decider struct {
	fit.Model
	rightPerWrong float64
	margin        float64 // least bits between the first candidate and the next hypothesis
}

// match is the least probability at which a policy matches.
func match(rightPerWrong float64) float64 { return rightPerWrong / (1 + rightPerWrong) }

// ranked is how many candidates of an answer are looked at.
const ranked = 5

// opinion is what a model makes of a lead.
type opinion struct {
	ranked   []eval.Scored // best first
	cautious float64       // of the first: how many times surer it must be
	clear    bool          // that the first is far enough before the next hypothesis
	tied     string        // the account that the tie-break ladder has chosen
	missed   float64       // bits by which the right answer was missed
}

// opinion weighs a lead as the server would with the decider's policy. Which account the tie-break ladder has chosen is
// taken over; that other weights can make another spelling of an account the closest one is not seen.
func (d *decider) opinion(e *example) opinion {
	p, none, first := d.Probabilities(nil, &e.Example)
	o := opinion{tied: e.tied, missed: missedBy(e, p, none)}
	if first < 0 {
		return o
	}
	order := rank(p, first)
	for _, i := range order[:min(ranked, len(order))] {
		o.ranked = append(o.ranked, eval.Scored{AccountID: e.Candidates[i].ID, Probability: p[i]})
	}
	next := none
	if len(order) > 1 {
		next = max(next, p[order[1]])
	}
	o.cautious, o.clear = e.cautious[first], math.Log2(p[first]/next) >= d.margin
	return o
}

// answer decides by a dial.
func (o *opinion) answer(rightPerWrong float64) *eval.Answer {
	if len(o.ranked) == 0 {
		return &eval.Answer{Decision: "NO_MATCH"}
	}
	first := o.ranked[0]
	a := &eval.Answer{Decision: "REVIEW", Probability: first.Probability, Candidates: o.ranked}
	switch {
	case o.clear && o.cautious < never && first.Probability >= 1-(1-match(rightPerWrong))/o.cautious:
		a.Decision, a.AccountID = eval.Matched, first.AccountID
	case o.tied != "":
		a.Decision, a.AccountID = eval.Matched, o.tied
	}
	return a
}

// rank returns the candidates in order: the first, and the others by probability.
func rank(p []float64, first int) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case i == first, j != first && p[i] > p[j]:
			return -1
		case j == first, p[i] < p[j]:
			return 1
		}
		return 0
	})
	return order
}

// missedBy is the logarithm of what the right answer was given, "none of them" where no candidate is right. Nothing
// counts for less than one in 8,192, as nothing is said with more certainty.
func missedBy(e *example, p []float64, none float64) float64 {
	right, found := 0.0, false
	for i := range e.Candidates {
		if e.Candidates[i].Right {
			right, found = right+p[i], true
		}
	}
	if !found {
		right = none
	}
	return -math.Log2(max(right, math.Exp2(-fit.MaxCalibrated)))
}
