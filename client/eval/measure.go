package eval

import (
	"cmp"
	"math"
	"slices"
)

// Matched is the decision that assigns a lead to an account; every other one leaves it unassigned.
const Matched = "MATCHED"

// Labelled is a lead's right answer, and what else is known about the lead to slice by.
type Labelled struct {
	ID            string
	Expected      string            // the right account; "" when the company is not among the accounts
	AmbiguousWith []string          // accounts that nobody could tell apart from Expected; as right as it
	Labels        map[string]string // any other field: "scenario", "how", …
}

// Scored is one candidate of an answer.
type Scored struct {
	AccountID   string
	Probability float64 // 0 to 1
}

// Answer is what was decided about a lead.
type Answer struct {
	Decision    string   // MATCHED, REVIEW, NO_MATCH or INSUFFICIENT
	AccountID   string   // when MATCHED
	Probability float64  // of AccountID; looked at only when there are no Candidates
	Candidates  []Scored // best first

	// What follows is not looked at by Measure.

	Reasons  []string // codes
	Override bool     // a person's word decided, and neither evidence nor policy
	Together float64  // probability that the thresholds are held to: of the first candidate, or of all that were tied
	Needs    float64  // probability from which on that is MATCHED, above 1 when it never is; 0 when it is not known
	Margin   float64  // bits between the first candidate and the next hypothesis
	None     float64  // probability that the company is not among the accounts
}

// Pair is a lead with its answer. A nil Answer is a lead that got none; it counts as not matched.
type Pair struct {
	Lead   *Labelled
	Answer *Answer
}

// Metrics are shares of leads, 0 to 1. A share of nothing is NaN, except that R99 and R98 are then 0.
type Metrics struct {
	N         int     // leads
	Matchable int     // leads that have an account
	Assigned  float64 // share of leads that were MATCHED
	Wrong     float64 // share of MATCHED leads that were given a wrong account: misassignment
	Recall    float64 // share of matchable leads MATCHED to the right account
	Abstain   float64 // share of leads without an account that were not MATCHED
	Top1      float64 // share of matchable leads whose first candidate is right, whatever the decision
	Top5      float64 // the same for the first five
	R99       float64 // recall at the lowest probability cut-off at which at most 1 % of those above it are wrong
	R98       float64 // the same at 2 %
	ECE       float64 // expected calibration error of the first candidate's probability, 15 bins of equal mass
}

// Right says whether the account is the lead's: the expected one or one that is as good. No account never is.
func (l *Labelled) Right(account string) bool {
	if l.Expected == "" || account == "" {
		return false
	}
	return account == l.Expected || slices.Contains(l.AmbiguousWith, account)
}

// Measure counts how well the pairs' answers fit their leads. It does not change the pairs.
func Measure(pairs []Pair) Metrics {
	return newTally(pairs).metrics()
}

// tally is the counts that the metrics are quotients of.
type tally struct {
	n, matchable, absent        int
	assigned, hits, absentGiven int
	top1, top5                  int
	firsts                      []first // the most probable first
}

// first is a lead's first candidate: how sure the answer was of it, and whether it was right.
type first struct {
	probability float64
	right       bool
}

func newTally(pairs []Pair) *tally {
	t := &tally{}
	for _, p := range pairs {
		t.add(p)
	}
	// Stable, so that equal probabilities fall into the same calibration bins on every run.
	slices.SortStableFunc(t.firsts, func(a, b first) int { return cmp.Compare(b.probability, a.probability) })
	return t
}

func (t *tally) add(p Pair) {
	t.n++
	if p.Lead.Expected != "" {
		t.matchable++
	} else {
		t.absent++
	}
	if p.Answer == nil {
		return
	}
	if p.Answer.Decision == Matched {
		t.addAssigned(p)
	}
	t.addRanking(p)
}

func (t *tally) addAssigned(p Pair) {
	t.assigned++
	if p.Lead.Right(p.Answer.AccountID) {
		t.hits++
	}
	if p.Lead.Expected == "" {
		t.absentGiven++
	}
}

// addRanking looks at the candidates alone; an answer without any stands for its account.
func (t *tally) addRanking(p Pair) {
	ranked := p.Answer.Candidates
	if len(ranked) == 0 {
		ranked = []Scored{{p.Answer.AccountID, p.Answer.Probability}}
	}
	right := p.Lead.Right(ranked[0].AccountID)
	if right {
		t.top1++
	}
	if slices.ContainsFunc(ranked[:min(5, len(ranked))], func(s Scored) bool { return p.Lead.Right(s.AccountID) }) {
		t.top5++
	}
	if ranked[0].AccountID != "" {
		t.firsts = append(t.firsts, first{ranked[0].Probability, right})
	}
}

func (t *tally) metrics() Metrics {
	return Metrics{
		N:         t.n,
		Matchable: t.matchable,
		Assigned:  share(t.assigned, t.n),
		Wrong:     share(t.assigned-t.hits, t.assigned),
		Recall:    share(t.hits, t.matchable),
		Abstain:   share(t.absent-t.absentGiven, t.absent),
		Top1:      share(t.top1, t.matchable),
		Top5:      share(t.top5, t.matchable),
		R99:       t.recallAt(.01),
		R98:       t.recallAt(.02),
		ECE:       t.calibrationError(),
	}
}

// recallAt is the largest share of matchable leads that a probability cut-off finds right while no more than wrong of
// the leads above it are wrong.
func (t *tally) recallAt(wrong float64) float64 {
	best := 0
	for c := range t.cutoffs() {
		if float64(c.Assigned-c.Right) <= wrong*float64(c.Assigned) {
			best = c.Right
		}
	}
	return float64(best) / float64(max(1, t.matchable))
}

// calibrationError is the mean distance, over bins of equally many leads, between the probability that was claimed and
// the share that was right.
func (t *tally) calibrationError() float64 {
	sum := 0.0
	for _, b := range t.bins() {
		sum += math.Abs(b.Claimed-float64(b.Right)) / float64(len(t.firsts))
	}
	return sum
}

func share(part, whole int) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}
