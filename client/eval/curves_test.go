package eval_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/client/eval"
)

// steps is how many probabilities there are: few, so that many are equal, and none is a threshold.
const steps = 23

// randomPairs makes leads with answers of a matcher that has nothing but thresholds: assigned when the probability and
// the margin are enough. Some leads have to be ten times surer, and some are for a person whatever is sure.
func randomPairs(r *rand.Rand) []eval.Pair {
	pairs := make([]eval.Pair, r.IntN(60))
	for i := range pairs {
		lead := &eval.Labelled{Expected: []string{"", "a", "b"}[r.IntN(3)]}
		pairs[i].Lead = lead
		if r.IntN(10) == 0 {
			continue // no answer
		}
		p := float64(r.IntN(steps)) / steps
		answer := &eval.Answer{Decision: "REVIEW", Together: p, Margin: float64(r.IntN(4)), None: 1 - p}
		if r.IntN(5) > 0 {
			answer.Candidates = []eval.Scored{{AccountID: []string{"a", "b"}[r.IntN(2)], Probability: p}, {AccountID: "c"}}
		}
		pairs[i].Answer = answer
		if r.IntN(2) == 0 {
			answer.Needs = []float64{least(running), 1 - (1-least(running))/10, 2}[r.IntN(3)]
		}
		decide(answer, running)
	}
	return pairs
}

func least(dial eval.Dial) float64 { return dial.RightPerWrong / (1 + dial.RightPerWrong) }

// decide decides by the dial what was decided by the one that asks for the answer's Needs.
func decide(a *eval.Answer, dial eval.Dial) {
	needs := least(dial)
	switch {
	case a.Needs > 1:
		needs = 2
	case a.Needs > least(running):
		needs = 1 - (1-needs)/10
	}
	a.Decision, a.AccountID = "REVIEW", ""
	if len(a.Candidates) > 0 && a.Together >= needs && a.Margin >= dial.MinMargin {
		a.Decision, a.AccountID = eval.Matched, a.Candidates[0].AccountID
	}
}

// running is the dial that random leads are decided by.
var running = eval.Dial{RightPerWrong: 3.5, MinMargin: 1}

// forRandomPairs calls f with many random sets of leads and answers.
func forRandomPairs(t *testing.T, f func(t *testing.T, pairs []eval.Pair)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		f(t, randomPairs(r))
	}
}

func TestCutoffsEqualCountingAnew(t *testing.T) {
	forRandomPairs(t, func(t *testing.T, pairs []eval.Pair) {
		var want []eval.Cutoff
		for step := steps; step >= 0; step-- {
			c := eval.Cutoff{Probability: float64(step) / steps}
			exactly := 0
			for _, p := range pairs {
				if p.Answer == nil || len(p.Answer.Candidates) == 0 || p.Answer.Together < c.Probability {
					continue
				}
				c.Assigned++
				if p.Answer.Together == c.Probability {
					exactly++
				}
				if p.Lead.Right(p.Answer.Candidates[0].AccountID) {
					c.Right++
				}
			}
			if exactly > 0 {
				c.Coverage = float64(c.Assigned) / float64(len(pairs))
				c.Wrong = float64(c.Assigned-c.Right) / float64(c.Assigned)
				want = append(want, c)
			}
		}
		if got := eval.Cutoffs(pairs); !slices.Equal(got, want) {
			t.Fatalf("got\n%v\nwant\n%v", got, want)
		}
	})
}

func TestCutoffsHoldTheRecallOfTheTable(t *testing.T) {
	pairs := readPairs(t)
	m := eval.Measure(pairs)
	right := 0
	for _, c := range eval.Cutoffs(pairs) {
		if c.Wrong <= .02 {
			right = max(right, c.Right)
		}
	}
	if got := float64(right) / float64(m.Matchable); right == 0 || got != m.R98 {
		t.Errorf("the best recall at 2 %% wrong is %v, want r98 = %v", got, m.R98)
	}
}

func TestBinsHoldTheErrorOfTheTable(t *testing.T) {
	check := func(t *testing.T, pairs []eval.Pair) {
		t.Helper()
		leads, sum, below := 0, 0.0, 1.0
		bins := eval.Bins(pairs)
		for _, b := range bins {
			leads += b.Leads
			sum += math.Abs(b.Claimed - float64(b.Right))
			mean := b.Claimed / float64(b.Leads)
			if b.High > below || b.Low > mean+1e-9 || b.High < mean-1e-9 || b.Right > b.Leads || b.Leads == 0 {
				t.Fatalf("bin %+v after one that ends at %v", b, below)
			}
			below = b.Low
		}
		cutoffs := eval.Cutoffs(pairs)
		scored := 0
		if len(cutoffs) > 0 {
			scored = cutoffs[len(cutoffs)-1].Assigned
		}
		if leads != scored || len(bins) != min(15, scored) {
			t.Fatalf("%d bins hold %d leads of %d with a candidate", len(bins), leads, scored)
		}
		if got, want := sum/float64(max(1, leads)), eval.Measure(pairs).ECE; math.Abs(got-want) > 1e-12 {
			t.Fatalf("the bins' distance is %v, want ece = %v", got, want)
		}
	}
	check(t, readPairs(t))
	forRandomPairs(t, check)
}

// The figures are those of R. G. Newcombe, Two-sided confidence intervals for the single proportion, 1998.
func TestInterval(t *testing.T) {
	f := func(part, whole int, low, high float64) {
		t.Helper()
		gotLow, gotHigh := eval.Interval(part, whole)
		if math.Abs(gotLow-low) > 5e-5 || math.Abs(gotHigh-high) > 5e-5 {
			t.Errorf("%d of %d: got %.4f to %.4f, want %.4f to %.4f", part, whole, gotLow, gotHigh, low, high)
		}
	}
	f(81, 263, .2553, .3662)
	f(15, 148, .0624, .1605)
	f(0, 20, 0, .1611)
	f(1, 29, .0061, .1718)
	f(20, 20, 1-.1611, 1)
	f(0, 0, 0, 1)
}

func TestSettingsEqualDecidingAnew(t *testing.T) {
	forRandomPairs(t, func(t *testing.T, pairs []eval.Pair) {
		for _, s := range eval.Settings(pairs, running) {
			for _, p := range pairs {
				if p.Answer != nil {
					decide(p.Answer, eval.Dial{RightPerWrong: s.RightPerWrong, MinMargin: running.MinMargin})
				}
			}
			checkSetting(t, s, pairs)
			for _, p := range pairs {
				if p.Answer != nil {
					decide(p.Answer, running)
				}
			}
		}
	})
}

func checkSetting(t *testing.T, s eval.Setting, pairs []eval.Pair) {
	t.Helper()
	d, matchable := eval.CountDecisions(pairs), 0
	for _, p := range pairs {
		if p.Lead.Expected != "" {
			matchable++
		}
	}
	if s.Assigned != d.Matched || s.Right != d.Matched-d.MatchedWrong || s.Leads != len(pairs) || s.Matchable != matchable {
		t.Fatalf("at %v: got %+v, want the figures of %+v and %d matchable", s.RightPerWrong, s, d, matchable)
	}
}

// What something else than the threshold decided stays as it is, wherever the dial is.
func TestSettingsKeepWhatTheDialDoesNotDecide(t *testing.T) {
	lead := &eval.Labelled{Expected: "a"}
	sure := []eval.Scored{{AccountID: "a", Probability: .999}}
	pairs := []eval.Pair{
		{Lead: lead, Answer: &eval.Answer{Decision: eval.Matched, AccountID: "a", Override: true}},
		{Lead: lead, Answer: &eval.Answer{Decision: "NO_MATCH", Override: true, Candidates: sure, Together: .7, Margin: 9}},
		{Lead: lead, Answer: &eval.Answer{Decision: "REVIEW", Candidates: sure, Together: .999, Margin: 9}},
		{Lead: lead, Answer: nil},
		{Lead: lead, Answer: &eval.Answer{Decision: "INSUFFICIENT"}},
	}
	settings := eval.Settings(pairs, eval.Dial{RightPerWrong: 3.5, MinMargin: 1})
	running := 0
	for _, s := range settings {
		if s.Assigned != 1 || s.Right != 1 {
			t.Errorf("at %v %d leads are assigned, want the one that a person forced", s.RightPerWrong, s.Assigned)
		}
		if s.Running {
			running++
		}
	}
	if running != 1 {
		t.Errorf("%d positions are the running one, want 1", running)
	}
}
