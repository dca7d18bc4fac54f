package server

import (
	"context"
	"iter"
	"runtime/debug"

	"github.com/leadmatch/leadmatch/matcher"
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
		var account matcher.Account // one for all: the engine keeps none of it
		for a, err := range store.Scan(v, processors(), engine.Account) {
			if err == nil {
				err = ctx.Err()
			}
			if account = a; !yield(&account, err) || err != nil {
				return
			}
		}
	}
}
