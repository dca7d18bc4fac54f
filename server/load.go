package server

import (
	"context"
	"iter"
	"runtime"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/server/store"
)

// accountsOf yields the accounts that a view shows, as the engine takes them, until the context ends.
func accountsOf(ctx context.Context, v *store.View) iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		var account matcher.Account // one for all: the engine keeps none of it
		for a, err := range store.Scan(v, loadWorkers(), engineAccount) {
			if err == nil {
				err = ctx.Err()
			}
			if account = a; !yield(&account, err) || err != nil {
				return
			}
		}
	}
}

// loadWorkers is how many goroutines decode accounts for the engine.
func loadWorkers() int { return runtime.GOMAXPROCS(0) }
