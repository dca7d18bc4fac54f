package replica_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/backup"
	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/replica/memlog"
	"github.com/leadmatch/leadmatch/server/store"
)

var (
	walkSeed = flag.Uint64("walk.seed", 0, "seed of TestWalk; 0 is a random one")
	walkTime = flag.Duration("walk.time", 2*time.Second, "how long TestWalk changes things")
)

func TestMain(m *testing.M) {
	replica.SmallSteps()
	goleak.VerifyTestMain(m)
}

// states are those that replicas made visible, by revision: at one revision, all must show the same.
type states struct {
	mu    sync.Mutex // guards what follows
	seen  map[uint64]uint64
	again int // times that a revision was seen once more
}

// member is one replica.
type member struct {
	t      *testing.T
	dir    string
	user   *memlog.User
	states *states

	store   *store.Store
	replica *replica.Replica
	stop    func()

	shown  map[string]string // what is visible: accounts, overrides, the policy
	loaded bool
}

func newMember(t *testing.T, log *memlog.Log, s *states) *member {
	return &member{t: t, dir: filepath.Join(t.TempDir(), "data"), user: log.User(), states: s}
}

// start opens the store, follows the log to its end, loads what is visible, and goes on following.
func (m *member) start() {
	m.t.Helper()
	say := slog.New(slog.NewTextHandler(io.Discard, nil))
	var err error
	if m.store, err = store.Open(m.dir, &store.Options{MinFree: 1, Publish: m.publish}); err != nil {
		m.t.Fatal(err)
	}
	if m.replica, err = replica.Open(m.store, m.user, say); err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := m.replica.CatchUp(ctx, 0); err != nil {
		m.t.Fatal(err)
	}
	m.load()
	done := make(chan struct{})
	go func() {
		m.replica.Run(ctx)
		close(done)
	}()
	m.stop = func() {
		cancel()
		<-done
		if err := m.store.Close(); err != nil {
			m.t.Error(err)
		}
		m.loaded = false
	}
}

func (m *member) load() {
	v, err := m.store.View()
	if err != nil {
		m.t.Fatal(err)
	}
	defer v.Close()
	m.shown = map[string]string{}
	m.showAll(v)
	for o := range v.Overrides("") {
		m.shown["o"+o.GetId()] = o.String()
	}
	if p, err := v.Policy(); err == nil && p != nil {
		m.shown["p"] = p.String()
	}
	m.loaded = true
	m.note(v.State().GetRevision())
}

func (m *member) showAll(v *store.View) {
	maps.DeleteFunc(m.shown, func(key, _ string) bool { return key[0] == 'a' })
	for a, err := range v.Accounts("") {
		if err != nil {
			m.t.Error(err)
		}
		m.shown["a"+a.GetId()] = a.String()
	}
}

func (m *member) publish(commits []*store.Committed) {
	if !m.loaded {
		return
	}
	for _, c := range commits {
		if c.Replaced != nil {
			m.showAll(c.Replaced)
		}
		for _, a := range c.Upsert {
			m.shown["a"+a.GetId()] = a.String()
		}
		for _, id := range c.Delete {
			delete(m.shown, "a"+id)
		}
		for _, o := range c.SetOverrides {
			m.shown["o"+o.GetId()] = o.String()
		}
		for _, id := range c.DeleteOverrides {
			delete(m.shown, "o"+id)
		}
		if c.Policy != nil {
			m.shown["p"] = c.Policy.String()
		}
	}
	m.note(commits[len(commits)-1].Revision)
}

// note compares what is visible with what others showed at the revision.
func (m *member) note(revision uint64) {
	sum := fnv.New64()
	for _, key := range slices.Sorted(maps.Keys(m.shown)) {
		fmt.Fprintln(sum, key, m.shown[key])
	}
	m.states.mu.Lock()
	defer m.states.mu.Unlock()
	switch before, seen := m.states.seen[revision]; {
	case !seen:
		m.states.seen[revision] = sum.Sum64()
	case before != sum.Sum64():
		m.t.Errorf("revision %d is not the same on all replicas", revision)
	default:
		m.states.again++
	}
}

func (m *member) backup() []byte {
	v, err := m.store.View()
	if err != nil {
		m.t.Fatal(err)
	}
	defer v.Close()
	var b bytes.Buffer
	if err := v.Backup(&b); err != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

// reaches waits until a replica has all that is in the log.
func (m *member) reaches(log replica.Log) {
	m.t.Helper()
	last, err := log.Last(context.Background())
	if err != nil {
		m.t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); m.replica.Status().Applied < last; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			m.t.Fatalf("%+v does not reach %d", m.replica.Status(), last)
		}
	}
}

func account(id, owner string) *storev1.AccountRecord {
	return &storev1.AccountRecord{Id: id, Name: "Works of " + id, OwnerId: owner}
}

func commit(t *testing.T, m *member, b *store.Batch) store.Result {
	t.Helper()
	r, err := m.replica.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pair returns two replicas of one log.
func pair(t *testing.T) (one, two *member) {
	log, s := memlog.New(), &states{seen: map[uint64]uint64{}}
	one, two = newMember(t, log, s), newMember(t, log, s)
	for _, m := range []*member{one, two} {
		m.start()
		t.Cleanup(func() { m.stop() })
	}
	return one, two
}

// TestCommit holds what a replica does to what a store alone does.
func TestCommit(t *testing.T) {
	one, two := pair(t)
	r := commit(t, one, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "1"), account("b c.>*", "1")}})
	if r.Created != 2 || r.Updated != 0 || r.Revision != 2 {
		t.Errorf("%+v, want 2 created at 2", r)
	}
	r = commit(t, two, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "2"), account("d", "1")}})
	if r.Created != 1 || r.Updated != 1 {
		t.Errorf("%+v, want 1 created and 1 updated", r)
	}
	r = commit(t, one, &store.Batch{Delete: []string{"a", "none"}})
	if r.Deleted != 1 || !slices.Equal(r.Missing, []string{"none"}) {
		t.Errorf("%+v, want 1 deleted and 1 missing", r)
	}
	if r = commit(t, two, &store.Batch{Delete: []string{"none"}}); r.Deleted != 0 || len(r.Missing) != 1 {
		t.Errorf("%+v, want 1 missing", r)
	}
	r = commit(t, two, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "3")}})
	if r.Created != 1 {
		t.Errorf("%+v, want 1 created again", r)
	}
	refused := func(b *store.Batch, as any) {
		t.Helper()
		if _, err := two.replica.Commit(t.Context(), b); !errors.As(err, as) {
			t.Errorf("%v, want a %T", err, as)
		}
	}
	var notFound *store.NotFoundError
	var version *store.PolicyVersionError
	override := func() *storev1.OverrideRecord {
		return &storev1.OverrideRecord{Id: "x", Domain: "x.com", AccountId: "a"}
	}
	refused(&store.Batch{SetOverrides: []*storev1.OverrideRecord{override()}, NeedAccounts: []string{"none"}}, &notFound)
	refused(&store.Batch{DeleteOverrides: []string{"x"}}, &notFound)
	refused(&store.Batch{Policy: &storev1.PolicyRecord{}, PolicyVersion: 1}, &version)
	set := override()
	r = commit(t, one, &store.Batch{SetOverrides: []*storev1.OverrideRecord{set}, NeedAccounts: []string{"a"}})
	if set.GetRevision() != r.Revision || set.GetCreateTimeMs() == 0 {
		t.Errorf("%v, want revision %d and a time", set, r.Revision)
	}
	commit(t, two, &store.Batch{DeleteOverrides: []string{"x"}})
	commit(t, one, &store.Batch{SetOverrides: []*storev1.OverrideRecord{override()}})
	for want := uint64(1); want < 4; want++ {
		p := &storev1.PolicyRecord{Name: "p"}
		m := []*member{one, two}[want%2]
		commit(t, m, &store.Batch{Policy: p, PolicyVersion: want - 1})
		if p.GetVersion() != want {
			t.Errorf("version %d, want %d", p.GetVersion(), want)
		}
	}
	one.reaches(two.user)
	two.reaches(one.user)
	if !bytes.Equal(one.backup(), two.backup()) {
		t.Error("the replicas do not hold the same")
	}
}

// TestReplace replaces all accounts while others change them.
func TestReplace(t *testing.T) {
	one, two := pair(t)
	commit(t, one, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "1"), account("b", "1")}})
	first, err := one.replica.Replace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.replica.Replace(t.Context()); !errors.Is(err, store.ErrReplacing) {
		t.Errorf("a second replacement: %v", err)
	}
	second, err := two.replica.Replace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*replica.Replacement{first, second} {
		if err := p.Add([]*storev1.AccountRecord{account("b", "2"), account("c", "2"), account("b", "3")}); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, two, &store.Batch{Upsert: []*storev1.AccountRecord{account("z", "1")}})
	r, err := first.Commit(t.Context())
	if err != nil || r.Accounts != 2 || r.Deleted != 2 {
		t.Errorf("%+v, %v; want 2 accounts, 2 gone", r, err)
	}
	if _, err := second.Commit(t.Context()); !errors.Is(err, store.ErrReplacing) {
		t.Errorf("the later replacement: %v", err)
	}
	first.Discard()
	second.Discard()
	if got := commit(t, two, &store.Batch{Upsert: []*storev1.AccountRecord{account("d", "1"), account("b", "4")}}); got.Created != 1 || got.Updated != 1 {
		t.Errorf("%+v, want 1 created and 1 updated", got)
	}
	one.reaches(two.user)
	two.reaches(one.user)
	if accounts := one.store.State().GetAccounts(); accounts != 3 || !bytes.Equal(one.backup(), two.backup()) {
		t.Errorf("%d accounts, or not the same on both", accounts)
	}
}

// TestParted parts a replica from the log: it says so and refuses changes, and catches up afterwards, with what was removed
// meanwhile.
func TestParted(t *testing.T) {
	one, two := pair(t)
	commit(t, one, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "1"), account("b", "1")}})
	two.reaches(one.user)
	two.user.Part(true)
	for two.replica.Stale().IsZero() {
		time.Sleep(time.Millisecond)
	}
	if _, err := two.replica.Commit(t.Context(), &store.Batch{Delete: []string{"a"}}); !errors.Is(err, replica.ErrLog) {
		t.Errorf("a change by a parted replica: %v", err)
	}
	commit(t, one, &store.Batch{Delete: []string{"a"}})
	for range 5 {
		commit(t, one, &store.Batch{Upsert: []*storev1.AccountRecord{account("b", "2")}})
	}
	two.user.Part(false)
	two.reaches(one.user)
	if !bytes.Equal(one.backup(), two.backup()) || two.store.State().GetAccounts() != 1 {
		t.Error("the replicas do not hold the same")
	}
}

// TestOtherLog keeps a folder with what it followed.
func TestOtherLog(t *testing.T) {
	s := &states{seen: map[uint64]uint64{}}
	m := newMember(t, memlog.New(), s)
	m.start()
	commit(t, m, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "1")}})
	m.stop()
	again, err := store.Open(m.dir, &store.Options{MinFree: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := replica.Open(again, memlog.New().User(), nil); !errors.Is(err, store.ErrOtherLog) {
		t.Errorf("another log: %v", err)
	}
}

// TestSeed fills a log from a backup of a replica of another.
func TestSeed(t *testing.T) {
	one, _ := pair(t)
	commit(t, one, &store.Batch{Upsert: []*storev1.AccountRecord{account("a", "1"), account("b", "1")}})
	for want := range 3 {
		commit(t, one, &store.Batch{Policy: &storev1.PolicyRecord{Name: fmt.Sprint(want)}})
	}
	commit(t, one, &store.Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "x", Domain: "x.com", AccountId: "a"}}})
	whole := one.backup()
	log := memlog.New()
	if _, err := replica.Seed(t.Context(), log.User(), bytes.NewReader(whole[:len(whole)-1])); !errors.Is(err, backup.ErrBroken) {
		t.Errorf("half a backup: %v", err)
	}
	if _, err := replica.Seed(t.Context(), log.User(), bytes.NewReader(whole)); !errors.Is(err, store.ErrOtherLog) {
		t.Errorf("a log that was used: %v", err)
	}
	log = memlog.New()
	report, err := replica.Seed(t.Context(), log.User(), bytes.NewReader(whole))
	if err != nil || report.Accounts != 2 || report.Overrides != 1 || report.Policy != 3 {
		t.Fatalf("%+v, %v", report, err)
	}
	seeded := newMember(t, log, &states{seen: map[uint64]uint64{}})
	seeded.start()
	defer seeded.stop()
	v, err := seeded.store.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	former, err := v.FormerPolicies()
	if s := v.State(); err != nil || s.GetAccounts() != 2 || s.GetOverrides() != 1 || s.GetPolicyVersion() != 3 || len(former) != 2 {
		t.Errorf("%v, %d former policies, %v", s, len(former), err)
	}
	if a, err := v.Account("b"); err != nil || a.GetOwnerId() != "1" {
		t.Errorf("%v, %v", a, err)
	}
}
