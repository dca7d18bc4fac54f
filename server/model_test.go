package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// modelled is a server, and what it must hold as maps that anybody can follow.
type modelled struct {
	*running
	t         *testing.T
	random    *rand.Rand
	dir       string
	accounts  map[string]string // id to owner
	overrides map[string]string // domain to account
	ids       map[string]string // domain to the override's id
	policy    uint64
	revision  uint64
}

const (
	modelIDs   = 12
	modelSteps = 120
)

func modelDomain(id string) string { return "model" + id + "works.com" }

func modelAccount(id, owner string) *leadmatchv1.Account {
	return &leadmatchv1.Account{Id: id, Name: "Model " + id + " Works Ltd", Domains: []string{modelDomain(id)}, OwnerId: owner}
}

// TestModel does random things to a server and to maps, through restarts, and compares after each.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := &modelled{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), accounts: map[string]string{},
		overrides: map[string]string{}, ids: map[string]string{},
	}
	m.running = start(t, Config{DataDir: m.dir})
	steps := []func(){m.upsert, m.upsert, m.upsert, m.delete, m.replace, m.setOverride, m.setOverride, m.deleteOverride, m.setPolicy, m.restart, m.backUp}
	for range modelSteps {
		steps[m.random.IntN(len(steps))]()
		m.compare()
	}
}

func (m *modelled) id() string { return fmt.Sprintf("%02d", m.random.IntN(modelIDs)) }

// some returns accounts with new owners, and their owners by id.
func (m *modelled) some() (list []*leadmatchv1.Account, owners map[string]string) {
	owners = map[string]string{}
	for range 1 + m.random.IntN(5) {
		owners[m.id()] = fmt.Sprint("owner-", m.random.Uint32())
	}
	for _, id := range slices.Sorted(maps.Keys(owners)) {
		list = append(list, modelAccount(id, owners[id]))
	}
	return list, owners
}

func (m *modelled) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *modelled) upsert() {
	list, owners := m.some()
	maps.Copy(m.accounts, owners)
	m.revision++
	if got := m.running.upsert(m.t, list...); got != m.revision {
		m.t.Fatalf("revision %d, want %d", got, m.revision)
	}
}

func (m *modelled) delete() {
	id := m.id()
	res, err := m.DeleteAccounts(m.t.Context(), &leadmatchv1.DeleteAccountsRequest{Ids: []string{id}})
	m.must(err)
	_, there := m.accounts[id]
	delete(m.accounts, id)
	m.revision++
	if (res.GetDeleted() == 1) != there || (len(res.GetMissingIds()) == 0) != there {
		m.t.Fatalf("deleting %s: %v, there: %v", id, res, there)
	}
}

func (m *modelled) replace() {
	list, owners := m.some()
	stream, err := m.ReplaceAccounts(m.t.Context())
	m.must(err)
	for _, a := range list {
		m.must(stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: []*leadmatchv1.Account{a}}))
	}
	_, err = stream.CloseAndRecv()
	m.must(err)
	m.accounts = owners
	m.revision++
}

func (m *modelled) setOverride() {
	id, domain := m.id(), modelDomain(m.id())
	res, err := m.SetOverride(m.t.Context(), &leadmatchv1.SetOverrideRequest{
		Override: &leadmatchv1.Override{Action: force, AccountId: id, Domain: domain},
	})
	if _, there := m.accounts[id]; (err == nil) != there {
		m.t.Fatalf("forcing %s to %s: %v, there: %v", domain, id, err, there)
	} else if there {
		m.overrides[domain], m.ids[domain] = id, res.GetOverride().GetId()
		m.revision++
	}
}

func (m *modelled) deleteOverride() {
	for domain, id := range m.ids { // any one
		_, err := m.DeleteOverride(m.t.Context(), &leadmatchv1.DeleteOverrideRequest{Id: id})
		m.must(err)
		delete(m.ids, domain)
		delete(m.overrides, domain)
		m.revision++
		return
	}
}

func (m *modelled) setPolicy() {
	res, err := m.SetPolicy(m.t.Context(), &leadmatchv1.SetPolicyRequest{
		Policy: &leadmatchv1.Policy{RightPerWrong: float64(1 + m.random.IntN(100))}, ExpectedVersion: m.policy,
	})
	m.must(err)
	m.policy++
	m.revision++
	if res.GetVersion() != m.policy {
		m.t.Fatalf("%v, want version %d", res, m.policy)
	}
}

func (m *modelled) restart() {
	m.must(m.stop())
	m.running = start(m.t, Config{DataDir: m.dir})
}

// backUp takes a backup while a writer writes, and goes on with a server that is restored from it.
func (m *modelled) backUp() {
	revision := m.revision
	var backup bytes.Buffer
	stream, err := m.Backup(m.t.Context(), &leadmatchv1.BackupRequest{})
	m.must(err)
	for {
		res, err := stream.Recv()
		if err == io.EOF {
			break
		}
		m.must(err)
		if backup.Len() == 0 { // the revision of the backup is settled
			m.running.upsert(m.t, modelAccount("later", "nobody"))
		}
		backup.Write(res.GetChunk())
	}
	m.must(m.stop())
	m.dir = m.t.TempDir()
	report, err := Restore(m.dir, &backup, slog.New(slog.DiscardHandler))
	m.must(err)
	if report.Revision != revision {
		m.t.Fatalf("the backup is of revision %d, want %d", report.Revision, revision)
	}
	m.running = start(m.t, Config{DataDir: m.dir})
}

// compare asks for everything, and for what some lead is matched to.
func (m *modelled) compare() {
	m.t.Helper()
	have := map[string]string{}
	page, err := m.ListAccounts(m.t.Context(), &leadmatchv1.ListAccountsRequest{})
	m.must(err)
	for _, a := range page.GetAccounts() {
		have[a.GetId()] = a.GetOwnerId()
	}
	if !maps.Equal(have, m.accounts) {
		m.t.Fatalf("accounts are %v, want %v", have, m.accounts)
	}
	list, err := m.ListOverrides(m.t.Context(), &leadmatchv1.ListOverridesRequest{})
	m.must(err)
	overrides := map[string]string{}
	for _, o := range list.GetOverrides() {
		overrides[o.GetDomain()] = o.GetAccountId()
	}
	if !maps.Equal(overrides, m.overrides) {
		m.t.Fatalf("overrides are %v, want %v", overrides, m.overrides)
	}
	status, err := m.GetStatus(m.t.Context(), &leadmatchv1.GetStatusRequest{})
	m.must(err)
	if v := status.GetVersions(); status.GetAccounts() != uint64(len(m.accounts)) || v.GetRevision() != m.revision || v.GetPolicy() != m.policy {
		m.t.Fatalf("%v, want %d accounts, revision %d, policy %d", status, len(m.accounts), m.revision, m.policy)
	}
	m.compareMatch(m.id())
}

// compareMatch holds a lead of an account's name and domain to the account, or to what its domain is forced to.
func (m *modelled) compareMatch(id string) {
	m.t.Helper()
	a := modelAccount(id, "")
	out := m.match(m.t, &leadmatchv1.Lead{Company: a.GetName(), Website: a.GetDomains()[0]})
	want := ""
	if _, there := m.accounts[id]; there {
		want = id
	}
	forced, isForced := m.overrides[a.GetDomains()[0]]
	if _, there := m.accounts[forced]; isForced && there {
		want = forced
	}
	if out.GetAccountId() != want || out.GetOwnerId() != m.accounts[want] {
		m.t.Fatalf("the lead of %s (forced to %q) goes to %q of %q, want %q of %q", id, forced, out.GetAccountId(),
			out.GetOwnerId(), want, m.accounts[want])
	}
}
