package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/backup"
)

// snapshot returns one with the accounts, after change has had its way with state and policy.
func snapshot(t *testing.T, change func(*storev1.StateRecord, *storev1.PolicyRecord), ids ...string) []byte {
	t.Helper()
	state := &storev1.StateRecord{Format: backup.Format, Revision: 7, Accounts: uint64(len(ids))}
	policy := &storev1.PolicyRecord{RightPerWrong: 3, Version: 2}
	change(state, policy)
	var text bytes.Buffer
	w := backup.NewWriter(&text, state)
	err := w.Policy(policy)
	err = errors.Join(err, w.Override(&storev1.OverrideRecord{Id: "o", Action: 1, AccountId: "b", Domain: "forced.com"}))
	for _, id := range ids {
		err = errors.Join(err, w.Account(&storev1.AccountRecord{Id: id, Name: "Calderholm " + id, Domains: []string{id + "holm.com"}}))
	}
	if err = errors.Join(err, w.End()); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func asIs(*storev1.StateRecord, *storev1.PolicyRecord) {}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot")
	if err := os.WriteFile(path, snapshot(t, asIs, "a", "b"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if e.Accounts() != 2 || e.Revision() != 7 {
		t.Fatalf("%d accounts, revision %d", e.Accounts(), e.Revision())
	}
	f := func(lead *leadmatchv1.Lead, account, field string) {
		t.Helper()
		outcomes, refused, err := e.Match([]*leadmatchv1.Lead{lead}, nil)
		if err != nil || outcomes[0].GetAccountId() != account || refused[0].GetField() != field || (outcomes[0] == nil) != (field != "") {
			t.Errorf("%v: %v, %v, %v", lead, outcomes[0], refused[0], err)
		}
	}
	f(&leadmatchv1.Lead{Company: "Calderholm a", Email: "x@aholm.com"}, "a", "")
	f(&leadmatchv1.Lead{Email: "x@forced.com"}, "b", "")
	f(&leadmatchv1.Lead{Company: strings.Repeat("x", MaxName+1)}, "", "company")
	f(&leadmatchv1.Lead{Address: &leadmatchv1.Address{City: strings.Repeat("x", MaxPlace+1)}}, "", "address.city")
}

// TestBrokenSnapshots: what is not whole, or means something unknown, is no engine.
func TestBrokenSnapshots(t *testing.T) {
	f := func(text []byte, want error) {
		t.Helper()
		if e, err := Load(bytes.NewReader(text)); !errors.Is(err, want) || e != nil {
			t.Errorf("%v, want %v", err, want)
		}
	}
	whole := snapshot(t, asIs, "a", "b", "c")
	for i := range whole {
		f(whole[:i], backup.ErrBroken)
		flipped := bytes.Clone(whole)
		flipped[i] ^= 16
		f(flipped, backup.ErrBroken)
	}
	f(append(bytes.Clone(whole), 0), backup.ErrBroken)
	f(snapshot(t, asIs, "b", "a"), backup.ErrBroken)
	f(snapshot(t, asIs, "a", "a"), backup.ErrBroken)
	f(snapshot(t, func(s *storev1.StateRecord, _ *storev1.PolicyRecord) { s.Format = backup.Format + 1 }, "a"), ErrNewer)
	f(snapshot(t, func(_ *storev1.StateRecord, p *storev1.PolicyRecord) { p.TieBreaks = []string{"of a later version"} }, "a"), ErrNewer)
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
