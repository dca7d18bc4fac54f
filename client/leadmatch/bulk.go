package main

import (
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type bulkCmd struct {
	Leads   string `arg:"" help:"Leads as CSV or JSON Lines, also gzipped; '-' is standard input." placeholder:"LEADS"`
	Streams int    `help:"Streams at once." default:"4"`
	patienceFlags
	readFlags
	writeFlags
	optionFlags
}

func (cmd *bulkCmd) Run(a *app) error {
	if _, err := cmd.writeFlags.options(); err != nil {
		return err
	}
	leads, err := newIntake(a, cmd.Leads, &cmd.readFlags, rows.Options{Raw: cmd.Raw}, rows.NewLeads)
	if err != nil {
		return err
	}
	err = a.withServer(func(c *client.Client) error {
		return writeOutcomes(a, &cmd.writeFlags, func(w *rows.OutcomeWriter) error { return cmd.match(a, c, leads, w) })
	})
	if err != nil {
		return err
	}
	return leads.close()
}

// writeOutcomes makes the file of outcomes that f writes. It appears when f has succeeded.
func writeOutcomes(a *app, flags *writeFlags, f func(w *rows.OutcomeWriter) error) error {
	opts, err := flags.options()
	if err != nil {
		return err
	}
	out, err := rows.Create(flags.Output, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	w, err := rows.NewOutcomeWriter(out, opts)
	if err != nil {
		return err
	}
	if err := f(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Commit()
}

// match decides the leads and writes their outcomes.
func (cmd *bulkCmd) match(a *app, c *client.Client, leads *intake[*leadmatchv1.Lead], w *rows.OutcomeWriter) error {
	p := newProgress(a, "lead", leads.in)
	decisions := map[leadmatchv1.Decision]int{}
	err := cmd.matchAll(a, c, leads, func(o *leadmatchv1.Outcome) error {
		decisions[o.GetDecision()]++
		p.add(1)
		return w.Write(o)
	})
	if summary := p.end(); err == nil {
		a.note("%s%s", summary, describeDecisions(decisions))
	}
	return err
}

// matchAll hands the outcomes of the leads that are not refused to f, in their order.
func (cmd *bulkCmd) matchAll(a *app, c *client.Client, leads *intake[*leadmatchv1.Lead], f func(*leadmatchv1.Outcome) error) error {
	opts := &client.MatchAllOptions{
		Match: cmd.optionFlags.options(), Streams: cmd.Streams, Patience: cmd.limit(), Waiting: a.noteWaiting(),
	}
	for r, err := range c.MatchAll(a.ctx, withIDs(leads), opts) {
		switch {
		case err != nil:
		case r.Err != nil:
			err = leads.refuse(r.Lead, r.Err)
		default:
			leads.settle(r.Lead)
			err = f(r.Outcome)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withIDs gives leads that have no id the line they stand in for one, so that their outcomes can be told apart.
func withIDs(leads *intake[*leadmatchv1.Lead]) func(yield func(*leadmatchv1.Lead, error) bool) {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for lead, err := range leads.all() {
			if err == nil && lead.Id == "" {
				lead.Id = fmt.Sprintf("line:%d", leads.reader.Line())
			}
			if !yield(lead, err) {
				return
			}
		}
	}
}

func describeDecisions(n map[leadmatchv1.Decision]int) string {
	var parts []string
	for _, d := range []leadmatchv1.Decision{
		leadmatchv1.Decision_DECISION_MATCHED, leadmatchv1.Decision_DECISION_REVIEW,
		leadmatchv1.Decision_DECISION_NO_MATCH, leadmatchv1.Decision_DECISION_INSUFFICIENT,
	} {
		if n[d] > 0 {
			parts = append(parts, thousands(n[d])+" "+rows.EnumName(d))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
