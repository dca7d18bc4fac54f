package main

import (
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type decisionsCmd struct {
	Decision []string `help:"Only these: ${enum}." enum:"MATCHED,REVIEW,NO_MATCH,INSUFFICIENT" placeholder:"DECISION"`
	Limit    int      `help:"How many." default:"20"`
	JSON     bool     `help:"As JSON, one decision a line." name:"json"`
}

func (cmd *decisionsCmd) Run(a *app) error {
	if cmd.Limit < 1 {
		return usagef("--limit: expected 1 or more, not %d", cmd.Limit)
	}
	var kinds []leadmatchv1.Decision
	for _, name := range cmd.Decision {
		kinds = append(kinds, leadmatchv1.Decision(leadmatchv1.Decision_value["DECISION_"+name]))
	}
	return a.withServer(func(c *client.Client) error {
		t := newTable(4)
		t.row("TIME", "LEAD", "DECISION", "ACCOUNT", "PROBABILITY", "REASONS", "SAID")
		n := 0
		for d, err := range c.Decisions(a.ctx, kinds...) {
			if err != nil {
				return err
			}
			if n++; cmd.JSON {
				a.printJSON(d)
			} else {
				t.row(decisionCells(d)...)
			}
			if n == cmd.Limit {
				break
			}
		}
		switch {
		case cmd.JSON:
		case n == 0:
			a.note("the log has no such decision")
		default:
			t.write(a.stdout, "")
		}
		return nil
	})
}

func decisionCells(d *leadmatchv1.LoggedDecision) []string {
	o, lead := d.GetOutcome(), d.GetLead()
	at := lead.GetAddress()
	return []string{
		localTime(d.GetTime()), o.GetLeadId(), rows.EnumName(o.GetDecision()), o.GetAccountId(), percent(o.GetProbability()), reasonWords(o),
		joinNonEmpty(" · ", lead.GetCompany(), lead.GetEmail(), lead.GetWebsite(), lead.GetPhone(), at.GetCity(), at.GetCountry()),
	}
}
