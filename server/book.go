package server

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/server/store"
)

// book keeps store and index in step: a change is written to the store, then made visible in the index, in the order of
// the revisions, and only then acknowledged.
type book struct {
	store   *store.Store
	index   *matcher.Index
	log     *slog.Logger
	maxWait time.Duration

	loadTime time.Duration // how long loading the index took

	mu    sync.Mutex
	moved chan struct{} // closed, and replaced, when the index has moved on
}

// openBook opens the store and builds the index from it.
func openBook(ctx context.Context, cfg Config, log *slog.Logger) (*book, error) {
	b := &book{index: matcher.New(nil), log: log, maxWait: cfg.MaxWait, moved: make(chan struct{})}
	var err error
	b.store, err = store.Open(cfg.DataDir, &store.Options{Publish: b.publish, MinFree: cfg.MinFreeBytes, Log: log})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", cfg.DataDir, err)
	}
	begin := time.Now()
	if err := b.load(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("loading %s: %w", cfg.DataDir, err)
	}
	b.loadTime = time.Since(begin)
	return b, nil
}

// close ends the background work and closes the store, after the last call that uses the book.
func (b *book) close() error {
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
		first.SetOverrides = append(first.SetOverrides, engineOverride(r))
	}
	r, err := v.Policy()
	if err != nil {
		return err
	}
	if r != nil {
		first.Policy = enginePolicy(r)
		if wrong := first.Policy.Check(); len(wrong) > 0 {
			return fmt.Errorf("the policy that is stored is not valid for this version of leadmatchd: %w", wrong[0])
		}
	}
	b.index.Apply(first)
	return b.replace(ctx, v)
}

// replace makes the accounts that the view shows the index's.
func (b *book) replace(ctx context.Context, v *store.View) error {
	return b.index.Replace(v.State().GetRevision(), accountsOf(ctx, v))
}

// publish makes commits visible. The store calls it in the order of the revisions.
func (b *book) publish(commits []*store.Committed) {
	for _, c := range commits {
		if c.Replaced == nil {
			b.index.Apply(changesOf(c))
			continue
		}
		if err := b.replace(context.Background(), c.Replaced); err != nil {
			// The new set is on disk, and was readable a moment ago. What is served from here on is neither set.
			b.log.Error("the accounts that were replaced cannot be read back; ending", "cause", err)
			panic(fmt.Errorf("the index cannot follow the store: %w", err))
		}
	}
	b.mu.Lock()
	close(b.moved)
	b.moved = make(chan struct{})
	b.mu.Unlock()
}

func changesOf(c *store.Committed) matcher.Changes {
	out := matcher.Changes{Revision: c.Revision, Delete: c.Delete, DeleteOverrides: c.DeleteOverrides}
	if len(c.Upsert) > 0 {
		out.Upsert = make([]matcher.Account, len(c.Upsert))
		for i, r := range c.Upsert {
			out.Upsert[i] = engineAccount(r)
		}
	}
	for _, r := range c.SetOverrides {
		out.SetOverrides = append(out.SetOverrides, engineOverride(r))
	}
	if c.Policy != nil {
		out.Policy = enginePolicy(c.Policy)
	}
	return out
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
	return min(b.maxWait, left-min(left/10, 20*time.Millisecond))
}
