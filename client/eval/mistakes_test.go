package eval_test

import (
	"reflect"
	"testing"

	"github.com/leadmatch/leadmatch/client/eval"
)

func pair(expected, decision, account string, probability, none float64, candidates ...string) eval.Pair {
	answer := &eval.Answer{Decision: decision, AccountID: account, Probability: probability, None: none, Reasons: []string{"PLACE"}}
	for _, id := range candidates {
		answer.Candidates = append(answer.Candidates, eval.Scored{AccountID: id})
	}
	return eval.Pair{Lead: &eval.Labelled{Expected: expected}, Answer: answer}
}

// mixedPairs has each kind of decision, right and wrong.
func mixedPairs() []eval.Pair {
	pairs := []eval.Pair{
		pair("a", "MATCHED", "a", .9, .1, "a"),
		pair("a", "MATCHED", "b", .8, .1, "b", "a"),
		pair("", "MATCHED", "b", .95, .1, "b"),
		pair("a", "MATCHED", "b", .85, .1, "b", "a"),
		pair("a", "REVIEW", "", .6, .4, "a", "b"),
		pair("d", "NO_MATCH", "", .1, .9, "c", "d"),
		pair("e", "NO_MATCH", "", .1, .95, "c"),
		pair("f", "INSUFFICIENT", "", 0, 1),
		pair("", "NO_MATCH", "", .1, .9, "c"),
		pair("", "REVIEW", "", .5, .5, "c"),
	}
	pairs[7].Answer.Reasons = nil
	return append(pairs, eval.Pair{Lead: &eval.Labelled{Expected: "a"}})
}

func TestCountDecisions(t *testing.T) {
	all := eval.Decisions{
		Leads: 11, Matched: 4, MatchedWrong: 3, Review: 2, ReviewListed: 1, NoMatch: 3, NoMatchWrong: 2, Insufficient: 1,
	}
	if got := eval.CountDecisions(mixedPairs()); got != all {
		t.Errorf("got %+v, want %+v", got, all)
	}
	place, none := all, eval.Decisions{Leads: 1, Insufficient: 1}
	place.Leads, place.Insufficient = 9, 0
	want := []eval.ByReason{{"PLACE", place}, {"", none}}
	if got := eval.CountReasons(mixedPairs()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWorst(t *testing.T) {
	f := func(n int, want eval.Mistakes) {
		t.Helper()
		if got := eval.Worst(mixedPairs(), n); !reflect.DeepEqual(got, want) {
			t.Errorf("the worst %d: got %+v, want %+v", n, got, want)
		}
	}
	type list = []eval.Mistake
	f(9, eval.Mistakes{
		Wrong:   eval.MistakeKind{3, list{{2, 0}, {3, 1}}},
		Missed:  eval.MistakeKind{2, list{{5, 0}, {4, 0}}},
		Unfound: eval.MistakeKind{2, list{{6, 0}, {7, 0}}},
	})
	f(1, eval.Mistakes{
		Wrong:   eval.MistakeKind{3, list{{2, 0}}},
		Missed:  eval.MistakeKind{2, list{{5, 0}}},
		Unfound: eval.MistakeKind{2, list{{6, 0}}},
	})
}
