package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

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
	readFlags
}

func (cmd *evalCmd) Run(a *app) error {
	leads, err := newIntake(a, cmd.Leads, &cmd.readFlags, rows.Options{Extra: true}, rows.NewLeads)
	if err != nil {
		return err
	}
	e := &evaluation{leads: leads}
	err = a.withServer(func(c *client.Client) error {
		if cmd.Save == "" {
			return e.decide(a, c, nil)
		}
		return writeOutcomes(a, &writeFlags{Output: cmd.Save}, func(w *rows.OutcomeWriter) error { return e.decide(a, c, w) })
	})
	if err != nil {
		return err
	}
	if len(e.truths) == 0 {
		return fmt.Errorf("%s: no leads", leads.in.Name)
	}
	if err := e.checkLabels(cmd.By); err != nil {
		return err
	}
	report := eval.NewReport(e.pairs(), cmd.By...)
	if cmd.JSON {
		err = json.NewEncoder(a.stdout).Encode(report)
	} else {
		err = report.WriteText(a.stdout)
	}
	if err != nil {
		return err
	}
	return leads.close()
}

// evaluation is the leads of a file with their right answers and those of the server, in order.
type evaluation struct {
	leads   *intake[*leadmatchv1.Lead]
	truths  []*eval.Labelled // written by the reader until matching has ended
	answers []*eval.Answer   // nil for a lead that was refused
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
	p := newProgress(a, "lead", e.leads.in)
	defer p.end()
	for r, err := range c.MatchAll(a.ctx, e.label(), &client.MatchAllOptions{Waiting: a.noteWaiting()}) {
		if err != nil {
			return err
		}
		p.add(1)
		if r.Err != nil {
			e.answers = append(e.answers, nil)
			if err := e.leads.refuse(r.Lead, r.Err); err != nil {
				return err
			}
			continue
		}
		e.leads.settle(r.Lead)
		e.answers = append(e.answers, newAnswer(r.Outcome))
		if w == nil {
			continue
		}
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
					e.truths = append(e.truths, truth)
				}
			}
			if !yield(lead, err) {
				return
			}
		}
	}
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
	}
	for i, c := range o.GetCandidates() {
		answer.Candidates[i] = eval.Scored{AccountID: c.GetAccountId(), Probability: c.GetProbability()}
	}
	return answer
}
