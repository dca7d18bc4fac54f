package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/matcher"
)

// answer is a lead of a kind with its decision; a decision of MATCHED gives it account "a1".
func answer(id, how, expected, decision string) answered {
	a := answered{
		sample.Lead{Lead: matcher.Lead{ID: id, Company: "Company " + id}, ExpectedAccountID: expected, How: how},
		outcome{LeadID: id, Decision: decision},
	}
	if decision == matched {
		a.outcome.AccountID = "a1"
	}
	return a
}

func TestPickTakesOneOfEachKindFirst(t *testing.T) {
	all := []answered{
		answer("1", "typo", "a1", matched), answer("2", "typo", "a1", matched), answer("3", "typo", "a1", matched),
		answer("4", "alias", "a1", matched), answer("5", "case", "a2", matched), answer("6", "absent", "", noMatch),
	}
	f := func(n int, wantTypos, wantAliases int) {
		t.Helper()
		count := map[string]int{}
		for _, a := range pick(all, n, (*answered).hit) {
			count[a.How]++
		}
		if count["typo"] != wantTypos || count["alias"] != wantAliases || len(count) > 2 {
			t.Errorf("picked %v of %d, want %d typos and %d aliases", count, n, wantTypos, wantAliases)
		}
	}
	f(0, 0, 0)
	f(2, 1, 1)
	f(3, 2, 1)
	f(9, 3, 1)
}

func TestTotals(t *testing.T) {
	var b strings.Builder
	printTotals(&b, []answered{
		answer("1", "typo", "a1", matched), answer("2", "typo", "a2", matched), answer("3", "", "a1", review),
		answer("4", "absent", "", noMatch), answer("5", "absent", "", matched), answer("6", "junk", "", insufficient),
	})
	want := `
6 leads:  3 MATCHED  1 REVIEW  1 NO_MATCH  1 INSUFFICIENT
  33.3 % of the leads that were MATCHED got the right account (1 of 3)
  33.3 % of the leads that have an account were MATCHED to it (1 of 3)
  66.7 % of the leads that have none were not MATCHED (2 of 3)
`
	if b.String() != want {
		t.Errorf("got:%swant:%s", b.String(), want)
	}
}

func TestSelectionShowsMistakes(t *testing.T) {
	var b strings.Builder
	wrong := answer("2", "typo", "a2", matched)
	wrong.Reasons = []string{"REASON_SIMILAR_NAME", "SAME_PLACE"}
	printSelection(&b, []answered{answer("1", "typo", "a1", matched), wrong}, allShown)
	_, mistakes, found := strings.Cut(b.String(), "MATCHED, and wrong")
	if !found || !strings.Contains(mistakes, "Company 2") || !strings.Contains(mistakes, "similar name, same place") {
		t.Errorf("the wrong lead is not shown as such:\n%s", b.String())
	}
	if strings.Contains(mistakes, "Company 1") {
		t.Errorf("a right lead is shown as wrong:\n%s", b.String())
	}
}

func TestJoinMissesNoLead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outcomes.jsonl")
	text := `{"lead_id": "1", "decision": "MATCHED", "account_id": "a1", "candidates": [{"account_name": "Acme"}]}` + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	outcomes, err := readOutcomes(path)
	if err != nil {
		t.Fatal(err)
	}
	leads := []sample.Lead{{Lead: matcher.Lead{ID: "1"}, ExpectedAccountID: "a1"}}
	all, err := join(leads, outcomes)
	if err != nil || len(all) != 1 || !all[0].hit() || all[0].account() != "→ Acme" {
		t.Errorf("joined %+v, error %v", all, err)
	}
	leads = append(leads, sample.Lead{Lead: matcher.Lead{ID: "2"}})
	if _, err := join(leads, outcomes); err == nil || !strings.Contains(err.Error(), "lead 2") {
		t.Errorf("error is %v, want one that names lead 2", err)
	}
}

func TestFit(t *testing.T) {
	f := func(s string, columns int, want string) {
		t.Helper()
		if got := fit(s, columns); got != want {
			t.Errorf("%q in %d columns is %q, want %q", s, columns, got, want)
		}
	}
	f("", 3, "   ")
	f("abc", 5, "abc  ")
	f("abc", 3, "abc")
	f("abcd", 3, "ab…")
	f("三菱", 5, "三菱 ")
	f("三菱電機", 6, "三菱… ")
	f("三菱電機", 8, "三菱電機")
	f("e\u0301e\u0301", 2, "e\u0301e\u0301")
}

func TestShellWords(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if got := shellWords(args); got != want {
			t.Errorf("%q is %s, want %s", args, got, want)
		}
	}
	f("match --company Acme", "match", "--company", "Acme")
	f("'L'\\''Oréal & Co' ''", "L'Oréal & Co", "")
}
