package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// TestGroupCommit lets many writers write at once: every batch gets a revision of its own, batches are published once,
// in order and before they are acknowledged, and several go into one commit.
func TestGroupCommit(t *testing.T) {
	const writers, batches = 16, 20
	var visible atomic.Uint64
	var groups int // the publisher's
	opts := testOptions()
	opts.Publish = func(commits []*Committed) {
		groups++
		for _, c := range commits {
			if c.Revision != visible.Load()+1 {
				t.Errorf("revision %d was published after %d", c.Revision, visible.Load())
			}
			visible.Store(c.Revision)
		}
	}
	dir := t.TempDir()
	s, err := Open(dir, opts)
	check(t, err)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range batches {
				r, err := s.Commit(context.Background(), &Batch{Upsert: []*storev1.AccountRecord{
					account(fmt.Sprintf("w%02d-%03d-a", w, i), "x"), account(fmt.Sprintf("w%02d-%03d-b", w, i), "x"),
				}})
				if err != nil || r.Created != 2 || visible.Load() < r.Revision {
					t.Errorf("writer %d: %+v, %v, visible %d", w, r, err, visible.Load())
				}
			}
		})
	}
	all.Wait()
	check(t, s.Close())
	if groups >= writers*batches {
		t.Errorf("%d batches took %d commits", writers*batches, groups)
	}
	report, err := Verify(dir, testOptions())
	if want := (Report{Revision: writers * batches, Accounts: 2 * writers * batches}); err != nil || report != want {
		t.Fatalf("%+v, %v, want %+v", report, err, want)
	}
}

// TestARefusedBatchLeavesItsGroupAlone mixes batches that are refused with some that are not.
func TestARefusedBatchLeavesItsGroupAlone(t *testing.T) {
	s := testStore(t, t.TempDir())
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			b := &Batch{Upsert: []*storev1.AccountRecord{account(fmt.Sprint("id-", i), "x")}}
			if i%2 == 0 {
				b.NeedAccounts = []string{"missing"}
			}
			if _, err := s.Commit(t.Context(), b); (err != nil) != (i%2 == 0) {
				t.Errorf("batch %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if got := s.State(); got.GetAccounts() != 20 || got.GetRevision() != 20 {
		t.Fatalf("%v", got)
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	s := testStore(t, t.TempDir())
	big := account("big", strings.Repeat("x", maxTransactionBytes))
	if _, err := s.Commit(t.Context(), &Batch{Upsert: []*storev1.AccountRecord{big}}); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("error %v, want ErrTooLarge", err)
	}
	policy := &storev1.PolicyRecord{Name: strings.Repeat("x", inlineBytes)}
	if _, err := s.Commit(t.Context(), &Batch{Policy: policy}); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("error %v, want ErrTooLarge", err)
	}
	// The largest that a message can bring fits: a thousand accounts in four megabytes.
	many := accounts(1_000, strings.Repeat("x", 4<<10))
	commit(t, s, &Batch{Upsert: many})
}

func TestFullDiskRefusesWritesUntilThereIsSpace(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 30)
	opts := testOptions()
	opts.MinFree, opts.free = 1<<20, func(string) (uint64, error) { return free.Load(), nil }
	s, err := Open(t.TempDir(), opts)
	check(t, err)
	defer closeStore(t, s)
	commit(t, s, &Batch{Upsert: accounts(3, "x")})
	free.Store(1<<20 - 1)
	if _, err := s.Commit(t.Context(), &Batch{Upsert: accounts(4, "x")}); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("error %v, want ErrNoSpace", err)
	}
	if n := len(contents(t, s)); n != 4 {
		t.Fatalf("%d records while the disk is full", n)
	}
	free.Store(1 << 20)
	commit(t, s, &Batch{Upsert: accounts(4, "x")})
}

// TestFailureStopsWrites breaks the marker: what is on disk is then not known, so nothing more may be acknowledged.
func TestFailureStopsWrites(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, testOptions())
	check(t, err)
	commit(t, s, &Batch{Upsert: accounts(3, "x")})
	check(t, s.marker.close())
	for range 2 {
		if _, err := s.Commit(t.Context(), &Batch{Upsert: accounts(5, "x")}); !errors.Is(err, ErrFailed) {
			t.Fatalf("error %v, want ErrFailed", err)
		}
	}
	if n := len(contents(t, s)); n < 3 {
		t.Fatalf("%d records can be read", n)
	}
	if err := s.Close(); err == nil {
		t.Fatal("closing the marker twice is not an error")
	}
	if _, err := Verify(dir, testOptions()); err != nil {
		t.Fatal(err)
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	s := testStore(t, t.TempDir())
	closeStore(t, s)
	_, commitErr := s.Commit(t.Context(), &Batch{})
	_, viewErr := s.View()
	_, replaceErr := s.Replace()
	for _, err := range []error{commitErr, viewErr, replaceErr} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
	}
}

func TestCloseWaitsForWhatWasGivenUp(t *testing.T) {
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	release := make(chan struct{})
	opts := testOptions()
	opts.Publish = func([]*Committed) {
		giveUp()
		<-release
	}
	dir := t.TempDir()
	s, err := Open(dir, opts)
	check(t, err)
	if _, err := s.Commit(ctx, &Batch{Upsert: accounts(3, "x")}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if s.Pending() != 1 {
		t.Fatalf("%d changes are pending, want 1", s.Pending())
	}
	close(release)
	closeStore(t, s)
	if report, err := Verify(dir, testOptions()); err != nil || report.Accounts != 3 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestViewDoesNotChange(t *testing.T) {
	s := testStore(t, t.TempDir())
	commit(t, s, &Batch{Upsert: accounts(5, "old")})
	v, err := s.View()
	check(t, err)
	defer v.Close()
	commit(t, s, &Batch{Upsert: accounts(8, "new"), Delete: nil})
	commit(t, s, &Batch{Delete: []string{"id-000000"}})
	n := 0
	for a, err := range v.Accounts("") {
		if err != nil || a.GetName() != "old" {
			t.Fatalf("%v, %v", a, err)
		}
		n++
	}
	if n != 5 || v.State().GetRevision() != 1 {
		t.Fatalf("%d accounts at revision %d", n, v.State().GetRevision())
	}
	if _, err := v.Account("missing"); !errors.As(err, new(*NotFoundError)) {
		t.Fatalf("error %v", err)
	}
}

func TestAccountsGoOnAfterAnID(t *testing.T) {
	s := testStore(t, t.TempDir())
	ids := []string{"a", "a\x01", "aa", "b", "b b", "ü"}
	for _, id := range ids {
		commit(t, s, &Batch{Upsert: []*storev1.AccountRecord{account(id, "x")}})
	}
	v, err := s.View()
	check(t, err)
	defer v.Close()
	for i := range ids {
		var got []string
		for a, err := range v.Accounts(ids[i]) {
			check(t, err)
			got = append(got, a.GetId())
		}
		if !slices.Equal(got, ids[i+1:]) {
			t.Errorf("after %q: %q, want %q", ids[i], got, ids[i+1:])
		}
	}
}

// TestRandomOperations holds the store to a map, through reopening and replacing.
func TestRandomOperations(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := testStore(t, dir)
	want := map[string]string{}
	someAccounts := func() (out []*storev1.AccountRecord) {
		for _, i := range random.Perm(30)[:1+random.IntN(8)] {
			out = append(out, account(fmt.Sprint("id-", i), fmt.Sprint("name ", random.IntN(1000))))
		}
		return out
	}
	for range 150 {
		switch random.IntN(10) {
		default:
			b := &Batch{Upsert: someAccounts()}
			for _, a := range b.Upsert {
				want[a.GetId()] = a.GetName()
			}
			commit(t, s, b)
		case 0, 1, 2:
			id := fmt.Sprint("id-", random.IntN(30))
			_, there := want[id]
			delete(want, id)
			if r := commit(t, s, &Batch{Delete: []string{id}}); (r.Deleted == 1) != there {
				t.Fatalf("deleting %s: %+v, there: %v", id, r, there)
			}
		case 3:
			want = replaceAll(t, s, someAccounts(), want)
		case 4:
			closeStore(t, s)
			s = testStore(t, dir)
		}
		have := map[string]string{}
		v, err := s.View()
		check(t, err)
		for names, err := range Scan(v, 2, func(names [][2]string, a *storev1.AccountRecord) [][2]string {
			return append(names, [2]string{a.GetId(), a.GetName()})
		}) {
			check(t, err)
			for _, a := range names {
				have[a[0]] = a[1]
			}
		}
		v.Close()
		sameContents(t, want, have)
	}
}

// replaceAll replaces the accounts, sometimes after an attempt that is given up, and returns what is there then.
func replaceAll(t *testing.T, s *Store, set []*storev1.AccountRecord, old map[string]string) map[string]string {
	t.Helper()
	given, err := s.Replace()
	check(t, err)
	check(t, given.Add(accounts(3, "given up")))
	given.Discard()
	r, err := s.Replace()
	check(t, err)
	defer r.Discard()
	check(t, r.Add(set))
	got, err := r.Commit(t.Context())
	check(t, err)
	fresh, gone := map[string]string{}, uint64(len(old))
	for _, a := range set {
		fresh[a.GetId()] = a.GetName()
		if _, kept := old[a.GetId()]; kept {
			gone--
		}
	}
	if got.Accounts != uint64(len(set)) || got.Deleted != gone {
		t.Fatalf("%+v, want %d accounts and %d deleted", got, len(set), gone)
	}
	return fresh
}

// TestLeftOversAreRemoved looks at Badger's keys after replacements, finished or not, and a restart.
func TestLeftOversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	commit(t, s, &Batch{Upsert: accounts(20, "old")})
	replaceAll(t, s, accounts(5, "new"), nameByID(accounts(20, "old")))
	r, err := s.Replace()
	check(t, err)
	check(t, r.Add(accounts(7, "not finished")))
	waitForKeys(t, s, 5+7)
	r.store.leave() // as a kill would: neither committed nor discarded
	closeStore(t, s)
	s = testStore(t, dir)
	waitForKeys(t, s, 5)
	if s.nextGeneration <= s.State().GetGeneration() {
		t.Fatalf("generation %d could be written into again", s.nextGeneration)
	}
}

// TestReplaceOutlivesItsCaller ends the caller's context while the switch is under way: the new set must not be taken
// for a left-over.
func TestReplaceOutlivesItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := testOptions()
	opts.Publish = func([]*Committed) {
		cancel()
		time.Sleep(20 * time.Millisecond)
	}
	s, err := Open(t.TempDir(), opts)
	check(t, err)
	defer closeStore(t, s)
	r, err := s.Replace()
	check(t, err)
	check(t, r.Add(accounts(5, "new")))
	if got, err := r.Commit(ctx); err != nil || got.Accounts != 5 {
		t.Fatalf("%+v, %v", got, err)
	}
	r.Discard()
	waitForKeys(t, s, 5)
	late, err := s.Replace()
	check(t, err)
	defer late.Discard()
	if _, err := late.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

func waitForKeys(t *testing.T, s *Store, want int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for have := -1; have != want; time.Sleep(time.Millisecond) {
		v, err := s.View()
		check(t, err)
		have = 0
		for range v.items([]byte(keyAccount), "") {
			have++
		}
		v.Close()
		if time.Now().After(deadline) {
			t.Fatalf("%d keys, want %d", have, want)
		}
	}
}

func nameByID(accounts []*storev1.AccountRecord) map[string]string {
	out := map[string]string{}
	for _, a := range accounts {
		out[a.GetId()] = a.GetName()
	}
	return out
}

// BenchmarkCommit stores batches of one account from several writers at once: the more of them, the fewer syncs each.
func BenchmarkCommit(b *testing.B) {
	for _, each := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", each*runtime.GOMAXPROCS(0)), func(b *testing.B) {
			s, err := Open(b.TempDir(), testOptions())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var next atomic.Int64
			b.SetParallelism(each)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					a := account(fmt.Sprintf("id-%06d", next.Add(1)), "Some Company Ltd")
					if _, err := s.Commit(context.Background(), &Batch{Upsert: []*storev1.AccountRecord{a}}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
