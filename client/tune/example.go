package tune

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// example is a lead with its right answer and what the server weighed for it.
type example struct {
	fit.Example
	truth    *eval.Labelled
	company  string    // as typed
	group    int       // leads of one company or of one typed name are of one group
	cautious []float64 // by candidate: how many times surer than the policy asks it must be to be MATCHED
	tied     string    // the account that the tie-break ladder has chosen; "" when it was not asked
}

// never is how sure one must be where a person is to look whatever the probability.
var never = math.Inf(1)

// weightNames are the policy's weights, in order; numbers are their places.
type weightNames struct {
	names   []string
	numbers map[string]uint16
}

func newWeightNames(weights map[string]float64) weightNames {
	w := weightNames{slices.Sorted(maps.Keys(weights)), map[string]uint16{}}
	for i, name := range w.names {
		w.numbers[name] = uint16(i)
	}
	return w
}

// example reads an outcome; match is the least probability to be MATCHED that it was made with. Candidates that a filter
// or an override has ruled out are left out, as the server leaves them out of the probabilities.
func (w *weightNames) example(o *leadmatchv1.Outcome, truth *eval.Labelled, match float64) (*example, error) {
	e := &example{Example: fit.Example{Weight: 1, Unscored: o.GetUnscoredOdds()}, truth: truth}
	for _, c := range o.GetCandidates() {
		if c.GetExcludedBy() != "" {
			continue
		}
		values := make([]fit.Value, len(c.GetFeatures()))
		for i, f := range c.GetFeatures() {
			number, ok := w.numbers[f.GetName()]
			if !ok {
				return nil, fmt.Errorf("lead %s: the server weighs %s, and its policy has no such weight", o.GetLeadId(), f.GetName())
			}
			values[i] = fit.Value{Feature: number, Amount: f.GetAmount()}
		}
		e.Candidates = append(e.Candidates, fit.Candidate{
			ID: c.GetAccountId(), Features: values, Right: truth.Right(c.GetAccountId()), Stratum: c.GetCalibratedAs(),
		})
		e.cautious = append(e.cautious, caution(c.GetMatchFrom(), match))
	}
	if o.GetDecidedBy() == leadmatchv1.DecidedBy_DECIDED_BY_TIE_BREAK {
		e.tied = o.GetAccountId()
	}
	return e, nil
}

// caution is how many times less likely an error must be than the policy allows.
func caution(from, match float64) float64 {
	if from > 1 {
		return never
	}
	return (1 - match) / (1 - from)
}

// without returns the example as it is when the lead's company is not among the accounts: its candidates are left out.
func (e *example) without() *example {
	truth := *e.truth
	truth.Expected, truth.AmbiguousWith = "", nil
	out := &example{Example: fit.Example{Weight: e.Weight, Unscored: e.Unscored}, truth: &truth, company: e.company}
	for i, c := range e.Candidates {
		if !c.Right {
			out.Candidates, out.cautious = append(out.Candidates, c), append(out.cautious, e.cautious[i])
		}
	}
	return out
}
