package cluster

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// account is the one with a number, in a version.
func account(number, version int) *leadmatchv1.Account {
	return &leadmatchv1.Account{
		Id: fmt.Sprintf("acc %d.%d", number%7, number), Name: fmt.Sprintf("%s %s Works", word(number), word(number/61+version)),
		Domains: []string{fmt.Sprintf("%s-%d.com", word(number), number)},
		OwnerId: fmt.Sprintf("v%d", version),
	}
}

func word(n int) string {
	syllables := []string{"ka", "ro", "mi", "ten", "sul", "bor", "gan", "lyx", "pre", "vod"}
	out := ""
	for n = n*7919 + 104729; n > 0; n /= len(syllables) {
		out += syllables[n%len(syllables)]
	}
	return out
}

func lead(number int) *leadmatchv1.Lead {
	if number%2 == 0 {
		return &leadmatchv1.Lead{Company: account(number, 0).GetName()}
	}
	return &leadmatchv1.Lead{Company: account(number, 0).GetName(), Website: account(number, 0).GetDomains()[0]}
}

// settled waits until all replicas have all that is in the log, and returns the revision.
func (f *fleet) settled(ctx context.Context) uint64 {
	f.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		revisions, lag, unreachable := map[uint64]bool{}, uint64(0), 0
		var last uint64
		for _, r := range f.replicas {
			s, err := r.client.Status(ctx)
			if err != nil {
				unreachable++
				continue
			}
			last = s.GetVersions().GetRevision()
			revisions[last] = true
			lag += s.GetReplica().GetLag()
			if !s.GetReplica().GetReachable() {
				unreachable++
			}
		}
		if len(revisions) == 1 && lag == 0 && unreachable == 0 {
			return last
		}
		if time.Now().After(until) {
			f.t.Fatalf("the replicas do not come to one state: revisions %v, lag %d, unreachable %d", revisions, lag, unreachable)
		}
	}
}

// alike compares all that the replicas hold, byte by byte, and what they make of leads.
func (f *fleet) alike(ctx context.Context, leads int) (backup []byte) {
	f.t.Helper()
	revision := f.settled(ctx)
	var outcomes []byte
	for i, r := range f.replicas {
		var b bytes.Buffer
		if err := r.client.Backup(ctx, &b); err != nil {
			f.t.Fatal(err)
		}
		var o bytes.Buffer
		for from := 0; from < leads; from += 500 {
			var some []*leadmatchv1.Lead
			for n := from; n < min(from+500, leads); n++ {
				some = append(some, lead(n))
			}
			got, err := r.client.BatchMatch(ctx, some, &leadmatchv1.MatchOptions{Explain: true, MinRevision: revision})
			if err != nil {
				f.t.Fatal(err)
			}
			for _, one := range got {
				text, err := proto.MarshalOptions{Deterministic: true}.Marshal(one)
				if err != nil {
					f.t.Fatal(err)
				}
				o.Write(text)
			}
		}
		if i == 0 {
			backup, outcomes = b.Bytes(), o.Bytes()
			continue
		}
		if !bytes.Equal(backup, b.Bytes()) {
			f.t.Errorf("%s and %s do not hold the same: their backups have %d and %d bytes", f.replicas[0].name, r.name, len(backup), b.Len())
		}
		if !bytes.Equal(outcomes, o.Bytes()) {
			f.t.Errorf("%s and %s make different things of %d leads", f.replicas[0].name, r.name, leads)
		}
	}
	return backup
}

// TestSteps goes through what can be done, each with another replica than the one before.
func TestSteps(t *testing.T) {
	f := newFleet(t)
	ctx := t.Context()
	a, b, c := f.replicas[0].client, f.replicas[1].client, f.replicas[2].client

	var all []*leadmatchv1.Account
	for n := range 1000 {
		all = append(all, account(n, 0))
	}
	up, err := a.UpsertAccounts(ctx, all)
	if err != nil || up.GetCreated() != 1000 || up.GetUpdated() != 0 {
		t.Fatalf("%v, %v; want 1000 created", up, err)
	}
	out, err := b.Match(ctx, lead(7), &leadmatchv1.MatchOptions{MinRevision: up.GetRevision()})
	if err != nil || out.GetAccountId() != account(7, 0).GetId() || out.GetVersions().GetRevision() < up.GetRevision() {
		t.Fatalf("%v, %v; want %v at %d", out, err, account(7, 0).GetId(), up.GetRevision())
	}
	up, err = c.UpsertAccounts(ctx, []*leadmatchv1.Account{account(3, 1), account(2000, 1)})
	if err != nil || up.GetCreated() != 1 || up.GetUpdated() != 1 {
		t.Fatalf("%v, %v; want 1 created, 1 updated", up, err)
	}
	gone, err := b.DeleteAccounts(ctx, []string{account(4, 0).GetId(), "none", account(2000, 0).GetId()})
	if err != nil || gone.GetDeleted() != 2 || len(gone.GetMissingIds()) != 1 {
		t.Fatalf("%v, %v; want 2 deleted, 1 missing", gone, err)
	}
	override := &leadmatchv1.Override{
		Action: leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE, AccountId: account(9, 0).GetId(), Domain: "forced-by-hand.com",
	}
	set, err := a.SetOverride(ctx, override)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.replicas {
		out, err := r.client.Match(ctx, &leadmatchv1.Lead{Website: "forced-by-hand.com"}, &leadmatchv1.MatchOptions{MinRevision: set.GetRevision()})
		if err != nil || out.GetAccountId() != account(9, 0).GetId() {
			t.Errorf("%s: %v, %v; want the forced account", r.name, out, err)
		}
	}
	policy, err := b.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{Name: "one"}, ExpectedVersion: 0})
	if err != nil || policy.GetVersion() != 1 {
		t.Fatalf("%v, %v; want version 1", policy, err)
	}
	if _, err := c.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{Name: "two"}, ExpectedVersion: 7}); err == nil {
		t.Error("a policy was set in place of one that never was")
	}
	if policy, err = c.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{Name: "two"}, ExpectedVersion: 1}); err != nil || policy.GetVersion() != 2 {
		t.Fatalf("%v, %v; want version 2", policy, err)
	}
	f.alike(ctx, 1000)

	replaced, err := c.ReplaceAccounts(ctx, func(yield func(*leadmatchv1.Account, error) bool) {
		for n := 500; n < 3000 && yield(account(n, 2), nil); n++ {
		}
	})
	if err != nil || replaced.GetAccounts() != 2500 || replaced.GetDeleted() != 499 {
		t.Fatalf("%v, %v; want 2500, and 499 gone", replaced, err)
	}
	if _, err := a.UpsertAccounts(ctx, []*leadmatchv1.Account{account(4, 3)}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeleteOverride(ctx, set.GetOverride().GetId()); err != nil {
		t.Fatal(err)
	}
	f.alike(ctx, 1000)
}
