package matcher_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// twins are accounts of one company that the evidence cannot tell apart; each change makes one of the second.
func twins(changes ...func(*matcher.Account)) []matcher.Account {
	accounts := make([]matcher.Account, 1+len(changes))
	for i := range accounts {
		accounts[i] = matcher.Account{
			ID: fmt.Sprintf("twin-%d", i+1), Name: "Brannagan Tooling", Domains: []string{"brannagan.com"},
			Addresses: []matcher.Address{{Country: "DE", City: "Ulm", Postal: "89073"}},
		}
		if i > 0 && changes[i-1] != nil {
			changes[i-1](&accounts[i])
		}
	}
	return accounts
}

var twinLead = matcher.Lead{
	Company: "Brannagan Tooling", Website: "brannagan.com", Address: matcher.Address{Country: "DE", City: "Ulm", Postal: "89073"},
}

func decide(t *testing.T, accounts []matcher.Account, p *matcher.Policy) (out matcher.Outcome) {
	t.Helper()
	if errs := p.Check(); len(errs) > 0 {
		t.Fatalf("policy: %v", errs)
	}
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts, Policy: p})
	x.Snapshot().Match(&out, &twinLead, matcher.MatchOptions{})
	return out
}

// TestLadder: each rung chooses the account that it is for, and the outcome names the rung.
func TestLadder(t *testing.T) {
	f := func(rung string, change func(*matcher.Account)) {
		t.Helper()
		out := decide(t, twins(change), &matcher.Policy{TieBreaks: []string{rung}})
		if out.Decision != matcher.Matched || out.DecidedBy != matcher.ByTieBreak || out.AccountID != "twin-2" || out.TieBreakRung != rung {
			t.Errorf("%s: %+v, want twin-2", rung, out)
		}
	}
	number := func(v float64) func(*matcher.Account) {
		return func(a *matcher.Account) { a.Numbers = map[string]float64{"n": v} }
	}
	f("has_owner", func(a *matcher.Account) { a.OwnerID = "kim" })
	f("label:tier=gold", func(a *matcher.Account) { a.Labels = map[string]string{"tier": "gold"} })
	f("highest:n", number(3))
	f("lowest:n", number(-3))
	f("newest:n", number(20260101))
	f("oldest:n", number(-5)) // an account without the number comes last
}

// TestLadderGoesOn: a rung that cannot decide leaves it to the next, and the account id is the last.
func TestLadderGoesOn(t *testing.T) {
	owner := func(a *matcher.Account) { a.OwnerID = "kim" }
	child := func(a *matcher.Account) { a.OwnerID, a.ParentID = "kim", "p" }
	f := func(account, rung string, rungs ...string) {
		t.Helper()
		out := decide(t, twins(child, owner, owner), &matcher.Policy{TieBreaks: rungs})
		if out.AccountID != account || out.TieBreakRung != rung || out.DecidedBy != matcher.ByTieBreak {
			t.Errorf("%q: %s by %q, want %s by %q", rungs, out.AccountID, out.TieBreakRung, account, rung)
		}
	}
	f("twin-1", "account_id", "same_country", "exact_domain")
	f("twin-2", "account_id", "has_owner")
	f("twin-3", "account_id", "has_owner", "headquarters")
	f("twin-1", "account_id", "headquarters", "label:a=b")
}

// TestDuplicatesLadder: without a ladder of the policy's own, duplicates alone are told apart, by a ladder that is fixed.
func TestDuplicatesLadder(t *testing.T) {
	out := decide(t, twins(func(a *matcher.Account) { a.OwnerID = "kim" }), &matcher.Policy{})
	if out.AccountID != "twin-2" || out.TieBreakRung != "has_owner" || !slices.Contains(out.Reasons, matcher.DuplicateAccounts) {
		t.Errorf("duplicates: %+v, want twin-2, which has an owner", out)
	}
	out = decide(t, twins(func(a *matcher.Account) { a.Domains, a.Addresses = nil, nil }), &matcher.Policy{})
	if out.DecidedBy == matcher.ByTieBreak {
		t.Errorf("an account of the same name alone is no duplicate: %+v", out)
	}
}

// TestTieIsDeterministic: who came first, and how the accounts are divided, does not choose between twins.
func TestTieIsDeterministic(t *testing.T) {
	accounts := twins(nil, nil, nil)
	orders := 0
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}} {
		for _, rungs := range [][]string{nil, {"has_owner"}, {"highest:n"}} {
			x := matcher.New(nil)
			x.Apply(matcher.Changes{Policy: &matcher.Policy{TieBreaks: rungs}})
			for _, i := range order {
				x.Apply(matcher.Changes{Upsert: accounts[i : i+1]})
			}
			var out matcher.Outcome
			x.Snapshot().Match(&out, &twinLead, matcher.MatchOptions{})
			if out.AccountID != "twin-1" || out.TieBreakRung != "account_id" {
				t.Errorf("in order %v with rungs %q: %s by %q, want twin-1 by account_id", order, rungs, out.AccountID, out.TieBreakRung)
			}
			orders++
		}
	}
	if orders != 12 {
		t.Errorf("%d orders", orders)
	}
}

// TestFilters: an account that a filter rules out gets no lead, and the filter's name.
func TestFilters(t *testing.T) {
	f := func(filter string, passes, fails func(*matcher.Account)) {
		t.Helper()
		out := decide(t, twins(fails, passes)[1:], &matcher.Policy{Filters: []string{filter}})
		i := slices.IndexFunc(out.Candidates, func(c matcher.Candidate) bool { return c.AccountID == "twin-2" })
		if out.AccountID != "twin-3" || i < 0 || out.Candidates[i].ExcludedBy != filter || out.Candidates[i].Probability != 0 {
			t.Errorf("%s: %+v, want twin-3, and twin-2 ruled out", filter, out)
		}
		out = decide(t, twins(fails)[1:], &matcher.Policy{Filters: []string{filter}})
		if out.Decision != matcher.NoMatch || out.NoMatchProbability != 1 || !slices.Contains(out.Reasons, matcher.Filtered) {
			t.Errorf("%s, nobody passes: %+v, want NO_MATCH", filter, out)
		}
	}
	tier := func(v string) func(*matcher.Account) {
		return func(a *matcher.Account) { a.Labels = map[string]string{"tier": v} }
	}
	f("has_owner", func(a *matcher.Account) { a.OwnerID = "kim" }, nil)
	f("label:tier=gold", tier("gold"), tier("silver"))
	f("label:tier!=gold", tier("silver"), tier("gold"))
	f("same_country", nil, func(a *matcher.Account) { a.Addresses[0].Country = "FR" })
}
