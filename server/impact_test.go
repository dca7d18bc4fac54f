package server

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/bench/sample"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// cellsOf reads cells as the wire has them.
func cellsOf(t *testing.T, text []byte) (cells []uint32) {
	t.Helper()
	last := uint64(0)
	for len(text) > 0 {
		d, n := binary.Uvarint(text)
		if n <= 0 {
			t.Fatal("cells cannot be read")
		}
		last, text = last+d, text[n:]
		cells = append(cells, uint32(last))
	}
	return cells
}

// impactSince returns what changes have touched, or why that is everything.
func (r *running) impactSince(t *testing.T, since uint64) (touched map[uint32]string, everything string, revision uint64) {
	t.Helper()
	stream, err := r.GetImpact(t.Context(), &leadmatchv1.GetImpactRequest{SinceRevision: since})
	if err != nil {
		t.Fatal(err)
	}
	touched = map[uint32]string{}
	for {
		res, err := stream.Recv()
		if err == io.EOF {
			return touched, everything, revision
		}
		if err != nil {
			t.Fatal(err)
		}
		everything, revision = everything+res.GetEverything(), revision+res.GetVersions().GetRevision()
		for _, part := range res.GetTouched() {
			for _, c := range cellsOf(t, part.GetCells()) {
				touched[c] = part.GetKind()
			}
		}
	}
}

// sampleBook is the sample as messages.
func sampleBook(t *testing.T) (accounts []*leadmatchv1.Account, leads []*leadmatchv1.Lead) {
	t.Helper()
	list, err := sample.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		m := &leadmatchv1.Account{
			Id: a.ID, Name: a.Name, Aliases: a.Aliases, Domains: a.Domains, Phones: a.Phones, ParentId: a.ParentID, OwnerId: a.OwnerID,
		}
		for _, p := range a.Addresses {
			m.Addresses = append(m.Addresses, &leadmatchv1.Address{Country: p.Country, Region: p.Region, City: p.City, Postal: p.Postal})
		}
		accounts = append(accounts, m)
	}
	labelled, err := sample.Leads()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range labelled {
		leads = append(leads, &leadmatchv1.Lead{
			Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
			Address: &leadmatchv1.Address{Country: l.Address.Country, Region: l.Address.Region, City: l.Address.City, Postal: l.Address.Postal},
		})
	}
	return accounts, leads
}

func (r *running) decideAll(t *testing.T, leads []*leadmatchv1.Lead) []*leadmatchv1.Outcome {
	t.Helper()
	res, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads, Options: &leadmatchv1.MatchOptions{Reads: true}})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetOutcomes()
}

// sameButRevision compares outcomes without what they have read, and at which revision.
func sameButRevision(a, b *leadmatchv1.Outcome) bool {
	strip := func(o *leadmatchv1.Outcome) *leadmatchv1.Outcome {
		o = proto.CloneOf(o)
		o.Reads, o.Versions.Revision = nil, 0
		return o
	}
	return proto.Equal(strip(a), strip(b))
}

// TestImpact changes a server's accounts and overrides at random, over restarts, and holds what GetImpact names to deciding all
// leads again.
func TestImpact(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	accounts, leads := sampleBook(t)
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	r.upsert(t, accounts...)
	was := r.decideAll(t, leads)
	differ, saved := 0, 0
	for round := range 8 {
		since := was[0].GetVersions().GetRevision()
		for range 1 + random.IntN(4) {
			r.changeSome(t, random, accounts)
		}
		if round%3 == 2 {
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			r = start(t, Config{DataDir: dir})
		}
		touched, everything, revision := r.impactSince(t, since)
		is := r.decideAll(t, leads)
		if revision != is[0].GetVersions().GetRevision() {
			t.Fatalf("the answer is of revision %d", revision)
		}
		for i := range leads {
			named := everything != "" || was[i].GetReads()[0] != 1
			for _, c := range cellsOf(t, was[i].GetReads()[1:]) {
				named = named || touched[c] != ""
			}
			if !sameButRevision(was[i], is[i]) {
				if differ++; !named {
					t.Errorf("%v\nwas %v\nis  %v", leads[i], was[i], is[i])
				}
			}
			if !named {
				saved++
			}
		}
		was = is
	}
	if differ == 0 || saved == 0 {
		t.Errorf("%d outcomes differ, %d were saved", differ, saved)
	}
}

func (r *running) changeSome(t *testing.T, random *rand.Rand, accounts []*leadmatchv1.Account) {
	t.Helper()
	a := proto.CloneOf(accounts[random.IntN(len(accounts))])
	var err error
	switch random.IntN(6) {
	case 0:
		_, err = r.DeleteAccounts(t.Context(), &leadmatchv1.DeleteAccountsRequest{Ids: []string{a.GetId()}})
	case 1:
		a.OwnerId = fmt.Sprint("owner-", random.IntN(9))
		r.upsert(t, a)
	case 2:
		a.Name += " Holding"
		r.upsert(t, a)
	case 3:
		a.Id, a.Domains = "copy-"+a.GetId(), nil
		r.upsert(t, a)
	case 4:
		_, err = r.SetOverride(t.Context(), &leadmatchv1.SetOverrideRequest{Override: &leadmatchv1.Override{
			Action: leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORBID, AccountId: accounts[0].GetId(), Company: a.GetName(),
		}})
	case 5:
		r.upsert(t, a) // as it was at first, or is
	}
	if err != nil && !strings.Contains(err.Error(), "NotFound") {
		t.Fatal(err)
	}
}

// TestImpactOfEverything: a new set, a new policy.
func TestImpactOfEverything(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	first := r.upsert(t, acme())
	if touched, everything, _ := r.impactSince(t, first); len(touched) > 0 || everything != "" {
		t.Errorf("nothing has changed: %v, %q", touched, everything)
	}
	res, err := r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{RightPerWrong: 9}})
	if err != nil {
		t.Fatal(err)
	}
	if _, everything, _ := r.impactSince(t, first); !strings.Contains(everything, "policy was changed at revision 2") {
		t.Errorf("a new policy: %q", everything)
	}
	if _, everything, _ := r.impactSince(t, res.GetRevision()); everything != "" {
		t.Errorf("since then: %q", everything)
	}
	stream, err := r.ReplaceAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: []*leadmatchv1.Account{acme()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	if _, everything, _ := r.impactSince(t, res.GetRevision()); !strings.Contains(everything, "kept from revision 3 on only") {
		t.Errorf("a new set: %q", everything)
	}
	impact, err := r.GetImpact(t.Context(), &leadmatchv1.GetImpactRequest{SinceRevision: 99})
	if err == nil {
		_, err = impact.Recv()
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("a revision that is yet to come: %v", err)
	}
}
