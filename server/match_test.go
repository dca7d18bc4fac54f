package server

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestMatchSeesAWriteAtOnce(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	if d := r.match(t, acmeLead("a")).GetDecision(); d != leadmatchv1.Decision_DECISION_NO_MATCH {
		t.Fatalf("without accounts: %v", d)
	}
	revision := r.upsert(t, acme())
	o := r.match(t, acmeLead("b"))
	if o.GetDecision() != leadmatchv1.Decision_DECISION_MATCHED || o.GetAccountId() != "acme" || o.GetOwnerId() != "wile" ||
		o.GetLeadId() != "b" || o.GetVersions().GetRevision() != revision {
		t.Fatalf("with the account: %v", o)
	}
	if _, err := r.DeleteAccounts(t.Context(), &leadmatchv1.DeleteAccountsRequest{Ids: []string{"acme"}}); err != nil {
		t.Fatal(err)
	}
	if d := r.match(t, acmeLead("c")).GetDecision(); d != leadmatchv1.Decision_DECISION_NO_MATCH {
		t.Fatalf("after the account was deleted: %v", d)
	}
}

func TestEmptyLeadIsInsufficient(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	for _, lead := range []*leadmatchv1.Lead{nil, {}, {Id: "x"}} {
		if d := r.match(t, lead).GetDecision(); d != leadmatchv1.Decision_DECISION_INSUFFICIENT {
			t.Fatalf("%v: %v", lead, d)
		}
	}
}

// TestSameOutcomeOnEverySurface holds the contract that a lead has one outcome at a revision.
func TestSameOutcomeOnEverySurface(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	leads := []*leadmatchv1.Lead{acmeLead("1"), {Id: "2", Company: "Nobody GmbH"}, {Id: "3"}}
	opts := &leadmatchv1.MatchOptions{Explain: true, Limit: 2}
	batch, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads, Options: opts})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := r.StreamMatch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: leads, Options: opts}); err != nil {
		t.Fatal(err)
	}
	streamed, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range leads {
		one, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: l, Options: opts})
		if err != nil {
			t.Fatal(err)
		}
		if b := batch.GetOutcomes()[i]; !proto.Equal(one.GetOutcome(), b) {
			t.Errorf("lead %d: Match says %v, BatchMatch %v", i, one.GetOutcome(), b)
		}
		if s := streamed.GetResults()[i].GetOutcome(); !proto.Equal(one.GetOutcome(), s) {
			t.Errorf("lead %d: Match says %v, StreamMatch %v", i, one.GetOutcome(), s)
		}
	}
}

// violations returns the fields that an INVALID_ARGUMENT names.
func violations(t *testing.T, err error) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, d := range wantCode(t, err, codes.InvalidArgument).Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				out[v.GetField()] = v.GetDescription()
			}
		}
	}
	return out
}

func TestLongFieldIsNamedWithItsLimit(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	_, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: &leadmatchv1.Lead{Company: strings.Repeat("x", 1<<20)}})
	if text := violations(t, err)["lead.company"]; !strings.Contains(text, "512") || !strings.Contains(text, "1048576") {
		t.Fatalf("%v", err)
	}
}

// TestFeaturesAddUp: amounts times the effective policy's weights are the bits that are told, and they come only when
// asked for.
func TestFeaturesAddUp(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, append(numbered(20), acme())...)
	p, err := r.GetPolicy(t.Context(), &leadmatchv1.GetPolicyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	weights := p.GetEffective().GetWeights()
	res, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{
		Lead: acmeLead("x"), Options: &leadmatchv1.MatchOptions{Features: true, Limit: 50},
	})
	if err != nil || len(res.GetOutcome().GetCandidates()) == 0 {
		t.Fatalf("%v, %v", res, err)
	}
	for _, c := range res.GetOutcome().GetCandidates() {
		sum := 0.0
		for _, f := range c.GetFeatures() {
			sum += weights[f.GetName()] * float64(f.GetAmount())
		}
		if math.Abs(sum-c.GetBits()) > 1e-4 || c.GetCalibratedAs() == "" || c.GetMatchFrom() < .5 {
			t.Errorf("%v: the features add up to %v", c, sum)
		}
	}
	for _, c := range r.match(t, acmeLead("x")).GetCandidates() {
		if c.GetFeatures() != nil || c.GetCalibratedAs() != "" || c.GetMatchFrom() != 0 {
			t.Errorf("not asked for: %v", c)
		}
	}
}
