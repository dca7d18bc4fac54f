package matcher_test

import (
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

// Bounds on what any lead may cost: the engine's own on accounts, and a time that is far beyond them.
const (
	mostSeen   = 4096
	mostScored = 64
	mostTime   = 50 * time.Millisecond
)

// fuzzBook is the sample, among companies whose names are made of common words, with overrides, a filter and a ladder.
func fuzzBook(tb testing.TB) *matcher.Snapshot {
	accounts, _ := book(tb)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{
		Revision: 1,
		Upsert:   append(accounts, backgroundAccounts(1500)...),
		SetOverrides: []matcher.Override{
			{ID: "force", Action: matcher.Force, AccountID: accounts[0].ID, Company: accounts[1].Name},
			{ID: "forbid", Action: matcher.Forbid, AccountID: accounts[2].ID, Domain: accounts[2].Domains[0]},
		},
		Policy: &matcher.Policy{TieBreaks: []string{"has_owner"}, Filters: []string{"label:status!=closed"}},
	})
	return x.Snapshot()
}

// FuzzMatch matches leads of any text: nothing panics, the answer is consistent and the work is bounded.
func FuzzMatch(f *testing.F) {
	snapshot := fuzzBook(f)
	_, leads := book(f)
	for i := 0; i < len(leads); i += 10 {
		l := &leads[i]
		f.Add(l.Company, l.Email, l.Website, l.Phone, l.Address.Country, l.Address.City, l.Address.Postal)
	}
	f.Add("", "", "", "", "", "", "")
	f.Add("\xff\x00\u202e", "@", "http://", "+", "\x00", "\xf0\x9f", "-")
	f.Add(strings.Repeat("group international ", 500), strings.Repeat("a", 1000)+"@b.com", "xn--a.com", strings.Repeat("9", 500), "DE", "Köln", "50667")
	f.Add(strings.Repeat("aberberg", 40), "a@b@c", "https://aberberg.example:99/", "1-800-FLOWERS", "Nowhere", "", "")
	f.Add("株式会社"+strings.Repeat("日立製作所", 60), "", "日立.jp", "", "Japan", "東京", "")
	f.Add(strings.Repeat("a b ", 300), "x@aberberg.example", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, company, email, website, phone, country, city, postal string) {
		lead := matcher.Lead{
			ID: "l", Company: company, Email: email, Website: website, Phone: phone,
			Address: matcher.Address{Country: country, City: city, Postal: postal},
		}
		holdMatch(t, snapshot, &lead)
	})
}

// holdMatch checks what every outcome promises, and what it cost.
func holdMatch(t *testing.T, s *matcher.Snapshot, lead *matcher.Lead) {
	t.Helper()
	var out, bare matcher.Outcome
	s.Match(&out, lead, matcher.MatchOptions{Limit: 50, Explain: true})
	took := mostTime
	for range 3 { // the machine may be busy with other things; the engine never is three times
		start := time.Now()
		s.Match(&bare, lead, matcher.MatchOptions{Limit: 50})
		took = min(took, time.Since(start))
	}
	if took >= mostTime {
		t.Errorf("%+v took %v", *lead, took)
	}
	if out.LeadID != lead.ID || out.Decision < matcher.Matched || out.Decision > matcher.Insufficient {
		t.Errorf("%+v: decision %d for lead %q", *lead, out.Decision, out.LeadID)
	}
	for _, p := range []float64{out.Probability, out.NoMatchProbability} {
		if !(p >= 0 && p <= 1) {
			t.Errorf("%+v: probability %v", *lead, p)
		}
	}
	for i, c := range out.Candidates {
		if !(c.Probability >= 0 && c.Probability <= 1) || c.AccountID == "" {
			t.Errorf("%+v: candidate %d is %+v", *lead, i, c)
		}
	}
	if r := out.Retrieval; r.Seen > mostSeen || r.Scored > mostScored || r.Scored > r.Seen {
		t.Errorf("%+v: %d accounts seen, %d scored; want at most %d and %d", *lead, r.Seen, r.Scored, mostSeen, mostScored)
	}
	if problems := inconsistencies(&out, &bare); len(problems) > 0 {
		t.Errorf("%+v:\n\t%s", *lead, strings.Join(problems, "\n\t"))
	}
}
