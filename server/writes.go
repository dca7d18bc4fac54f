package server

import (
	"context"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/store"
)

// writes is where changes become durable: in the store, or in the log that the store follows. What returns without an
// error is durable and visible here.
type writes interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	// replace begins a replacement of all accounts, which does not outlast the context.
	replace(ctx context.Context) (replacement, error)
}

// replacement is a new set of accounts; see store.Replacement.
type replacement interface {
	Add(accounts []*storev1.AccountRecord) error
	Commit(ctx context.Context) (store.Replaced, error)
	Discard()
}

// alone writes to the store of a server that follows no log.
type alone struct{ *store.Store }

func (a alone) replace(context.Context) (replacement, error) {
	r, err := a.Replace()
	if err != nil {
		return nil, err
	}
	return r, nil
}

// following writes to the log that the store follows.
type following struct{ *replica.Replica }

func (f following) replace(ctx context.Context) (replacement, error) {
	r, err := f.Replace(ctx)
	if err != nil {
		return nil, err
	}
	return r, nil
}
