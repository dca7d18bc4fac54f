package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testStore opens a store that is closed at the end of the test.
func testStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func testOptions() *Options {
	return &Options{MinFree: 1, sweepDelay: time.Millisecond, now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }}
}

func closeStore(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func account(id, name string) *storev1.AccountRecord {
	return &storev1.AccountRecord{Id: id, Name: name, Domains: []string{id + ".example"}, Labels: map[string]string{"k": "v"}}
}

func accounts(n int, name string) []*storev1.AccountRecord {
	out := make([]*storev1.AccountRecord, n)
	for i := range out {
		out[i] = account(fmt.Sprintf("id-%06d", i), name)
	}
	return out
}

func commit(t *testing.T, s *Store, b *Batch) Result {
	t.Helper()
	r, err := s.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// contents returns all that the store holds, as text by id.
func contents(t *testing.T, s *Store) map[string]string {
	t.Helper()
	v, err := s.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	out := map[string]string{}
	add := func(kind, id string, m proto.Message, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		text, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out[kind+id] = string(text)
	}
	for a, err := range v.Accounts("") {
		add("account ", a.GetId(), a, err)
	}
	for o, err := range v.Overrides("") {
		add("override ", o.GetId(), o, err)
	}
	p, err := v.Policy()
	add("policy", "", p, err)
	former, err := v.FormerPolicies()
	for _, p := range former {
		add("former policy ", p.GetName(), p, nil)
	}
	check(t, err)
	return out
}

func sameContents(t *testing.T, want, have map[string]string) {
	t.Helper()
	if len(want) != len(have) {
		t.Fatalf("%d records, want %d", len(have), len(want))
	}
	for k := range want {
		if want[k] != have[k] {
			t.Fatalf("%s is %q, want %q", k, have[k], want[k])
		}
	}
}

func TestWriteAndReopen(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	r := commit(t, s, &Batch{Upsert: accounts(3, "one")})
	if r.Revision != 1 || r.Created != 3 || r.Updated != 0 {
		t.Fatalf("first batch: %+v", r)
	}
	r = commit(t, s, &Batch{Upsert: accounts(4, "two"), Delete: []string{"id-000001", "gone"}})
	if r.Revision != 2 || r.Created != 1 || r.Updated != 3 || r.Deleted != 1 || len(r.Missing) != 1 {
		t.Fatalf("second batch: %+v", r)
	}
	commit(t, s, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o1", AccountId: "id-000000"}}})
	commit(t, s, &Batch{Policy: &storev1.PolicyRecord{Name: "p"}})
	want := contents(t, s)
	if len(want) != 3+1+1 {
		t.Fatalf("%d records", len(want))
	}
	closeStore(t, s)

	s = testStore(t, dir)
	sameContents(t, want, contents(t, s))
	if got := s.State(); got.GetRevision() != 4 || got.GetAccounts() != 3 || got.GetOverrides() != 1 ||
		got.GetPolicyVersion() != 1 {
		t.Fatalf("state after reopening: %v", got)
	}
}

func TestRefusedBatchChangesNothing(t *testing.T) {
	s := testStore(t, t.TempDir())
	commit(t, s, &Batch{Upsert: accounts(2, "one")})
	want, state := contents(t, s), s.State()
	f := func(b *Batch, target any) {
		t.Helper()
		_, err := s.Commit(t.Context(), b)
		if err == nil || !errors.As(err, target) {
			t.Fatalf("error %v, want %T", err, target)
		}
		sameContents(t, want, contents(t, s))
		if s.State() != state {
			t.Fatalf("state is %v, want %v", s.State(), state)
		}
	}
	more := []*storev1.AccountRecord{account("x", "x")}
	f(&Batch{Upsert: more, NeedAccounts: []string{"missing"}}, new(*NotFoundError))
	f(&Batch{Upsert: more, DeleteOverrides: []string{"missing"}}, new(*NotFoundError))
	f(&Batch{Upsert: more, Policy: &storev1.PolicyRecord{}, PolicyVersion: 7}, new(*PolicyVersionError))
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	commit(t, s, &Batch{Upsert: accounts(10, "old")})
	r, err := s.Replace()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Discard()
	if _, err := s.Replace(); !errors.Is(err, ErrReplacing) {
		t.Fatalf("a second replacement: %v", err)
	}
	fresh := append(accounts(7, "new")[2:], account("zzz", "new"))
	for _, part := range [][]*storev1.AccountRecord{fresh, fresh[:2]} {
		if err := r.Add(part); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(contents(t, s)); n != 11 {
		t.Fatalf("%d records before the switch", n)
	}
	got, err := r.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got != (Replaced{Revision: 2, Accounts: 6, Deleted: 5}) {
		t.Fatalf("replaced: %+v", got)
	}
	r.Discard()
	want := contents(t, s)
	if len(want) != 7 {
		t.Fatalf("%d records after the switch", len(want))
	}
	closeStore(t, s)
	s = testStore(t, dir)
	sameContents(t, want, contents(t, s))
	v, err := s.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if a, err := v.Account("zzz"); err != nil || a.GetRevision() != 2 {
		t.Fatalf("account of the new set: %v, %v", a, err)
	}
}

// TestDiskBytes looks for what was written, and for no holes in what was not.
func TestDiskBytes(t *testing.T) {
	s := testStore(t, t.TempDir())
	before := s.DiskBytes()
	const written = 4000 * 300
	for range 4 {
		commit(t, s, &Batch{Upsert: accounts(1000, strings.Repeat("x", 300))})
	}
	if grown := s.DiskBytes() - before; grown < written || grown > 4*written {
		t.Errorf("%d bytes, then %d", before, grown)
	}
}

// valueLogHead is what a value log has without a value, in bytes.
const valueLogHead = 20

// TestValueLogStaysEmpty overwrites everything again and again: were values in the value log, their space would come
// back only by collecting it, which nobody does.
func TestValueLogStaysEmpty(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	for i := range 30 {
		commit(t, s, &Batch{Upsert: accounts(1000, fmt.Sprint("name ", i, strings.Repeat("x", 300)))})
	}
	closeStore(t, s)
	for _, file := range names(t, dir, valuesEnding) {
		info, err := os.Stat(file)
		check(t, err)
		if info.Size() > valueLogHead {
			t.Errorf("%s has %d bytes", file, info.Size())
		}
	}
}
