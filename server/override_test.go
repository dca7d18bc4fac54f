package server

import (
	"testing"

	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

const (
	force  = leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE
	forbid = leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORBID
)

func (r *running) override(t *testing.T, o *leadmatchv1.Override) *leadmatchv1.SetOverrideResponse {
	t.Helper()
	res, err := r.SetOverride(t.Context(), &leadmatchv1.SetOverrideRequest{Override: o})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestForceAndForbid(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, append(numbered(3), acme())...)
	set := r.override(t, &leadmatchv1.Override{
		Action: force, AccountId: "id-00001", Domain: "https://www.acmerockets.com/about", Author: "jo", Note: "agreed",
	})
	if o := set.GetOverride(); set.GetRevision() != 2 || o.GetId() == "" || o.GetDomain() != "acmerockets.com" ||
		o.GetNote() != "agreed" || o.GetCreateTime().GetSeconds() == 0 {
		t.Fatalf("%v", set)
	}
	o := r.match(t, acmeLead("x"))
	if o.GetAccountId() != "id-00001" || o.GetDecidedBy() != leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE ||
		o.GetOverrideId() != set.GetOverride().GetId() {
		t.Fatalf("%v", o)
	}
	again := r.override(t, &leadmatchv1.Override{Action: force, AccountId: "id-00002", Domain: "ACMErockets.com"})
	if again.GetOverride().GetId() != set.GetOverride().GetId() {
		t.Fatalf("the same key has the ids %v and %v", set, again)
	}
	if o := r.match(t, acmeLead("x")); o.GetAccountId() != "id-00002" {
		t.Fatalf("%v", o)
	}
	gone, err := r.DeleteOverride(t.Context(), &leadmatchv1.DeleteOverrideRequest{Id: set.GetOverride().GetId()})
	if err != nil || gone.GetRevision() != 4 {
		t.Fatalf("%v, %v", gone, err)
	}
	r.override(t, &leadmatchv1.Override{Action: forbid, AccountId: "acme", Company: "ACME Rocket-Works"})
	if o := r.match(t, acmeLead("x")); o.GetAccountId() != "" {
		t.Fatalf("%v", o)
	}
}

func TestOverridesAreListedAndSurvive(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	r.upsert(t, acme())
	for _, domain := range []string{"one.com", "two.com", "three.com"} {
		r.override(t, &leadmatchv1.Override{Action: forbid, AccountId: "acme", Domain: domain})
	}
	r.override(t, &leadmatchv1.Override{Action: force, AccountId: "acme", Domain: "four.com"})
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: dir})
	domains := map[string]bool{}
	for token := ""; len(domains) == 0 || token != ""; {
		page, err := r.ListOverrides(t.Context(), &leadmatchv1.ListOverridesRequest{PageSize: 3, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.GetOverrides() {
			domains[o.GetDomain()] = true
		}
		token = page.GetNextPageToken()
	}
	if len(domains) != 4 {
		t.Fatalf("%v", domains)
	}
	if o := r.match(t, &leadmatchv1.Lead{Email: "a@four.com"}); o.GetAccountId() != "acme" {
		t.Fatalf("%v", o)
	}
}

func TestBadOverridesAreRefused(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	f := func(field string, o *leadmatchv1.Override) {
		t.Helper()
		_, err := r.SetOverride(t.Context(), &leadmatchv1.SetOverrideRequest{Override: o})
		if violations(t, err)[field] == "" {
			t.Errorf("%v: %v does not name %s", o, err, field)
		}
	}
	f("override.action", &leadmatchv1.Override{AccountId: "acme", Domain: "a.com"})
	f("override.account_id", &leadmatchv1.Override{Action: forbid, Domain: "a.com"})
	f("override", &leadmatchv1.Override{Action: forbid, AccountId: "acme"})
	f("override.domain", &leadmatchv1.Override{Action: forbid, AccountId: "acme", Domain: "gmail.com"})
	f("override.domain", &leadmatchv1.Override{Action: forbid, AccountId: "acme", Domain: "no domain"})
	f("override.company", &leadmatchv1.Override{Action: forbid, AccountId: "acme", Company: "---"})
	_, err := r.SetOverride(t.Context(), &leadmatchv1.SetOverrideRequest{Override: &leadmatchv1.Override{
		Action: force, AccountId: "nobody", Domain: "a.com",
	}})
	wantCode(t, err, codes.NotFound)
	_, err = r.DeleteOverride(t.Context(), &leadmatchv1.DeleteOverrideRequest{Id: "nobody"})
	wantCode(t, err, codes.NotFound)
	r.override(t, &leadmatchv1.Override{Action: forbid, AccountId: "nobody", Domain: "a.com"})
}
