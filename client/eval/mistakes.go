package eval

import (
	"cmp"
	"slices"
)

// Mistake is a lead that was decided wrongly.
type Mistake struct {
	Pair  int // its number
	Alike int // further leads in which the same account was taken for, or missed as, the same other one
}

// MistakeKind is all mistakes of a kind.
type MistakeKind struct {
	Leads int       // how many were decided so
	Worst []Mistake // of these; one for each pair of accounts that was confused
}

// Mistakes are the leads that were decided wrongly.
type Mistakes struct {
	Wrong   MistakeKind // MATCHED to a wrong account; the most probable first
	Missed  MistakeKind // has an account that is among the answer's candidates, and was not MATCHED; the costliest first
	Unfound MistakeKind // the same, and it is not among them
}

// Worst returns the mistakes, of each kind the worst n at most. To miss an account costs most when the answer is NO_MATCH, since nobody
// looks at the lead again, and the more the surer the answer was that there is none.
func Worst(pairs []Pair, n int) Mistakes {
	var wrong, missed, unfound []int
	for i, p := range pairs {
		switch {
		case p.Answer == nil:
		case p.Answer.Decision == Matched && !p.Lead.Right(p.Answer.AccountID):
			wrong = append(wrong, i)
		case p.Answer.Decision == Matched || p.Lead.Expected == "":
		case p.listed():
			missed = append(missed, i)
		default:
			unfound = append(unfound, i)
		}
	}
	surest := func(a, b int) int { return cmp.Compare(pairs[b].Answer.Probability, pairs[a].Answer.Probability) }
	costliest := func(a, b int) int {
		return cmp.Or(cmp.Compare(pairs[a].rank(), pairs[b].rank()), cmp.Compare(pairs[b].Answer.None, pairs[a].Answer.None))
	}
	return Mistakes{
		Wrong:   worst(pairs, wrong, surest, n),
		Missed:  worst(pairs, missed, costliest, n),
		Unfound: worst(pairs, unfound, costliest, n),
	}
}

// rank is 0 for the decision after which nobody looks at the lead again, and 1 for the others.
func (p Pair) rank() int {
	if p.Answer.Decision == noMatch {
		return 0
	}
	return 1
}

func worst(pairs []Pair, numbers []int, order func(a, b int) int, n int) MistakeKind {
	slices.SortStableFunc(numbers, order)
	type confusion struct{ expected, given string }
	var out []Mistake
	at := map[confusion]int{}
	for _, i := range numbers {
		key := confusion{pairs[i].Lead.Expected, pairs[i].Answer.AccountID}
		if k, seen := at[key]; seen {
			out[k].Alike++
			continue
		}
		at[key] = len(out)
		out = append(out, Mistake{Pair: i})
	}
	return MistakeKind{len(numbers), out[:min(n, len(out))]}
}
