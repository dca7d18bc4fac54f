package tune

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// world is how made-up leads come about: what their features are truly worth.
var world = map[string]float64{"prior": -7, "a": 14, "b": 3, "c": -3}

// server returns a policy with these weights, as a server tells it.
func server(weights map[string]float64) *leadmatchv1.GetPolicyResponse {
	p := &leadmatchv1.Policy{
		RightPerWrong: 4, NoMatchProbability: .8, MinMarginBits: 1, Weights: weights,
		Calibration: []*leadmatchv1.Calibration{{
			Evidence: "even", Points: []*leadmatchv1.CalibrationPoint{{Said: -8, Worth: -8}, {Said: 0, Worth: 0}, {Said: 8, Worth: 8}},
		}},
	}
	return &leadmatchv1.GetPolicyResponse{Policy: &leadmatchv1.Policy{Filters: []string{"has_owner"}}, Effective: p}
}

// outcome draws a lead's candidates, and which of them is right, if any, as the world has it.
func outcome(r *rand.Rand, weights map[string]float64, id int) (*leadmatchv1.Outcome, *eval.Labelled) {
	o := &leadmatchv1.Outcome{LeadId: fmt.Sprint(id), Decision: leadmatchv1.Decision_DECISION_REVIEW}
	truth := &eval.Labelled{ID: o.LeadId}
	x, sum := 0.0, 1.0
	var odds []float64
	for k := range 1 + r.IntN(5) {
		c := &leadmatchv1.Candidate{AccountId: fmt.Sprintf("account-%d-%d", id, k), MatchFrom: .8, CalibratedAs: [2]string{"even", "odd"}[id%2]}
		bits := 0.0
		for _, name := range []string{"prior", "a", "b", "c"} {
			amount := float32(1)
			if name != "prior" {
				amount = r.Float32()
			}
			bits += float64(amount) * world[name]
			c.Bits += float64(amount) * weights[name]
			c.Features = append(c.Features, &leadmatchv1.Feature{Name: name, Amount: amount})
		}
		o.Candidates = append(o.Candidates, c)
		odds = append(odds, math.Exp2(bits))
		sum += odds[k]
	}
	for x = r.Float64() * sum; len(odds) > 0; odds = odds[1:] {
		if x -= odds[0]; x < 0 {
			truth.Expected = o.Candidates[len(o.Candidates)-len(odds)].AccountId
			break
		}
	}
	return o, truth
}

// tuner gets n leads of companies of their own.
func tuner(t *testing.T, n int, weights map[string]float64, opts Options) *Tuner {
	t.Helper()
	tuner := New(server(weights), opts)
	r := rand.New(rand.NewPCG(7, 0))
	for i := range n {
		o, truth := outcome(r, weights, i)
		decide(t, tuner, o)
		if ok, err := tuner.Add(truth, fmt.Sprint("company ", i), o); !ok || err != nil {
			t.Fatalf("lead %d tells something: %v, %v", i, ok, err)
		}
	}
	return tuner
}

// decide fills in what a server with the tuner's policy would answer.
func decide(t *testing.T, tuner *Tuner, o *leadmatchv1.Outcome) {
	t.Helper()
	e, err := tuner.weights.example(o, &eval.Labelled{}, match(tuner.base.rightPerWrong))
	if err != nil {
		t.Fatal(err)
	}
	op := tuner.base.opinion(e)
	o.AccountId = op.answer(tuner.base.rightPerWrong).AccountID
}

// TestForeignServer: a server that decides by other rules than the policy's is noticed.
func TestForeignServer(t *testing.T) {
	tuner := tuner(t, MinLeads, right, Options{})
	r := rand.New(rand.NewPCG(1, 0))
	for i := range MinLeads / 40 {
		o, truth := outcome(r, right, i)
		decide(t, tuner, o)
		o.AccountId += "another"
		if _, err := tuner.Add(truth, "", o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tuner.Run(); err == nil || !strings.Contains(err.Error(), "12 of 512 leads otherwise") {
		t.Errorf("error is %v", err)
	}
}

var (
	right    = world
	mistaken = map[string]float64{"prior": -5, "a": 8, "b": 4, "c": -1}
)

// TestTunesWhatIsMistaken: weights that are not those of the world are mended, and what comes out is better on leads that
// nobody has seen.
func TestTunesWhatIsMistaken(t *testing.T) {
	tuned := tuner(t, 550, mistaken, Options{})
	result, err := tuned.Run()
	if err != nil {
		t.Fatal(err)
	}
	if result.Chosen == nil || result.Chosen.Part != WeightsAndCalibration || result.Leads != 550 || result.Companies != 550 {
		t.Fatalf("%+v", result)
	}
	if f := result.Policy.GetFilters(); len(f) != 1 || !strings.Contains(result.Policy.GetName(), "550 leads") {
		t.Errorf("the rest of the policy is not kept: %v", result.Policy)
	}
	after := newDecider(result.Policy, tuned.weights.names)
	before, missed := 0.0, 0.0
	r := rand.New(rand.NewPCG(8, 0))
	for i := range 2000 {
		o, truth := outcome(r, mistaken, i)
		e, err := tuned.weights.example(o, truth, .8)
		if err != nil {
			t.Fatal(err)
		}
		before += tuned.base.opinion(e).missed / 2000
		missed += after.opinion(e).missed / 2000
	}
	if missed > before-.1 {
		t.Errorf("right answers are missed by %.3f bits a lead, before by %.3f", missed, before)
	}
	again := tuned.learn(tuned.examples, WeightsAndCalibration)
	if p := tuned.newPolicy(&again, result.Chosen); !proto.Equal(p, result.Policy) {
		t.Errorf("the same leads give another policy: %v, and then %v", result.Policy, p)
	}
}

// TestKeepsWhatIsRight: nothing is better than the truth.
func TestKeepsWhatIsRight(t *testing.T) {
	result, err := tuner(t, 550, right, Options{}).Run()
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range result.Trials {
		if len(trial.Against) == 0 {
			t.Errorf("%s is taken for better: %+v", trial.Part, trial.Measures)
		}
	}
	if result.Chosen != nil || result.Policy != nil {
		t.Errorf("a policy was chosen: %+v", result.Chosen)
	}
	var text strings.Builder
	if err := result.WriteText(&text); err != nil || !strings.Contains(text.String(), "no policy is written") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// TestDial: what is asked of the threshold is kept on leads that nothing was fitted to.
func TestDial(t *testing.T) {
	tuner := tuner(t, 550, mistaken, Options{})
	tuner.groups = group(tuner.examples)
	h := tuner.holdOut(Calibration)
	f := func(opts Options, ok func(*Trial) bool) {
		t.Helper()
		tuner.opts = opts
		if trial := h.trial(); !ok(&trial) {
			t.Errorf("%+v: at %v, against %q: %+v", opts, trial.RightPerWrong, trial.Against, trial.Measures)
		}
	}
	f(Options{}, func(trial *Trial) bool {
		return trial.RightPerWrong >= 4 && trial.measure("wrong").After <= trial.measure("wrong").Before
	})
	f(Options{RightPerWrong: 9}, func(trial *Trial) bool { return trial.RightPerWrong == 9 })
	f(Options{MaxWrong: .2}, func(trial *Trial) bool { return trial.measure("wrong").After < .2 })
	f(Options{MaxWrong: 1e-6}, func(trial *Trial) bool { return len(trial.Against) > 0 })
}

// TestTooFew: each way in which leads are not enough is said with counts.
func TestTooFew(t *testing.T) {
	f := func(tuner *Tuner, want string) {
		t.Helper()
		_, err := tuner.Run()
		var few *TooFewError
		if !errors.As(err, &few) || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	f(tuner(t, MinLeads-1, right, Options{}), "499 of the leads can be learned from; expected at least 500")
	same := tuner(t, MinLeads, right, Options{})
	for _, e := range same.examples {
		e.company = "one and the same"
	}
	f(same, "of 1 companies; expected at least 10")
	none := tuner(t, MinLeads, right, Options{})
	for _, e := range none.examples {
		for i := range e.Candidates {
			e.Candidates[i].Right = false
		}
	}
	f(none, "right for 0 leads, and wrong for 500")
}

// TestAdd: what tells nothing is left out, and an unknown weight is an error.
func TestAdd(t *testing.T) {
	tuner := New(server(right), Options{})
	f := func(o *leadmatchv1.Outcome, want bool) {
		t.Helper()
		if ok, err := tuner.Add(&eval.Labelled{}, "", o); ok != want || err != nil {
			t.Errorf("%v: %v, %v", o, ok, err)
		}
	}
	f(&leadmatchv1.Outcome{Decision: leadmatchv1.Decision_DECISION_INSUFFICIENT}, false)
	f(&leadmatchv1.Outcome{DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE}, false)
	f(&leadmatchv1.Outcome{Decision: leadmatchv1.Decision_DECISION_NO_MATCH}, true)
	o := &leadmatchv1.Outcome{Candidates: []*leadmatchv1.Candidate{{Features: []*leadmatchv1.Feature{{Name: "new", Amount: 1}}}}}
	if _, err := tuner.Add(&eval.Labelled{}, "", o); err == nil || !strings.Contains(err.Error(), "weighs new") {
		t.Errorf("an unknown weight: %v", err)
	}
}

// TestMadeUpOnlyLowers: leads that are made up make no curve higher, and leave weights and dial.
func TestMadeUpOnlyLowers(t *testing.T) {
	tuner := New(server(mistaken), Options{})
	r := rand.New(rand.NewPCG(9, 0))
	for i := range 1200 {
		o, truth := outcome(r, mistaken, i)
		if truth.Expected == "" {
			truth.Expected = "of an account that was not found"
		}
		decide(t, tuner, o)
		if _, err := tuner.AddMadeUp(truth.Expected, fmt.Sprint("company ", i), o, Absent(i)); err != nil {
			t.Fatal(err)
		}
	}
	absent := 0
	for _, e := range tuner.examples {
		if e.truth.Expected == "" {
			absent++
			for _, c := range e.Candidates {
				if c.Right {
					t.Fatalf("an absent company has a right account: %+v", c)
				}
			}
		}
	}
	if absent != 300 {
		t.Errorf("%d of 1200 are absent, want 300", absent)
	}
	result, err := tuner.Run()
	if err != nil || len(result.Trials) != 1 || result.Trials[0].Part != Calibration || result.Trials[0].RightPerWrong != 4 {
		t.Fatalf("%+v, %v", result, err)
	}
	m := tuner.learn(tuner.examples, Calibration)
	lower := 0
	for kind, knots := range tuner.base.Curves {
		for i, k := range knots {
			if m.Curves[kind][i].Calibrated > k.Calibrated {
				t.Errorf("%s: %v after %v", kind, m.Curves[kind][i], k)
			} else if m.Curves[kind][i].Calibrated < k.Calibrated {
				lower++
			}
		}
	}
	if lower == 0 {
		t.Error("nothing is lower: the test looks at nothing")
	}
}

// TestFoldsKeepCompaniesTogether: no group is on both sides, every example is held once, and folds are about as large.
func TestFoldsKeepCompaniesTogether(t *testing.T) {
	tuner := &Tuner{}
	for i := range 1000 {
		tuner.examples = append(tuner.examples, &example{truth: &eval.Labelled{Expected: fmt.Sprint("a", i/3)}, company: fmt.Sprint("Name, ", i/7)})
	}
	for i := range 100 {
		tuner.examples = append(tuner.examples, &example{truth: &eval.Labelled{}, company: fmt.Sprint("NAME ", i)})
	}
	if n := group(tuner.examples); n != 48 {
		t.Fatalf("%d groups, want 48: threes and sevens meet at 21", n)
	}
	for i, e := range tuner.examples[:1000] {
		e.truth.Expected = fmt.Sprint("a", i/7)
	}
	if n := group(tuner.examples); n != 143 || tuner.examples[0].group != tuner.examples[1000].group {
		t.Fatalf("%d groups, want 143, with those of no account by their names", n)
	}
	held := map[*example]int{}
	for in, out := range tuner.folds(tuner.examples, 5) {
		if len(out) < 200 || len(out) > 240 || len(in)+len(out) != 1100 {
			t.Errorf("%d held, %d not", len(out), len(in))
		}
		groups := map[int]bool{}
		for _, e := range out {
			held[e]++
			groups[e.group] = true
		}
		for _, e := range in {
			if groups[e.group] {
				t.Fatalf("group %d is on both sides", e.group)
			}
		}
	}
	if len(held) != 1100 {
		t.Errorf("%d are held in some fold, want 1100", len(held))
	}
}

// TestCalibrateMends: what was said with too much certainty is worth less, and few leads move little.
func TestCalibrateMends(t *testing.T) {
	curves := map[string][]fit.Knot{"x": asSaid}
	draw := func(n int, truth func(float64) float64) (all []said) {
		r := rand.New(rand.NewPCG(3, 0))
		for range n {
			bits := 12*r.Float64() - 6
			all = append(all, said{"x", bits, r.Float64() < fit.Probability(truth(bits))})
		}
		return all
	}
	f := func(n int, truth func(float64) float64, at, low, high float64) {
		t.Helper()
		curve := calibrate(draw(n, truth), curves, 1)["x"]
		for i := range curve {
			if i > 0 && curve[i].Calibrated < curve[i-1].Calibrated {
				t.Errorf("%v after %v", curve[i], curve[i-1])
			}
		}
		if got := fit.OnCurve(curve, at); got < low || got > high {
			t.Errorf("%d leads: %v bits are worth %.2f, want %v to %v", n, at, got, low, high)
		}
	}
	half := func(x float64) float64 { return x/2 - 1 }
	f(20_000, half, 4, .8, 1.2)
	f(20_000, half, -4, -3.2, -2.8)
	f(20_000, func(x float64) float64 { return x + 2 }, 0, 1.7, 2.1)
	f(20, half, 4, 2.5, 4)
	f(0, half, 4, 4, 4)
}

func TestAtMost(t *testing.T) {
	f := func(of, count int, low, high float64) {
		t.Helper()
		if got := atMost(of, count); got < low || got > high {
			t.Errorf("%d of %d: at most %.4f, want %v to %v", count, of, got, low, high)
		}
	}
	f(0, 0, 1, 1)
	f(100, 0, .02, .04)
	f(1000, 10, .015, .02)
	f(100_000, 1000, .01, .011)
}
