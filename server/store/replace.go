package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Replacement is a new set of accounts that is written beside the present one, until Commit makes it the present one.
// Its methods may be called by one goroutine at a time. Either Commit or Discard ends it; calling Discard afterwards
// does nothing.
type Replacement struct {
	store      *Store
	generation uint64
	accounts   uint64
	end        sync.Once
}

// Replaced says what a replacement did.
type Replaced struct {
	Revision uint64
	Accounts uint64 // in the new set
	Deleted  uint64 // of the old set that are not in the new one
}

// Replace begins a replacement. There can be one at a time; a second gets ErrReplacing.
func (s *Store) Replace() (*Replacement, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.replacing {
		s.readers--
		return nil, ErrReplacing
	}
	s.replacing = true
	s.nextGeneration++
	return &Replacement{store: s, generation: s.nextGeneration}, nil
}

// Add writes accounts of the new set. An id that was added before is replaced.
func (r *Replacement) Add(accounts []*storev1.AccountRecord) error {
	if err := r.store.writable(); err != nil {
		return err
	}
	txn := r.store.db.NewTransaction(true)
	defer txn.Discard()
	added, err := r.write(txn, accounts)
	if errors.Is(err, badger.ErrTxnTooBig) {
		return fmt.Errorf("%w: %d accounts", ErrTooLarge, len(accounts))
	}
	if err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return r.store.fail(err)
	}
	r.accounts += added
	return nil
}

func (r *Replacement) write(txn *badger.Txn, accounts []*storev1.AccountRecord) (added uint64, err error) {
	now := r.store.opts.now().UnixMilli()
	for _, a := range accounts {
		key := accountKey(r.generation, a.GetId())
		found, err := has(txn, key)
		if err != nil {
			return 0, err
		}
		if !found {
			added++
		}
		record, err := encodeAccount(a)
		if err != nil {
			return 0, err
		}
		if err := txn.Set(key, seal(key, appendStamp(record, 0, now))); err != nil {
			return 0, err
		}
	}
	return added, nil
}

// Commit makes the new set the present one, and returns when that is on disk and published. Once it has begun, it goes
// on when the context ends: were it left halfway, Discard would have the new set removed just as it becomes the present
// one.
func (r *Replacement) Commit(ctx context.Context) (Replaced, error) {
	if err := ctx.Err(); err != nil {
		return Replaced{}, err
	}
	q := &request{replacement: r, done: make(chan struct{})}
	result, err := r.store.do(context.WithoutCancel(ctx), q)
	if err != nil {
		return Replaced{}, err
	}
	return Replaced{Revision: result.Revision, Accounts: r.accounts, Deleted: uint64(result.Deleted)}, nil
}

// Discard ends the replacement; what was added and not committed is removed.
func (r *Replacement) Discard() {
	r.end.Do(func() {
		r.store.mu.Lock()
		r.store.replacing = false
		r.store.mu.Unlock()
		r.store.wakeSweeper()
		r.store.leave()
	})
}

// switchTo makes the replacement's generation the present one. The committer calls it, so nothing else is written
// meanwhile.
func (s *Store) switchTo(r *Replacement, q *request) error {
	deleted, err := s.countMissing(s.committed.GetGeneration(), r.generation)
	if err != nil {
		return err
	}
	state := proto.CloneOf(s.committed)
	state.Revision++
	state.Generation, state.GenerationRevision = r.generation, state.Revision
	state.Accounts = r.accounts
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if err := s.finishGroup(txn, state); err != nil {
		return err
	}
	q.result = Result{Revision: state.Revision, Deleted: deleted}
	q.committed = Committed{Batch: &Batch{}, Revision: state.Revision}
	return s.showAll(q)
}

// showAll lets the publisher see all accounts.
func (s *Store) showAll(r *request) error {
	s.hold() // the request's caller holds the store already, so it is open
	view, err := s.view()
	if err != nil {
		return s.fail(err)
	}
	r.committed.Replaced = view
	return nil
}

// countMissing counts the accounts of one generation that another has not. Both are in order of id, so one walk
// through each is enough.
func (s *Store) countMissing(from, in uint64) (missing int, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		old, fresh := newKeyWalk(txn, accountPrefix(from)), newKeyWalk(txn, accountPrefix(in))
		defer old.Close()
		defer fresh.Close()
		for ; old.valid(); old.Next() {
			for fresh.valid() && bytes.Compare(fresh.id(), old.id()) < 0 {
				fresh.Next()
			}
			if !fresh.valid() || !bytes.Equal(fresh.id(), old.id()) {
				missing++
			}
		}
		return nil
	})
	return missing, err
}

// count counts the accounts of a generation.
func (s *Store) count(generation uint64) (accounts uint64, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		walk := newKeyWalk(txn, accountPrefix(generation))
		defer walk.Close()
		for ; walk.valid(); walk.Next() {
			accounts++
		}
		return nil
	})
	return accounts, err
}

// keyWalk goes through the keys with a prefix, without the values.
type keyWalk struct {
	*badger.Iterator
	prefix []byte
}

func newKeyWalk(txn *badger.Txn, prefix []byte) keyWalk {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	it.Seek(prefix)
	return keyWalk{it, prefix}
}

func (w keyWalk) valid() bool { return w.ValidForPrefix(w.prefix) }

// id is valid until the walk goes on.
func (w keyWalk) id() []byte { return w.Item().Key()[len(w.prefix):] }

func setGeneration(key []byte, generation uint64) {
	binary.BigEndian.PutUint64(key[len(keyAccount):], generation)
}

func generationOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(keyAccount):]) }
