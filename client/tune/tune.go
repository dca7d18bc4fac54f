package tune

import (
	"fmt"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Options say what is asked of a policy. The zero value keeps the dial as far as no more assignments are wrong.
type Options struct {
	RightPerWrong float64 // the dial, 1 to 100,000; 0 means the policy's own, or more where more than before would be wrong
	MaxWrong      float64 // the most that may be wrong of what is MATCHED, 0 to 1; the dial follows. 0: as it was
	Seed          uint64  // of folds and drawings
}

// What tuning needs at the least.
const (
	MinLeads = 500 // that tell anything
	minSides = 50  // of them with the right account first, and as many with a wrong one first
)

const outerFolds = 5

// One lead in mostForeign may be decided otherwise than the policy says: a few are, because of candidates beyond those
// that are returned.
const mostForeign = 50

// Tuner gathers leads and fits a policy to them.
type Tuner struct {
	opts     Options
	policy   *leadmatchv1.Policy // as set
	weights  weightNames
	base     decider // the policy as it is in force
	examples []*example
	groups   int
	madeUp   bool // the leads are
	foreign  int  // leads that the server has decided otherwise than the policy's weights, curves and thresholds do
}

// New returns a Tuner that starts from a server's policy.
func New(p *leadmatchv1.GetPolicyResponse, opts Options) *Tuner {
	w := newWeightNames(p.GetEffective().GetWeights())
	return &Tuner{opts: opts, policy: p.GetPolicy(), weights: w, base: newDecider(p.GetEffective(), w.names)}
}

// Add takes a lead, its right answer, and what the server says of it when asked for features. It reports whether the lead
// tells anything: one for which nothing was compared, or about which a person has decided, does not.
func (t *Tuner) Add(truth *eval.Labelled, company string, o *leadmatchv1.Outcome) (bool, error) {
	if o.GetDecision() == leadmatchv1.Decision_DECISION_INSUFFICIENT ||
		o.GetDecidedBy() == leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE {
		return false, nil
	}
	e, err := t.weights.example(o, truth, match(t.base.rightPerWrong))
	if err != nil {
		return false, err
	}
	e.company = company
	op := t.base.opinion(e)
	if a := op.answer(t.base.rightPerWrong); a.AccountID != o.GetAccountId() {
		t.foreign++
	}
	t.examples = append(t.examples, e)
	return true, nil
}

// AddMadeUp takes what the server says of a lead that was made up from an account. The account, and those that fit the
// lead exactly as well, are right; unless the lead stands for a company that is not among the accounts: then they are
// left out, and none is.
//
// Made-up leads are easier than real ones: weights fitted to them made decisions on real leads worse. So all that may come
// of them is that the policy is less sure where accounts are hard to tell apart; weights and threshold stay.
func (t *Tuner) AddMadeUp(account, company string, o *leadmatchv1.Outcome, absent bool) (bool, error) {
	truth := &eval.Labelled{ID: o.GetLeadId(), Expected: account}
	for _, c := range o.GetCandidates() {
		if c.GetAccountId() == account {
			truth.AmbiguousWith = asGood(o, c.GetBits())
		}
	}
	t.madeUp = true
	ok, err := t.Add(truth, company, o)
	if last := len(t.examples) - 1; ok && absent {
		t.examples[last] = t.examples[last].without()
	}
	return ok, err
}

// asGood are the candidates of just as many bits.
func asGood(o *leadmatchv1.Outcome, bits float64) (ids []string) {
	for _, c := range o.GetCandidates() {
		if c.GetBits() == bits {
			ids = append(ids, c.GetAccountId())
		}
	}
	return ids
}

// Trial is a part of the policy, fitted and measured on leads that it was not fitted to.
type Trial struct {
	Part          Part
	RightPerWrong float64
	Measures      []Measure
	Against       []string // why it is not better; empty when it is
}

// Result says what tuning came to.
type Result struct {
	Leads, Companies int
	Trials           []Trial
	Chosen           *Trial              // nil when no trial is better than the policy in force
	Policy           *leadmatchv1.Policy // fitted to all leads; nil when none was chosen
}

// TooFewError says that the leads are not enough to fit anything to.
type TooFewError struct{ text string }

func (e *TooFewError) Error() string { return e.text }

// Run fits each part of the policy and measures it on held-out folds, and fits the best that is not worse in anything to
// all leads. A TooFewError when the leads are not enough.
func (t *Tuner) Run() (*Result, error) {
	t.groups = group(t.examples)
	if t.foreign > len(t.examples)/mostForeign {
		return nil, fmt.Errorf("the server decided %d of %d leads otherwise than its policy says; is it of another version than this command?",
			t.foreign, len(t.examples))
	}
	if err := t.enough(); err != nil {
		return nil, err
	}
	r := &Result{Leads: len(t.examples), Companies: t.groups}
	parts := []Part{Calibration, WeightsAndCalibration}
	if t.madeUp {
		parts = parts[:1]
	}
	for _, part := range parts {
		r.Trials = append(r.Trials, t.holdOut(part).trial())
	}
	for i := range r.Trials {
		if trial := &r.Trials[i]; len(trial.Against) == 0 && (r.Chosen == nil || trial.Measures[0].After < r.Chosen.Measures[0].After) {
			r.Chosen = trial
		}
	}
	if r.Chosen != nil {
		m := t.learn(t.examples, r.Chosen.Part)
		r.Policy = t.newPolicy(&m, r.Chosen)
	}
	return r, nil
}

// enough says what is missing.
func (t *Tuner) enough() error {
	if len(t.examples) < MinLeads {
		return &TooFewError{fmt.Sprintf("%d of the leads can be learned from; expected at least %d", len(t.examples), MinLeads)}
	}
	var sides [2]int
	for _, e := range t.examples {
		if first := t.base.First(&e.Example); first >= 0 && e.Candidates[first].Right {
			sides[0]++
		} else if first >= 0 {
			sides[1]++
		}
	}
	if min(sides[0], sides[1]) < minSides {
		return &TooFewError{fmt.Sprintf("the first candidate is right for %d leads, and wrong for %d; expected at least %d of each", sides[0], sides[1], minSides)}
	}
	if t.groups < 2*outerFolds {
		return &TooFewError{fmt.Sprintf("the leads are of %d companies; expected at least %d", t.groups, 2*outerFolds)}
	}
	return nil
}

// heldOut is what the policy in force makes of the leads, and what is made of each by a model that was fitted to the
// others.
type heldOut struct {
	t             *Tuner
	part          Part
	before, after []opinion
}

// holdOut fits a part to all folds but one, for each of them.
func (t *Tuner) holdOut(part Part) *heldOut {
	h := &heldOut{t, part, make([]opinion, len(t.examples)), make([]opinion, len(t.examples))}
	place := map[*example]int{}
	for i, e := range t.examples {
		h.before[i], place[e] = t.base.opinion(e), i
	}
	for in, held := range t.folds(t.examples, outerFolds) {
		d := t.base
		d.Model = t.learn(in, part)
		for _, e := range held {
			h.after[place[e]] = d.opinion(e)
		}
	}
	return h
}

// trial compares at the dial that was asked for, or at the policy's own, or at the next from which on no more are wrong
// than before.
func (h *heldOut) trial() Trial {
	opts := &h.t.opts
	own := h.t.base.rightPerWrong
	if opts.RightPerWrong > 0 {
		own = opts.RightPerWrong // what is asked for is asked of both
	}
	before := h.t.answer(h.before, own)
	at := func(rightPerWrong float64) Trial {
		after := h.t.answer(h.after, rightPerWrong)
		return Trial{Part: h.part, RightPerWrong: rightPerWrong, Measures: h.t.compare(&before, &after, own)}
	}
	trial := at(own)
	most := trial.measure("wrong").Before
	dial := own
	switch {
	case opts.RightPerWrong > 0, h.t.madeUp:
	case opts.MaxWrong > 0:
		most = opts.MaxWrong
		dial = h.dial(1, func(matched, wrong int) bool { return atMost(matched, wrong) <= most })
	case trial.measure("wrong").After > most:
		dial = h.dial(own, func(matched, wrong int) bool { return float64(wrong) <= most*float64(matched) })
	}
	if dial == 0 {
		trial.against("no right_per_wrong keeps wrong within %.4f on so many leads", most)
		return trial
	}
	if dial != own {
		trial = at(dial)
	}
	trial.judge(opts.MaxWrong > 0)
	return trial
}

// measure returns the measure of a name.
func (trial *Trial) measure(name string) *Measure {
	return &trial.Measures[slices.IndexFunc(trial.Measures, func(m Measure) bool { return m.Name == name })]
}

func (trial *Trial) against(format string, args ...any) {
	trial.Against = append(trial.Against, fmt.Sprintf(format, args...))
}

// likely is the share of drawings from which on something is taken to be so.
const likely = .75

// judge says what speaks against the trial. What is asked of the threshold changes what assignments are worth, so that is
// not held against it.
func (trial *Trial) judge(asked bool) {
	if m := trial.measure("missed"); m.High >= 0 {
		trial.against("right answers are not surely missed by less")
	}
	for _, name := range []string{"ece", "worth", "r98"} {
		if m := trial.measure(name); m.Worse > likely && !(asked && name == "worth") {
			trial.against("%s is worse in %.0f of 100 drawings", name, 100*m.Worse)
		}
	}
}

// The dials that are tried go up to maxDial, each dialStep times the one before.
const (
	maxDial  = 100_000
	dialStep = 1.1
)

// dial returns the least right_per_wrong, from the one given on, with which the leads that are MATCHED, and those of them
// that are wrong, are well; 0 when there is none.
func (h *heldOut) dial(from float64, well func(matched, wrong int) bool) float64 {
	for d := from; d <= maxDial; d *= dialStep {
		matched, wrong := 0, 0
		for i := range h.after {
			if a := h.after[i].answer(d); a.Decision == eval.Matched {
				matched++
				if !h.t.examples[i].truth.Right(a.AccountID) {
					wrong++
				}
			}
		}
		if well(matched, wrong) {
			return d
		}
	}
	return 0
}

// atMost is the upper end of what a share of so many may be, with a chance of 1 in 20 to be more (Wilson 1927).
func atMost(of, count int) float64 {
	if of == 0 {
		return 1
	}
	const z = 1.645
	n, p := float64(of), float64(count)/float64(of)
	return (p + z*z/(2*n) + z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n)
}
