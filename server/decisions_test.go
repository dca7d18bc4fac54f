package server

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestListDecisions reads what was decided, newest first, by kind, a page at a time.
func TestListDecisions(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), DecisionLog: filepath.Join(t.TempDir(), "d.jsonl"), DecisionLogLeads: "company"})
	r.upsert(t, acme())
	for i := range 5 {
		r.match(t, acmeLead(fmt.Sprint("l", i)))
	}
	if _, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{{Id: "none", Phone: "1"}}}); err != nil {
		t.Fatal(err)
	}
	unlogged := &leadmatchv1.MatchOptions{Unlogged: true}
	if _, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: acmeLead("looked at"), Options: unlogged}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("looked at")}, Options: unlogged}); err != nil {
		t.Fatal(err)
	}
	list := func(size int32, kinds ...leadmatchv1.Decision) (all []*leadmatchv1.LoggedDecision) {
		t.Helper()
		for token := ""; ; {
			res, err := r.ListDecisions(t.Context(), &leadmatchv1.ListDecisionsRequest{PageSize: size, PageToken: token, Decisions: kinds})
			if err != nil || len(res.GetDecisions()) > int(size) {
				t.Fatal(res, err)
			}
			all = append(all, res.GetDecisions()...)
			if token = res.GetNextPageToken(); token == "" {
				return all
			}
		}
	}
	for len(list(100)) < 6 { // it is written now and then
		time.Sleep(time.Millisecond)
	}
	all := list(2)
	if d := all[0]; d.GetMethod() != "BatchMatch" || d.GetLead().GetId() != "none" || d.GetLead().GetPhone() != "" || !d.GetCut() ||
		d.GetOutcome().GetDecision() != leadmatchv1.Decision_DECISION_INSUFFICIENT || time.Since(d.GetTime().AsTime()) > time.Hour {
		t.Errorf("the newest is %v", d)
	}
	matched := list(2, leadmatchv1.Decision_DECISION_MATCHED, leadmatchv1.Decision_DECISION_REVIEW)
	if len(matched) != 5 {
		t.Fatalf("%d MATCHED", len(matched))
	}
	for i, d := range matched {
		if d.GetLead().GetId() != fmt.Sprint("l", 4-i) || d.GetLead().GetCompany() == "" || d.GetOutcome().GetAccountId() != "acme" {
			t.Errorf("at %d: %v", i, d)
		}
	}
	if found := list(2, leadmatchv1.Decision_DECISION_NO_MATCH); len(found) != 0 {
		t.Errorf("NO_MATCH: %v", found)
	}
	f := func(req *leadmatchv1.ListDecisionsRequest, field string) {
		t.Helper()
		_, err := r.ListDecisions(t.Context(), req)
		if v := violations(t, err); v[field] == "" {
			t.Errorf("%v: %v", req, err)
		}
	}
	f(&leadmatchv1.ListDecisionsRequest{PageSize: maxPage + 1}, "page_size")
	f(&leadmatchv1.ListDecisionsRequest{PageToken: pageToken(pageOfDecisions, "x")}, "page_token")
	f(&leadmatchv1.ListDecisionsRequest{PageToken: pageToken(pageOfPolicies, "1")}, "page_token")
	f(&leadmatchv1.ListDecisionsRequest{Decisions: []leadmatchv1.Decision{1, 0}}, "decisions[1]")
	f(&leadmatchv1.ListDecisionsRequest{Decisions: []leadmatchv1.Decision{77}}, "decisions[0]")
	f(&leadmatchv1.ListDecisionsRequest{Decisions: make([]leadmatchv1.Decision, 100)}, "decisions")

	r = start(t, Config{DataDir: t.TempDir()})
	_, err := r.ListDecisions(t.Context(), &leadmatchv1.ListDecisionsRequest{})
	wantCode(t, err, codes.FailedPrecondition)
}
