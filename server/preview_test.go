package server

import (
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// preview asks for one batch and ends the stream.
func (r *running) preview(t *testing.T, req *leadmatchv1.PreviewPolicyRequest) ([]*leadmatchv1.PreviewPolicyResult, error) {
	t.Helper()
	stream, err := r.PreviewPolicy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(req); err != nil {
		t.Fatal(err)
	}
	res, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Errorf("the stream ended with %v", err)
	}
	return res.GetResults(), nil
}

func TestPreview(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	revision := r.upsert(t, acme())
	results, err := r.preview(t, &leadmatchv1.PreviewPolicyRequest{
		Policy: &leadmatchv1.Policy{Filters: []string{"label:type=partner"}},
		Leads:  []*leadmatchv1.Lead{acmeLead("l1"), {Id: "l2", Email: string(make([]byte, 1000))}},
	})
	if err != nil || len(results) != 2 {
		t.Fatalf("got %v, %v", results, err)
	}
	if want := r.match(t, acmeLead("l1")); !proto.Equal(results[0].GetOutcome(), want) {
		t.Errorf("in force: got %v, want %v", results[0].GetOutcome(), want)
	}
	proposed := results[0].GetProposed()
	if proposed.GetDecision() == leadmatchv1.Decision_DECISION_MATCHED {
		t.Errorf("proposed: got %v", proposed)
	}
	if v := proposed.GetVersions(); v.GetRevision() != revision || v.GetPolicy() != 0 || len(v.GetProposedPolicy()) != 24 {
		t.Errorf("proposed: versions are %v", v)
	}
	if e := results[1].GetError(); e.GetLeadId() != "l2" || e.GetField() != "email" || results[1].GetOutcome() != nil {
		t.Errorf("a lead that is refused: got %v", results[1])
	}

	// Nothing has changed, and nothing was counted but the one Match.
	status, err := r.GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	if err != nil || status.GetLeadsMatched() != 1 || status.GetVersions().GetRevision() != revision || status.GetVersions().GetPolicy() != 0 {
		t.Errorf("got %v, %v", status, err)
	}
}

func TestPreviewIsRefused(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	lead := []*leadmatchv1.Lead{acmeLead("l1")}
	f := func(req *leadmatchv1.PreviewPolicyRequest, field string) {
		t.Helper()
		_, err := r.preview(t, req)
		if found := violations(t, err); found[field] == "" {
			t.Errorf("%v is named, want %s", found, field)
		}
	}
	f(&leadmatchv1.PreviewPolicyRequest{Leads: lead}, "policy")
	f(&leadmatchv1.PreviewPolicyRequest{Leads: lead, Policy: &leadmatchv1.Policy{RightPerWrong: -1}}, "policy.right_per_wrong")
	f(&leadmatchv1.PreviewPolicyRequest{Leads: lead, Policy: &leadmatchv1.Policy{Filters: []string{"nonsense"}}}, "policy.filters[0]")
	f(&leadmatchv1.PreviewPolicyRequest{Policy: &leadmatchv1.Policy{}}, "leads")
	f(&leadmatchv1.PreviewPolicyRequest{Policy: &leadmatchv1.Policy{}, Leads: make([]*leadmatchv1.Lead, maxBatch+1)}, "leads")
	_, err := r.preview(t, &leadmatchv1.PreviewPolicyRequest{
		Policy: &leadmatchv1.Policy{}, Leads: lead, Options: &leadmatchv1.MatchOptions{MinRevision: 99},
	})
	wantCode(t, err, codes.FailedPrecondition)
}
