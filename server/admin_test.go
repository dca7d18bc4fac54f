package server

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

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

// TestPolicyWithCurves: weights and curves are kept over a restart, and the effective policy can be set as it is.
func TestPolicyWithCurves(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	p := &leadmatchv1.Policy{
		Weights: map[string]float64{"prior": -4},
		Calibration: []*leadmatchv1.Calibration{{
			Evidence: "name", Points: []*leadmatchv1.CalibrationPoint{{Said: -1, Worth: -2}, {Said: 3, Worth: 1}},
		}},
	}
	if _, err := r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: p}); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: dir})
	got, err := r.GetPolicy(t.Context(), &leadmatchv1.GetPolicyRequest{})
	if err != nil || !proto.Equal(got.GetPolicy(), p) || len(got.GetEffective().GetCalibration()) < 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if _, err := r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: got.GetEffective()}); err != nil {
		t.Fatal(err)
	}
	p.Calibration[0].Points[1].Worth = -3
	p.Calibration = append(p.Calibration, &leadmatchv1.Calibration{Evidence: strings.Repeat("x", maxKey+1)})
	_, err = r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: p})
	if v := violations(t, err); v["policy.calibration[1].evidence"] == "" {
		t.Fatalf("%v", err)
	}
	p.Calibration = p.Calibration[:1]
	_, err = r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: p})
	if v := violations(t, err); v["policy.calibration[0].points[1]"] == "" {
		t.Fatalf("%v", err)
	}
}

// TestBackupCanBeRestored takes a backup over the wire and serves from what is restored from it.
func TestBackupCanBeRestored(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, append(numbered(900), acme())...)
	dir := filepath.Join(t.TempDir(), "data")
	report, err := Restore(dir, bytes.NewReader(r.backup(t)), slog.New(slog.DiscardHandler))
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

// backup takes a backup over the wire.
func (r *running) backup(t *testing.T) []byte {
	t.Helper()
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
	return backup.Bytes()
}
