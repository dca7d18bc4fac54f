package sample_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/matcher"
)

// free are the mail providers that the leads use; every other domain in them speaks for a company.
var free = map[string]bool{
	"gmail.com": true, "yahoo.com": true, "hotmail.com": true, "outlook.com": true, "gmx.de": true, "web.de": true,
	"icloud.com": true, "mailinator.com": true,
}

func accounts(t *testing.T) []matcher.Account {
	t.Helper()
	as, err := sample.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	if len(as) < 300 {
		t.Fatalf("%d accounts, want at least 300", len(as))
	}
	return as
}

func leads(t *testing.T) []sample.Lead {
	t.Helper()
	ls, err := sample.Leads()
	if err != nil {
		t.Fatal(err)
	}
	if len(ls) < 300 {
		t.Fatalf("%d leads, want at least 300", len(ls))
	}
	return ls
}

func accountIDs(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, a := range accounts(t) {
		ids[a.ID] = true
	}
	return ids
}

func TestAccountsHoldTogether(t *testing.T) {
	valid := regexp.MustCompile(`^acc-\d{4}$`)
	country := regexp.MustCompile(`^[A-Z]{2}$`)
	types := map[string]bool{"customer": true, "prospect": true, "partner": true}
	seen, ids := map[string]bool{}, accountIDs(t)
	for _, a := range accounts(t) {
		if !valid.MatchString(a.ID) || seen[a.ID] {
			t.Errorf("%s: the id is malformed or taken", a.ID)
		}
		seen[a.ID] = true
		if a.Name == "" || len(a.Domains) == 0 {
			t.Errorf("%s: name or domains missing", a.ID)
		}
		if !country.MatchString(a.Addresses[0].Country) {
			t.Errorf("%s: country %q", a.ID, a.Addresses[0].Country)
		}
		if a.ParentID != "" && (!ids[a.ParentID] || a.ParentID == a.ID) {
			t.Errorf("%s: parent %q is not another account", a.ID, a.ParentID)
		}
		if !types[a.Labels["type"]] {
			t.Errorf("%s: labels.type %q", a.ID, a.Labels["type"])
		}
	}
}

func TestParentsMakeNoCircle(t *testing.T) {
	parent := map[string]string{}
	for _, a := range accounts(t) {
		parent[a.ID] = a.ParentID
	}
	for id := range parent {
		steps := 0
		for at := id; at != ""; at = parent[at] {
			if steps++; steps > len(parent) {
				t.Fatalf("%s is its own ancestor", id)
			}
		}
	}
}

func TestCellsAreTidy(t *testing.T) {
	for _, a := range accounts(t) {
		for _, cells := range [][]string{append([]string{a.Name}, a.Aliases...), a.Domains, a.Phones} {
			seen := map[string]bool{}
			for _, c := range cells {
				if c == "" || c != strings.TrimSpace(c) || seen[c] {
					t.Errorf("%s: %q is empty, padded or given twice", a.ID, c)
				}
				seen[c] = true
			}
		}
	}
}

func TestDomainsParse(t *testing.T) {
	check := func(owner, domain string) {
		t.Helper()
		if _, err := publicsuffix.EffectiveTLDPlusOne(domain); err != nil || domain != strings.ToLower(domain) {
			t.Errorf("%s: domain %q: %v", owner, domain, err)
		}
	}
	for _, a := range accounts(t) {
		for _, d := range a.Domains {
			check(a.ID, d)
		}
	}
	for _, l := range leads(t) {
		if l.Email != "" {
			local, domain, ok := strings.Cut(l.Email, "@")
			if !ok || local == "" {
				t.Errorf("%s: e-mail %q", l.ID, l.Email)
			}
			check(l.ID, domain)
		}
	}
}

func TestTheBookIsWide(t *testing.T) {
	w := widthOf(accounts(t))
	atLeast := func(what string, got, want int) {
		t.Helper()
		if got < want {
			t.Errorf("%d %s, want at least %d", got, what, want)
		}
	}
	atLeast("countries", w.countries, 20)
	atLeast("scripts", w.scripts, 7)
	atLeast("accounts with aliases", w.aliased, 250)
	atLeast("subsidiaries", w.children, 60)
	atLeast("shared domains", w.shared, 20)
}

// width says how much there is of what makes a book of accounts hard.
type width struct{ countries, scripts, aliased, children, shared int }

func widthOf(accounts []matcher.Account) (w width) {
	countries, scripts, domains := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, a := range accounts {
		countries[a.Addresses[0].Country] = true
		for _, r := range a.Name + strings.Join(a.Aliases, "") {
			if s := script(r); s != "" {
				scripts[s] = true
			}
		}
		for _, d := range a.Domains {
			if domains[d]++; domains[d] == 2 {
				w.shared++
			}
		}
		if a.ParentID != "" {
			w.children++
		}
		if len(a.Aliases) > 0 {
			w.aliased++
		}
	}
	w.countries, w.scripts = len(countries), len(scripts)
	return w
}

// script names the script of a letter; "" for anything else.
func script(r rune) string {
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

func TestAnswersAreAccounts(t *testing.T) {
	ids, seen := accountIDs(t), map[string]bool{}
	absent := 0
	all := leads(t)
	for _, l := range all {
		if l.ID == "" || seen[l.ID] {
			t.Errorf("%s: the id is empty or taken", l.ID)
		}
		seen[l.ID] = true
		if l.ExpectedAccountID == "" {
			if l.Scenario != "junk" {
				absent++
			}
			if len(l.AmbiguousWith) > 0 {
				t.Errorf("%s: no account is right, yet %v would do", l.ID, l.AmbiguousWith)
			}
			continue
		}
		for _, id := range append([]string{l.ExpectedAccountID}, l.AmbiguousWith...) {
			if !ids[id] || !l.Accepts(id) {
				t.Errorf("%s: answer %q is not an account", l.ID, id)
			}
		}
		if l.Accepts("") {
			t.Errorf("%s: accepts no account at all", l.ID)
		}
	}
	if 4*absent < len(all) {
		t.Errorf("%d of %d leads are of absent companies, want a quarter", absent, len(all))
	}
}

func TestScenariosFitTheFields(t *testing.T) {
	for _, l := range leads(t) {
		if l.Scenario == "junk" {
			if l.ExpectedAccountID != "" {
				t.Errorf("%s: junk has an answer", l.ID)
			}
			continue
		}
		if got := scenario(&l); got != l.Scenario {
			t.Errorf("%s: scenario %q, its fields say %q", l.ID, l.Scenario, got)
		}
	}
}

// scenario says which fields of a lead speak.
func scenario(l *sample.Lead) string {
	_, domain, _ := strings.Cut(l.Email, "@")
	business := l.Website != "" || domain != "" && !free[domain]
	switch {
	case l.How == "email_in_company" || l.How == "url_in_company":
		return "domain_only"
	case business && (l.Company == "" || l.How == "placeholder"):
		return "domain_only"
	case business:
		return "name_workmail"
	case l.Phone != "":
		return "name_phone"
	case l.Email != "":
		return "name_freemail"
	case l.Address != (matcher.Address{}):
		return "name_place"
	}
	return "name_only"
}

func TestNoLeadTwice(t *testing.T) {
	seen := map[matcher.Lead]string{}
	for _, l := range leads(t) {
		key := l.Lead
		key.ID = ""
		key.Email = key.Email[strings.IndexByte(key.Email, '@')+1:]
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s say the same", l.ID, other)
		}
		seen[key] = l.ID
	}
}

func TestCSVIsACopy(t *testing.T) {
	first := sample.AccountsCSV()
	first[0] = 'X'
	if again := sample.AccountsCSV(); again[0] == 'X' {
		t.Error("AccountsCSV hands out the embedded bytes")
	}
	if !strings.HasPrefix(string(sample.LeadsCSV()), "id,company,") {
		t.Error("LeadsCSV does not start with its header")
	}
}

// TestCountsOfTheReadme holds the README's table of counts to the data.
func TestCountsOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := counts(t)
	t.Log("\n" + table)
	if !strings.Contains(string(readme), table) {
		t.Errorf("README.md does not hold these counts:\n%s", table)
	}
}

// counts is the README's table.
func counts(t *testing.T) string {
	t.Helper()
	byScenario, present := map[string]int{}, 0
	all := leads(t)
	for _, l := range all {
		byScenario[l.Scenario]++
		if l.ExpectedAccountID != "" {
			present++
		}
	}
	var b strings.Builder
	row := func(what string, n int) { fmt.Fprintf(&b, "| %s | %d |\n", what, n) }
	b.WriteString("| what | how many |\n|---|---|\n")
	book := accounts(t)
	w := widthOf(book)
	row("accounts", len(book))
	row("countries", w.countries)
	row("scripts", w.scripts)
	row("accounts with other names", w.aliased)
	row("subsidiaries", w.children)
	row("domains of several accounts", w.shared)
	row("leads", len(all))
	row("leads with an account", present)
	row("leads without, junk included", len(all)-present)
	for _, s := range slices.Sorted(maps.Keys(byScenario)) {
		row("leads of "+s, byScenario[s])
	}
	return b.String()
}
