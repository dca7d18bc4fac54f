package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type matchCmd struct {
	ID      string `help:"Id to return with the outcome." placeholder:"TEXT"`
	Company string `help:"Company name as typed." short:"c" placeholder:"TEXT"`
	Email   string `help:"E-mail address." short:"e" placeholder:"TEXT"`
	Website string `help:"Web address or domain." short:"w" placeholder:"TEXT"`
	Phone   string `help:"Phone number." placeholder:"TEXT"`
	addressFlags
	optionFlags
	JSON bool `help:"The outcome as JSON." name:"json"`
}

func (cmd *matchCmd) Run(a *app) error {
	lead := &leadmatchv1.Lead{
		Id: cmd.ID, Company: cmd.Company, Email: cmd.Email, Website: cmd.Website, Phone: cmd.Phone, Address: cmd.address(),
	}
	if cmd.Company+cmd.Email+cmd.Website+cmd.Phone == "" && lead.Address == nil {
		return usagef("nothing to match: give --company, --email, --website, --phone or a part of an address")
	}
	return a.withServer(func(c *client.Client) error {
		outcome, err := c.Match(a.ctx, lead, cmd.options())
		if err != nil {
			return err
		}
		if cmd.JSON {
			a.printJSON(outcome)
			return nil
		}
		showOutcome(a.stdout, outcome)
		if cmd.Explain {
			explain(a.stdout, outcome)
		} else if len(outcome.GetCandidates()) > 0 {
			a.note("(--explain shows the evidence)")
		}
		return nil
	})
}

// showOutcome writes a decision for people: what to do, why, and between which accounts.
func showOutcome(w io.Writer, o *leadmatchv1.Outcome) {
	fmt.Fprintln(w, rows.Printable(headline(o)))
	if reasons := reasonWords(o); reasons != "" {
		fmt.Fprintf(w, "because: %s\n", reasons)
	}
	if len(o.GetCandidates()) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := newTable(0, 3, 4)
	t.row("#", "ACCOUNT", "NAME", "PROBABILITY", "BITS", "OWNER")
	for i, c := range o.GetCandidates() {
		excluded := ""
		if c.GetExcludedBy() != "" {
			excluded = "ruled out by " + c.GetExcludedBy()
		}
		t.row(fmt.Sprint(i+1), c.GetAccountId(), c.GetAccountName(), percent(c.GetProbability()),
			fmt.Sprintf("%+.1f", c.GetBits()), c.GetOwnerId(), excluded)
	}
	t.row("", "", "none of the accounts", percent(o.GetNoMatchProbability()))
	t.write(w, "")
}

// headline says what to do with the lead, and who says so.
func headline(o *leadmatchv1.Outcome) string {
	var what string
	switch o.GetDecision() {
	case leadmatchv1.Decision_DECISION_MATCHED:
		what = "MATCHED: assign it to " + o.GetAccountId()
		for _, c := range o.GetCandidates() {
			if c.GetAccountId() == o.GetAccountId() {
				what += ", " + c.GetAccountName()
			}
		}
		if o.GetOwnerId() != "" {
			what += " (owner " + o.GetOwnerId() + ")"
		}
	case leadmatchv1.Decision_DECISION_REVIEW:
		what = "REVIEW: a person decides"
	case leadmatchv1.Decision_DECISION_NO_MATCH:
		what = "NO_MATCH: it is a new company"
	case leadmatchv1.Decision_DECISION_INSUFFICIENT:
		what = "INSUFFICIENT: ask for a company name, a business e-mail address or a website"
	default:
		what = rows.EnumName(o.GetDecision())
	}
	switch o.GetDecidedBy() {
	case leadmatchv1.DecidedBy_DECIDED_BY_TIE_BREAK:
		what += "; decided by the tie-break " + o.GetTieBreakRung()
	case leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE:
		what += "; decided by override " + o.GetOverrideId()
	}
	return what
}

// printJSON prints a message on one line.
func (a *app) printJSON(m proto.Message) {
	fmt.Fprintf(a.stdout, "%s\n", rows.AppendJSON(nil, m))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// reasonWords is an outcome's reasons for people.
func reasonWords(o *leadmatchv1.Outcome) string {
	names := make([]string, len(o.GetReasons()))
	for i, r := range o.GetReasons() {
		names[i] = words(rows.EnumName(r))
	}
	return strings.Join(names, ", ")
}

// joinNonEmpty joins the parts that hold something.
func joinNonEmpty(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
