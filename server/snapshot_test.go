package server

import (
	"bytes"
	"context"
	"io"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/bench/sample"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// TestSnapshotDecidesAsTheServer decides the sample's leads, and wrong ones, through a server with overrides and a policy
// and by an engine that was loaded from its backup: the same bytes.
func TestSnapshotDecidesAsTheServer(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	leads := fillWithSample(t, r)
	stream, err := r.Backup(t.Context(), &leadmatchv1.BackupRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for m, err := stream.Recv(); err != io.EOF; m, err = stream.Recv() {
		if err != nil {
			t.Fatal(err)
		}
		text.Write(m.GetChunk())
	}
	e, err := engine.Load(&text)
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []*leadmatchv1.MatchOptions{nil, {Limit: 50}, {Explain: true, MinRevision: e.Revision()}, {Features: true}} {
		sameResults(t, r, e, leads, options)
	}
	if _, _, err := e.Match(leads, &leadmatchv1.MatchOptions{Limit: 51}); err == nil {
		t.Error("a limit of 51 was taken")
	}
	if _, _, err := e.Match(leads, &leadmatchv1.MatchOptions{MinRevision: e.Revision() + 1}); err == nil {
		t.Error("a revision to come was promised")
	}
}

// fillWithSample stores the sample's accounts, two overrides and a policy, and returns leads.
func fillWithSample(t *testing.T, r *running) []*leadmatchv1.Lead {
	t.Helper()
	accounts, err := sample.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	messages := make([]*leadmatchv1.Account, len(accounts))
	for i, a := range accounts {
		messages[i] = &leadmatchv1.Account{
			Id: a.ID, Name: a.Name, Aliases: a.Aliases, Domains: a.Domains, Phones: a.Phones, OwnerId: a.OwnerID, ParentId: a.ParentID,
			Labels: a.Labels, Numbers: a.Numbers, Addresses: []*leadmatchv1.Address{{
				Country: a.Addresses[0].Country, City: a.Addresses[0].City, Postal: a.Addresses[0].Postal,
			}},
		}
	}
	r.upsert(t, messages...)
	r.override(t, &leadmatchv1.Override{Action: forbid, AccountId: accounts[0].ID, Company: accounts[0].Name})
	r.override(t, &leadmatchv1.Override{Action: leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE, AccountId: accounts[1].ID, Domain: "ti.com"})
	policy := &leadmatchv1.Policy{Name: "strict", RightPerWrong: 12, Filters: []string{"label:type!=partner"}}
	if _, err := r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: policy}); err != nil {
		t.Fatal(err)
	}
	typed, err := sample.Leads()
	if err != nil {
		t.Fatal(err)
	}
	leads := []*leadmatchv1.Lead{{Id: "wrong", Email: string(bytes.Repeat([]byte("e"), 321))}}
	for _, l := range typed {
		leads = append(leads, &leadmatchv1.Lead{
			Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
			Address: &leadmatchv1.Address{Country: l.Address.Country, Region: l.Address.Region, City: l.Address.City},
		})
	}
	return leads
}

// sameResults sends the leads over a stream and to the engine.
func sameResults(t *testing.T, r *running, e *engine.Engine, leads []*leadmatchv1.Lead, options *leadmatchv1.MatchOptions) {
	t.Helper()
	outcomes, refused, err := e.Match(leads, options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := r.StreamMatch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < len(leads); from += maxBatch / 10 {
		batch := leads[from:min(from+maxBatch/10, len(leads))]
		if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: batch, Options: options}); err != nil {
			t.Fatal(err)
		}
		res, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range res.GetResults() {
			if at := from + i; !sameBytes(t, outcomes[at], want.GetOutcome()) || !sameBytes(t, refused[at], want.GetError()) {
				t.Fatalf("options %v, %v:\n%v %v\nthe server says\n%v", options, leads[at], outcomes[at], refused[at], want)
			}
		}
	}
}

func sameBytes(t *testing.T, a, b proto.Message) bool {
	t.Helper()
	deterministic := proto.MarshalOptions{Deterministic: true}
	first, err := deterministic.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := deterministic.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return a.ProtoReflect().IsValid() == b.ProtoReflect().IsValid() && bytes.Equal(first, second)
}
