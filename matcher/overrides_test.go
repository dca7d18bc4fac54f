package matcher_test

import (
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// said is an index of three companies that share a domain and a word, to which overrides are set one after the other.
type said struct {
	t     *testing.T
	index *matcher.Index
}

func newSaid(t *testing.T) said {
	t.Helper()
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: []matcher.Account{
		{ID: "north", Name: "Calderholm North", Domains: []string{"calderholm.com"}},
		{ID: "south", Name: "Calderholm South"},
		{ID: "other", Name: "Quinvale Foods"},
	}})
	return said{t, x}
}

func (s said) set(o ...matcher.Override) { s.index.Apply(matcher.Changes{SetOverrides: o}) }

func (s said) match(company, website string) (out matcher.Outcome) {
	s.index.Snapshot().Match(&out, &matcher.Lead{Company: company, Website: website}, matcher.MatchOptions{})
	return out
}

// decides checks that the override sends the lead to the account; "" when none may.
func (s said) decides(company, website, override, account string) {
	s.t.Helper()
	out := s.match(company, website)
	if (out.DecidedBy == matcher.ByOverride) != (override != "") || out.OverrideID != override || out.DecidedBy == matcher.ByOverride &&
		(out.AccountID != account || out.Decision != matcher.Matched || out.Probability != 1 || !slices.Contains(out.Reasons, matcher.OverrideForced)) {
		s.t.Errorf("%s, %s: want override %q and account %q; got %+v", company, website, override, account, out)
	}
}

// TestOverridePrecedence: name and domain beats domain beats name, and of equals the lower id.
func TestOverridePrecedence(t *testing.T) {
	s := newSaid(t)
	const name, web = "Calderholm North", "calderholm.com"
	s.decides(name, web, "", "")
	s.set(matcher.Override{ID: "z-name", Action: matcher.Force, AccountID: "other", Company: "CALDERHOLM NORTH Ltd."})
	s.decides(name, web, "z-name", "other")
	s.decides(name, "", "z-name", "other")
	s.decides("Calderholm", web, "", "")
	s.set(matcher.Override{ID: "y-domain", Action: matcher.Force, AccountID: "south", Domain: "www.calderholm.com"})
	s.decides(name, web, "y-domain", "south")
	s.decides("Calderholm", "https://calderholm.com/en", "y-domain", "south")
	s.decides(name, "", "z-name", "other")
	s.set(matcher.Override{ID: "x-both", Action: matcher.Force, AccountID: "north", Domain: "calderholm.com", Company: name})
	s.decides(name, web, "x-both", "north")
	s.decides("Calderholm", web, "y-domain", "south")
	s.decides(name, "", "z-name", "other")
	s.set(matcher.Override{ID: "a-domain", Action: matcher.Force, AccountID: "other", Domain: "calderholm.com"})
	s.decides("Calderholm", web, "a-domain", "other")
}

// TestOverridesChange: an override that is set again holds as it is now, a deleted one no more.
func TestOverridesChange(t *testing.T) {
	s := newSaid(t)
	before := s.index.Snapshot()
	s.set(matcher.Override{ID: "o", Action: matcher.Force, AccountID: "south", Domain: "calderholm.com"})
	s.decides("", "calderholm.com", "o", "south")
	s.set(matcher.Override{ID: "o", Action: matcher.Force, AccountID: "other", Domain: "quinvale.com"})
	s.decides("", "calderholm.com", "", "")
	s.decides("", "quinvale.com", "o", "other")
	if n := s.index.Snapshot().Stats().Overrides; n != 1 {
		t.Errorf("%d overrides, want 1", n)
	}
	s.index.Apply(matcher.Changes{DeleteOverrides: []string{"o", "unknown"}})
	s.decides("", "quinvale.com", "", "")
	if a, b := s.index.Snapshot().Stats().Overrides, before.Stats().Overrides; a != 0 || b != 0 {
		t.Errorf("%d overrides now and %d in the first snapshot, want none", a, b)
	}
}

// TestForceOfMissingAccount: with nowhere to send the lead, the model decides, or a less specific word does.
func TestForceOfMissingAccount(t *testing.T) {
	s := newSaid(t)
	s.set(
		matcher.Override{ID: "domain", Action: matcher.Force, AccountID: "south", Domain: "calderholm.com"},
		matcher.Override{ID: "name", Action: matcher.Force, AccountID: "other", Company: "Calderholm North"},
	)
	s.index.Apply(matcher.Changes{Delete: []string{"south"}})
	s.decides("Calderholm North", "calderholm.com", "name", "other")
	s.decides("", "calderholm.com", "", "")
	s.index.Apply(matcher.Changes{Upsert: []matcher.Account{{ID: "south", Name: "Calderholm South"}}})
	s.decides("Calderholm North", "calderholm.com", "domain", "south")
}

// TestForbid: the account stays among the candidates, marked, and the lead never goes there; of two words the force wins.
func TestForbid(t *testing.T) {
	s := newSaid(t)
	if out := s.match("Calderholm North", "calderholm.com"); out.AccountID != "north" {
		t.Fatalf("without an override: %+v, want north", out)
	}
	s.set(matcher.Override{ID: "never", Action: matcher.Forbid, AccountID: "north", Domain: "calderholm.com"})
	out := s.match("Calderholm North", "calderholm.com")
	i := slices.IndexFunc(out.Candidates, func(c matcher.Candidate) bool { return c.AccountID == "north" })
	if out.AccountID == "north" || i < 0 || out.Candidates[i].ExcludedBy != "never" || out.Candidates[i].Probability != 0 ||
		!slices.Contains(out.Reasons, matcher.OverrideForbidden) {
		t.Errorf("forbidden: %+v, want north to be ruled out by the override", out)
	}
	s.set(matcher.Override{ID: "yet", Action: matcher.Force, AccountID: "north", Company: "Calderholm North"})
	s.decides("Calderholm North", "calderholm.com", "yet", "north")
}

// TestOverrideKey says which keys an override may have; one that has another holds for no lead.
func TestOverrideKey(t *testing.T) {
	f := func(domain, company string, domainOK, companyOK bool) {
		t.Helper()
		if d, c := matcher.OverrideKey(domain, company); d != domainOK || c != companyOK {
			t.Errorf("OverrideKey(%q, %q) = %v, %v, want %v, %v", domain, company, d, c, domainOK, companyOK)
		}
	}
	f("calderholm.com", "Calderholm", true, true)
	f("", "", false, false)
	f("gmail.com", "n/a", false, false)
	f("not a domain", "---", false, false)

	s := newSaid(t)
	s.set(
		matcher.Override{ID: "free", Action: matcher.Force, AccountID: "other", Domain: "gmail.com"},
		matcher.Override{ID: "nothing", Action: matcher.Force, AccountID: "other"},
		matcher.Override{ID: "half", Action: matcher.Force, AccountID: "other", Domain: "gmail.com", Company: "Calderholm North"},
	)
	s.decides("Calderholm North", "gmail.com", "", "")
	s.decides("", "", "", "")
}
