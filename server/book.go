package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/engine"
	"github.com/leadmatch/leadmatch/server/store"
)

// book keeps store and index in step: a change is written to the store, then made visible in the index, in the order of
// the revisions, and only then acknowledged.
type book struct {
	store   *store.Store
	writes  writes
	index   *matcher.Index
	log     *slog.Logger
	maxWait time.Duration

	following *follower // nil: there is no log
	loaded    bool      // what is stored from now on has to become visible; the publisher's, once the log is followed

	counters *counters
	loadTime time.Duration // how long loading the index took

	mu    sync.Mutex
	moved chan struct{} // closed, and replaced, when the index has moved on
}

// openBook opens the store and builds the index from it.
func openBook(ctx context.Context, cfg Config, log *slog.Logger, counters *counters) (*book, error) {
	b := &book{index: matcher.New(nil), log: log, counters: counters, maxWait: cfg.MaxWait, moved: make(chan struct{})}
	var err error
	b.store, err = store.Open(cfg.DataDir, &store.Options{Publish: b.publish, Stored: counters.commits.Observe, MinFree: cfg.MinFreeBytes, Log: log})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", cfg.DataDir, err)
	}
	b.writes = alone{b.store}
	if err := b.step(ctx, cfg); err != nil {
		return nil, errors.Join(err, b.close())
	}
	begin := time.Now()
	if err := b.load(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("loading %s: %w", cfg.DataDir, err)
	}
	b.loadTime, b.loaded = time.Since(begin), true
	if b.following != nil {
		b.following.start()
	}
	return b, nil
}

// step brings the store up to the end of the log that it is to follow, if there is one.
func (b *book) step(ctx context.Context, cfg Config) error {
	if cfg.Log != "" {
		return b.follow(ctx, cfg)
	}
	if log := b.store.State().GetLog(); log != "" {
		return fmt.Errorf("%w: %s follows the log %s; say where that is (--log), or restore a backup of it, which is then a folder "+
			"of its own", store.ErrOtherLog, cfg.DataDir, log)
	}
	return nil
}

// close ends the background work and closes the store, after the last call that uses the book.
func (b *book) close() error {
	b.following.close()
	err := b.store.Close()
	b.index.Close()
	return err
}

// load brings policy, overrides and accounts into the index.
func (b *book) load(ctx context.Context) error {
	v, err := b.store.View()
	if err != nil {
		return err
	}
	defer v.Close()
	first := matcher.Changes{}
	for r, err := range v.Overrides("") {
		if err != nil {
			return err
		}
		first.SetOverrides = append(first.SetOverrides, engine.Override(r))
	}
	r, err := v.Policy()
	if err != nil {
		return err
	}
	if r != nil {
		first.Policy = engine.Policy(r)
		if wrong := first.Policy.Check(); len(wrong) > 0 {
			return fmt.Errorf("the policy that is stored is not valid for this version of leadmatchd: %w", wrong[0])
		}
	}
	b.index.Apply(first)
	state := v.State()
	defer collectMore(state.GetAccounts())()
	return b.index.Load(state.GetRevision(), int(state.GetAccounts()), batchesOf(ctx, v))
}

// publish makes commits visible. The store calls it in the order of the revisions. Batches that were committed together
// become visible together, so that many small writers cost one step of the index.
func (b *book) publish(commits []*store.Committed) {
	if !b.loaded {
		return // the index is loaded afterwards
	}
	begin := time.Now()
	defer func() { b.counters.applied.Observe(time.Since(begin)) }()
	if replaced := commits[len(commits)-1].Replaced; replaced != nil {
		if err := b.index.ReplaceWith(changesOf(commits), accountsOf(context.Background(), replaced)); err != nil {
			// The new set is on disk and was readable a moment ago. To serve on would be to serve neither set; on the
			// next start either all of it can be read, or the start says what cannot.
			panic(fmt.Errorf("the index cannot follow the store: %w", err))
		}
	} else {
		b.index.Apply(changesOf(commits))
	}
	b.mu.Lock()
	close(b.moved)
	b.moved = make(chan struct{})
	b.mu.Unlock()
}

// changesOf makes one step of several: of what is changed more than once, the last change counts.
func changesOf(commits []*store.Committed) matcher.Changes {
	out := matcher.Changes{Revision: commits[len(commits)-1].Revision}
	accounts, overrides := map[string]*storev1.AccountRecord{}, map[string]*storev1.OverrideRecord{} // nil: deleted
	for _, c := range commits {
		for _, r := range c.Upsert {
			accounts[r.GetId()] = r
		}
		for _, id := range c.Delete {
			accounts[id] = nil
		}
		for _, r := range c.SetOverrides {
			overrides[r.GetId()] = r
		}
		for _, id := range c.DeleteOverrides {
			overrides[id] = nil
		}
		if c.Policy != nil {
			out.Policy = engine.Policy(c.Policy)
		}
	}
	out.Upsert, out.Delete = split(accounts, engine.Account)
	out.SetOverrides, out.DeleteOverrides = split(overrides, engine.Override)
	return out
}

// split returns what was set and what was deleted, each in order of id: the index is to be the same whenever the changes
// are.
func split[R any, E any](changed map[string]*R, convert func(*R) E) (set []E, deleted []string) {
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		if r := changed[id]; r != nil {
			set = append(set, convert(r))
		} else {
			deleted = append(deleted, id)
		}
	}
	return set, deleted
}

// snapshot returns the newest state that is at least at the revision. It waits for it, a little less long than the
// caller does, so that the answer still arrives.
func (b *book) snapshot(ctx context.Context, least uint64) (*matcher.Snapshot, error) {
	snap := b.index.Snapshot()
	if least == 0 || snap.Versions().Revision >= least {
		return snap, nil
	}
	timer := time.NewTimer(b.patience(ctx))
	defer timer.Stop()
	for {
		b.mu.Lock()
		moved := b.moved
		b.mu.Unlock()
		if snap = b.index.Snapshot(); snap.Versions().Revision >= least {
			return snap, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			have := snap.Versions().Revision
			return nil, status.Errorf(codes.FailedPrecondition,
				"options.min_revision is %d, this server is at %d: %d behind", least, have, least-have)
		}
	}
}

// patience is how long a call may wait for a revision.
func (b *book) patience(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return b.maxWait
	}
	left := time.Until(deadline)
	return min(b.maxWait, left-min(left/5, 250*time.Millisecond))
}
