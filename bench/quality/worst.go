package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// shownCandidates is how many candidates a mistake is explained with, beside the right account.
const shownCandidates = 2

// printWorst explains n mistakes of each kind: leads assigned to a wrong account, the most confident first, and leads
// that were not assigned although the typed name is the account's, the least probable first.
func printWorst(w io.Writer, s *matcher.Snapshot, set *labelledSet, pairs []eval.Pair, n int, only []string) {
	wrong, missed := mistakes(pairs, only)
	probability := func(a, b int) int { return cmp.Compare(pairs[a].Answer.Probability, pairs[b].Answer.Probability) }
	slices.SortStableFunc(wrong, func(a, b int) int { return probability(b, a) })
	slices.SortStableFunc(missed, probability)
	p := &mistakePrinter{w: w, snapshot: s, set: set}
	p.list("assigned to a wrong account", wrong, n)
	p.list("not assigned to its account", missed, n)
}

// mistakes returns the numbers of the leads that were assigned wrongly, and of those missed though their name is equal.
func mistakes(pairs []eval.Pair, only []string) (wrong, missed []int) {
	for i, p := range pairs {
		matched := p.Answer.Decision == eval.Matched
		switch {
		case !has(p.Lead, only):
		case matched && !p.Lead.Right(p.Answer.AccountID):
			wrong = append(wrong, i)
		case !matched && p.Lead.Expected != "" && nameIsEqual(p.Lead):
			missed = append(missed, i)
		}
	}
	return wrong, missed
}

// nameIsEqual says whether the typed name is one of the account's names, as far as that is known. In a set that does not
// label leads by it, every typed name counts.
func nameIsEqual(l *eval.Labelled) bool {
	overlap, labelled := l.Labels["overlap"]
	if !labelled {
		return l.Labels["scenario"] != "domain_only"
	}
	return strings.HasPrefix(overlap, "exact")
}

// has says whether the lead has all of the labels, each spelled label=value.
func has(l *eval.Labelled, labels []string) bool {
	for _, want := range labels {
		label, value, _ := strings.Cut(want, "=")
		if l.Labels[label] != value {
			return false
		}
	}
	return true
}

type mistakePrinter struct {
	w        io.Writer
	snapshot *matcher.Snapshot
	set      *labelledSet
}

// list prints the first n mistakes, one of each typed name: the same name in another scenario tells little more.
func (p *mistakePrinter) list(title string, leads []int, n int) {
	fmt.Fprintf(p.w, "\n=== %s: %s (%d leads)\n", p.set.Name, title, len(leads))
	shown := map[string]bool{}
	for _, i := range leads {
		base := cmp.Or(p.set.Leads[i].Truth.Labels["base"], p.set.Leads[i].Truth.ID)
		if len(shown) == n {
			break
		}
		if !shown[base] {
			shown[base] = true
			p.explain(&p.set.Leads[i])
		}
	}
}

// explain matches the lead once more and prints everything that led to the decision.
func (p *mistakePrinter) explain(l *labelled.Lead) {
	t := &l.Typed
	var out matcher.Outcome
	p.snapshot.Match(&out, t, matcher.MatchOptions{Limit: 50, Explain: true})
	fmt.Fprintf(p.w, "\n%s  (%s, overlap %s, %s)\n", l.Typed.ID, l.Truth.Labels["scenario"], l.Truth.Labels["overlap"], l.Truth.Labels["how"])
	fmt.Fprintf(p.w, "  lead      %s\n", describe(t.Company, t.Email, t.Website, t.Phone, &t.Address))
	if right := p.set.byID[l.Truth.Expected]; right != nil {
		fmt.Fprintf(p.w, "  right     %s  [%s]\n", describeAccount(right), right.ID)
	} else {
		fmt.Fprintln(p.w, "  right     none: the company is not among the accounts")
	}
	fmt.Fprintf(p.w, "  decision  %s  %s  p=%.4f  none=%.4f  margin=%.1f bits  %v\n", decisionNames[out.Decision],
		out.AccountID, out.Probability, out.NoMatchProbability, out.MarginBits, reasonNames(out.Reasons))
	p.candidates(l, &out)
	fmt.Fprintf(p.w, "  searched  %d seen, %d scored", out.Retrieval.Seen, out.Retrieval.Scored)
	if len(out.Retrieval.Cuts) > 0 {
		fmt.Fprintf(p.w, ", cut: %s", strings.Join(out.Retrieval.Cuts, ", "))
	}
	for _, k := range out.Retrieval.Keys {
		fmt.Fprintf(p.w, "; %s %q %d", k.Kind, k.Value, k.Accounts)
	}
	fmt.Fprintln(p.w)
}

// candidates prints the first few candidates and, wherever they stand, the right ones.
func (p *mistakePrinter) candidates(l *labelled.Lead, out *matcher.Outcome) {
	found := l.Truth.Expected == ""
	for i := range out.Candidates {
		c := &out.Candidates[i]
		right := l.Truth.Right(c.AccountID)
		found = found || right
		if i >= shownCandidates && !right {
			continue
		}
		mark := " "
		if right {
			mark = "*"
		}
		fmt.Fprintf(p.w, "  %s %2d  p=%.4f  %+.1f bits  %s  [%s]\n", mark, i+1, c.Probability, c.Bits, p.account(c), c.AccountID)
		if c.ExcludedBy != "" {
			fmt.Fprintf(p.w, "        ruled out by %s\n", c.ExcludedBy)
		}
		for _, e := range c.Evidence {
			fmt.Fprintf(p.w, "        %+6.1f  %-10s %-22s %s\n", e.Bits, kindNames[e.Kind], e.Level, compared(&e))
		}
	}
	if !found {
		fmt.Fprintf(p.w, "  *  -  the right account is not among the %d candidates\n", len(out.Candidates))
	}
}

func (p *mistakePrinter) account(c *matcher.Candidate) string {
	if a := p.set.byID[c.AccountID]; a != nil {
		return describeAccount(a)
	}
	return c.AccountName
}

func compared(e *matcher.Evidence) string {
	if e.LeadValue == "" && e.AccountValue == "" {
		return ""
	}
	return fmt.Sprintf("%q ~ %q", e.LeadValue, e.AccountValue)
}

func describeAccount(a *matcher.Account) string {
	name := a.Name
	if len(a.Aliases) > 0 {
		name += " (" + strings.Join(a.Aliases[:min(4, len(a.Aliases))], "; ") + ")"
	}
	var place matcher.Address
	if len(a.Addresses) > 0 {
		place = a.Addresses[0]
	}
	return describe(name, "", strings.Join(a.Domains, " "), strings.Join(a.Phones, " "), &place)
}

// describe joins what there is of a lead or an account.
func describe(name, email, website, phone string, a *matcher.Address) string {
	parts := []string{name, email, website, phone, a.Postal, a.City, a.Region, a.Country}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// kindNames are the kinds of evidence in a word.
var kindNames = map[matcher.Kind]string{
	matcher.KindPrior: "prior", matcher.KindName: "name", matcher.KindDomain: "domain", matcher.KindLocation: "location",
	matcher.KindPhone: "phone", matcher.KindLegalForm: "legal form", matcher.KindNumber: "number",
	matcher.KindInterplay: "together",
}

// reasonNames spells reasons as the API does.
func reasonNames(reasons []matcher.Reason) []string {
	names := make([]string, len(reasons))
	for i, r := range reasons {
		names[i] = leadmatchv1.Reason(r).String()
	}
	return names
}
