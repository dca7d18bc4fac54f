package server

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestStatus(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	r.override(t, &leadmatchv1.Override{Action: forbid, AccountId: "acme", Domain: "a.com"})
	r.match(t, acmeLead("1"))
	r.match(t, nil)
	s, err := r.GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if s.GetAccounts() != 1 || s.GetOverrides() != 1 || s.GetDomains() != 1 || s.GetVersions().GetRevision() != 2 ||
		s.GetLeadsMatched() != 1 || s.GetLeadsInsufficient() != 1 || s.GetPendingChanges() != 0 || s.GetVersion() == "" ||
		s.GetHeapBytes() < s.GetHeapInUseBytes() || s.GetHeapInUseBytes() == 0 || s.GetStartTime() == nil {
		t.Fatalf("%v", s)
	}
}

func TestPolicy(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	policy := func() *leadmatchv1.GetPolicyResponse {
		t.Helper()
		p, err := r.GetPolicy(t.Context(), &leadmatchv1.GetPolicyRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := policy(); p.GetVersion() != 0 || p.GetEffective().GetRightPerWrong() == 0 || p.GetPolicy().GetRightPerWrong() != 0 {
		t.Fatalf("%v", p)
	}
	set := func(p *leadmatchv1.Policy, expected uint64) (*leadmatchv1.SetPolicyResponse, error) {
		return r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: p, ExpectedVersion: expected})
	}
	res, err := set(&leadmatchv1.Policy{Name: "strict", RightPerWrong: 500}, 0)
	if err != nil || res.GetVersion() != 1 || res.GetRevision() != 1 {
		t.Fatalf("%v, %v", res, err)
	}
	if o := r.match(t, nil); o.GetVersions().GetPolicy() != 1 {
		t.Fatalf("%v", o)
	}
	_, err = set(&leadmatchv1.Policy{}, 7)
	wantCode(t, err, codes.Aborted)
	_, err = set(&leadmatchv1.Policy{RightPerWrong: -1, TieBreaks: []string{"same_country", "nonsense"}}, 1)
	if v := violations(t, err); v["policy.right_per_wrong"] == "" || v["policy.tie_breaks[1]"] == "" {
		t.Fatalf("%v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: dir})
	if p := policy(); p.GetVersion() != 1 || p.GetPolicy().GetName() != "strict" || p.GetEffective().GetRightPerWrong() != 500 {
		t.Fatalf("after a restart: %v", p)
	}
}

// TestBackupCanBeRestored takes a backup over the wire and serves from what is restored from it.
func TestBackupCanBeRestored(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, append(numbered(900), acme())...)
	stream, err := r.Backup(t.Context(), &leadmatchv1.BackupRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		backup.Write(m.GetChunk())
	}
	dir := filepath.Join(t.TempDir(), "data")
	report, err := Restore(dir, &backup, slog.New(slog.DiscardHandler))
	if err != nil || report.Accounts != 901 || report.Revision != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	restored := start(t, Config{DataDir: dir})
	if !slices.Equal(r.accounts(t), restored.accounts(t)) {
		t.Fatal("the accounts differ")
	}
	if o := restored.match(t, acmeLead("x")); o.GetAccountId() != "acme" {
		t.Fatalf("%v", o)
	}
}
