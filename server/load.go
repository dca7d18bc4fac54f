package server

import (
	"cmp"
	"context"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/engine"
	"github.com/leadmatch/leadmatch/server/store"
)

// Garbage that may be left lying while the index is built is as much as what is in use, as always, but for big books, of
// which that would be gigabytes: for these it is about so many bytes, and not less than a tenth of the index.
const (
	garbageBytes   = 256 << 20
	accountBytes   = 256 // of an index, about
	leastGarbage   = 10  // percent of what is in use
	defaultGarbage = 100
)

// collectMore makes the garbage collector run as often as loading so many accounts asks for, and returns what ends that. An
// operator who asked for even more has it.
func collectMore(accounts uint64) (end func()) {
	percent := min(max(leastGarbage, int(100*garbageBytes/(accountBytes*max(1, accounts)))), defaultGarbage)
	before := debug.SetGCPercent(percent)
	if before < percent && before >= 0 {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// accountsOf yields the accounts that a view shows, as the engine takes them, until the context ends.
func accountsOf(ctx context.Context, v *store.View) iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		for accounts, err := range store.Scan(v, processors(), func(list []matcher.Account, r *storev1.AccountRecord) []matcher.Account {
			return append(list, engine.Account(r))
		}) {
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			for i := range accounts {
				if !yield(&accounts[i], nil) {
					return
				}
			}
		}
	}
}

// loading is a batch, and the account that is on its way into it.
type loading struct {
	batch   matcher.Batch
	account matcher.Account
}

// batchesOf yields the same in batches, which are used again: names are read where records are decoded.
func batchesOf(ctx context.Context, v *store.View) iter.Seq2[*matcher.Batch, error] {
	free := sync.Pool{New: func() any { return new(loading) }}
	gather := func(l *loading, r *storev1.AccountRecord) *loading {
		if l == nil {
			l = free.Get().(*loading)
		}
		engine.SetAccount(&l.account, r)
		l.batch.Add(&l.account)
		return l
	}
	return func(yield func(*matcher.Batch, error) bool) {
		for l, err := range store.Scan(v, processors(), gather) {
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if !yield(&l.batch, nil) {
				return
			}
			l.batch.Reset()
			free.Put(l)
		}
	}
}
