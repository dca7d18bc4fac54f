package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"sync"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type evalCmd struct {
	Leads string   `arg:"" help:"Leads with expected_account_id (empty: none) and, optionally, ambiguous_with and any labels." placeholder:"LEADS"`
	By    []string `help:"Labels to slice by, as in 'scenario,how'." placeholder:"LABEL"`
	JSON  bool     `help:"As JSON." name:"json"`
	Save  string   `help:"Write the outcomes to a file, too." placeholder:"FILE"`
	HTML  string   `help:"Write a page with curves, the dial and the worst mistakes, too." name:"html" placeholder:"FILE"`
	Worst int      `help:"Mistakes of each kind that the page explains, at most 1,000." default:"25" placeholder:"N"`
	readFlags
}

func (cmd *evalCmd) Run(a *app) error {
	if cmd.Worst < 0 || cmd.Worst > maxWorst {
		return usagef("--worst: expected 0 to %d, not %d", maxWorst, cmd.Worst)
	}
	if cmd.HTML == "-" {
		return usagef("--html: expected a file's name; standard output is for the table")
	}
	leads, err := newIntake(a, []string{cmd.Leads}, &cmd.readFlags, rows.Options{Extra: true}, rows.NewLeads)
	if err != nil {
		return err
	}
	e := &evaluation{leads: leads, keep: cmd.HTML != ""}
	if err := a.withServer(func(c *client.Client) error { return cmd.evaluate(a, c, e) }); err != nil {
		return err
	}
	return leads.close()
}

// evaluate decides the leads and writes all that was asked for. The page appears when it is whole.
func (cmd *evalCmd) evaluate(a *app, c *client.Client, e *evaluation) error {
	if cmd.HTML == "" {
		_, err := cmd.measure(a, c, e)
		return err
	}
	out, err := rows.Create(cmd.HTML, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	report, err := cmd.measure(a, c, e)
	if err != nil {
		return err
	}
	if err := cmd.writePage(a, c, e, report, out); err != nil {
		return err
	}
	return out.Commit()
}

// measure decides the leads and writes the table.
func (cmd *evalCmd) measure(a *app, c *client.Client, e *evaluation) (report eval.Report, err error) {
	if err := cmd.decide(a, c, e); err != nil {
		return report, err
	}
	if len(e.truths) == 0 {
		return report, fmt.Errorf("%s: no leads", e.leads.in.Name)
	}
	if err := e.checkLabels(cmd.By); err != nil {
		return report, err
	}
	report = eval.NewReport(e.pairs(), cmd.By...)
	if cmd.JSON {
		return report, json.NewEncoder(a.stdout).Encode(report)
	}
	return report, report.WriteText(a.stdout)
}

func (cmd *evalCmd) decide(a *app, c *client.Client, e *evaluation) error {
	if cmd.Save == "" {
		return e.decide(a, c, nil)
	}
	return writeOutcomes(a, &writeFlags{Output: cmd.Save}, func(w *rows.OutcomeWriter) error { return e.decide(a, c, w) })
}

// evaluation is the leads of a file with their right answers and those of the server, in order.
type evaluation struct {
	leads   *intake[*leadmatchv1.Lead]
	mu      sync.Mutex       // guards truths until matching has ended
	truths  []*eval.Labelled // written by the reader
	answers []*eval.Answer   // nil for a lead that was refused

	keep     bool                // the leads, to ask again
	kept     []*leadmatchv1.Lead // as many as answers
	versions *leadmatchv1.Versions
}

// checkLabels refuses labels that no lead has: a slip of the keyboard.
func (e *evaluation) checkLabels(asked []string) error {
	have := map[string]bool{}
	for _, truth := range e.truths {
		for label := range truth.Labels {
			have[label] = true
		}
	}
	for _, label := range asked {
		if !have[label] {
			return usagef("--by: no lead has the label %q; there are: %s", label, strings.Join(sortedKeys(have), ", "))
		}
	}
	return nil
}

func (e *evaluation) pairs() []eval.Pair {
	pairs := make([]eval.Pair, len(e.truths))
	for i, truth := range e.truths {
		pairs[i] = eval.Pair{Lead: truth, Answer: e.answers[i]}
	}
	return pairs
}

// decide matches the leads; a nil writer keeps no outcomes.
func (e *evaluation) decide(a *app, c *client.Client, w *rows.OutcomeWriter) error {
	p := newProgress(a, "lead", e.leads.position)
	defer p.end()
	opts := &client.MatchAllOptions{Match: &leadmatchv1.MatchOptions{Features: e.keep}, Waiting: a.noteWaiting()}
	for r, err := range c.MatchAll(a.ctx, e.label(), opts) {
		if err != nil {
			return err
		}
		p.add(1)
		if e.keep {
			e.kept = append(e.kept, r.Lead)
		}
		if r.Err != nil {
			e.answers = append(e.answers, nil)
			if err := e.leads.Refuse(e.leads.Settle(r.Lead), r.Err); err != nil {
				return err
			}
			continue
		}
		e.leads.Settle(r.Lead)
		e.answers = append(e.answers, newAnswer(r.Outcome))
		e.versions = cmp.Or(e.versions, r.Outcome.GetVersions())
		if w == nil {
			continue
		}
		forgetFeatures(r.Outcome)
		if err := w.Write(r.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// label yields the leads and keeps what their right answers are.
func (e *evaluation) label() iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for lead, err := range withIDs(e.leads) {
			if err == nil {
				var truth *eval.Labelled
				if truth, err = newLabelled(lead, e.leads.reader.Extra()); err != nil {
					err = fmt.Errorf("%s:%d: %w", e.leads.in.Name, e.leads.reader.Line(), err)
				} else {
					e.mu.Lock()
					e.truths = append(e.truths, truth)
					e.mu.Unlock()
				}
			}
			if !yield(lead, err) {
				return
			}
		}
	}
}

// truth returns the right answer of the lead of a number; while matching goes on, of one that is decided.
func (e *evaluation) truth(i int) *eval.Labelled {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.truths[i]
}

func newLabelled(lead *leadmatchv1.Lead, extra []rows.Value) (*eval.Labelled, error) {
	truth := &eval.Labelled{ID: lead.GetId(), Labels: map[string]string{}}
	labelled := false
	for _, v := range extra {
		switch {
		case v.Name == "expected_account_id":
			truth.Expected, labelled = v.Text, true
		case v.Text == "":
		case v.Name == "ambiguous_with":
			truth.AmbiguousWith = rows.SplitList(v.Text)
		default:
			truth.Labels[v.Name] = v.Text
		}
	}
	if !labelled {
		return nil, errors.New("expected_account_id: expected the right account's id, or nothing for none; there is no such column or key")
	}
	return truth, nil
}

func newAnswer(o *leadmatchv1.Outcome) *eval.Answer {
	answer := &eval.Answer{
		Decision:    rows.EnumName(o.GetDecision()),
		AccountID:   o.GetAccountId(),
		Probability: o.GetProbability(),
		Candidates:  make([]eval.Scored, len(o.GetCandidates())),
		Reasons:     make([]string, len(o.GetReasons())),
		Override:    o.GetDecidedBy() == leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE,
		Together:    together(o),
		Margin:      o.GetMarginBits(),
		None:        o.GetNoMatchProbability(),
	}
	for i, c := range o.GetCandidates() {
		answer.Candidates[i] = eval.Scored{AccountID: c.GetAccountId(), Probability: c.GetProbability()}
	}
	if len(o.GetCandidates()) > 0 && o.GetDecidedBy() != leadmatchv1.DecidedBy_DECIDED_BY_TIE_BREAK {
		answer.Needs = o.GetCandidates()[0].GetMatchFrom()
	}
	for i, r := range o.GetReasons() {
		answer.Reasons[i] = rows.EnumName(r)
	}
	return answer
}

// forgetFeatures makes the outcome what it is for those who did not ask for features.
func forgetFeatures(o *leadmatchv1.Outcome) {
	o.UnscoredOdds = 0
	for _, c := range o.GetCandidates() {
		c.Features, c.CalibratedAs, c.MatchFrom = nil, "", 0
	}
}

// together is the probability of the first candidate or, where the tie-break ladder chose it among several, of all that
// are not more than a bit behind the best.
func together(o *leadmatchv1.Outcome) float64 {
	if o.GetDecidedBy() != leadmatchv1.DecidedBy_DECIDED_BY_TIE_BREAK {
		return o.GetProbability()
	}
	best, sum := math.Inf(-1), 0.0
	for _, c := range o.GetCandidates() {
		best = max(best, c.GetBits())
	}
	for _, c := range o.GetCandidates() {
		if c.GetBits() >= best-1 {
			sum += c.GetProbability()
		}
	}
	return sum
}
