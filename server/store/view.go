package store

import (
	"errors"
	"iter"

	"github.com/dgraph-io/badger/v4"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// View shows the store as it is at one revision, whatever is written meanwhile. It must be closed, soon: what it shows
// stays on disk as long. Any number of goroutines may read from it at once.
type View struct {
	store *Store
	txn   *badger.Txn
	state *storev1.StateRecord
}

// View returns a view of the last revision; ErrUnsettled while that is none.
func (s *Store) View() (*View, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	v, err := s.view()
	if err == nil && v.state.GetUnsettled() {
		v.Close()
		return nil, ErrUnsettled
	}
	return v, err
}

func (s *Store) view() (*View, error) {
	v := &View{store: s, txn: s.db.NewTransaction(false), state: &storev1.StateRecord{}}
	if err := get(v.txn, []byte(keyState), v.state); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Close ends the view.
func (v *View) Close() {
	v.txn.Discard()
	v.store.leave()
}

// State returns what the store holds. The record must not be changed.
func (v *View) State() *storev1.StateRecord { return v.state }

// Account returns the account with the id, or a NotFoundError.
func (v *View) Account(id string) (*storev1.AccountRecord, error) {
	a := &storev1.AccountRecord{}
	err := get(v.txn, accountKey(v.state.GetGeneration(), id), a)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, &NotFoundError{Kind: "account", ID: id}
	}
	if err != nil {
		return nil, err
	}
	v.complete(a)
	return a, nil
}

// Override returns the override with the id, or a NotFoundError.
func (v *View) Override(id string) (*storev1.OverrideRecord, error) {
	o := &storev1.OverrideRecord{}
	err := get(v.txn, overrideKey(id), o)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, &NotFoundError{Kind: "override", ID: id}
	}
	return o, err
}

// complete fills in what the records of a set that was replaced as a whole have in common.
func (v *View) complete(a *storev1.AccountRecord) {
	if a.GetRevision() == 0 {
		a.Revision = v.state.GetGenerationRevision()
	}
}

// Accounts returns the accounts with an id greater than after, in ascending order of id. The records are the caller's.
// After an error the sequence ends.
func (v *View) Accounts(after string) iter.Seq2[*storev1.AccountRecord, error] {
	prefix := accountPrefix(v.state.GetGeneration())
	return func(yield func(*storev1.AccountRecord, error) bool) {
		for item := range v.items(prefix, after) {
			a := &storev1.AccountRecord{}
			err := item.Value(func(value []byte) error { return open(item.Key(), value, a) })
			v.complete(a)
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// Overrides returns the overrides with an id greater than after, in ascending order of id. The records are the
// caller's. After an error the sequence ends.
func (v *View) Overrides(after string) iter.Seq2[*storev1.OverrideRecord, error] {
	return func(yield func(*storev1.OverrideRecord, error) bool) {
		for item := range v.items([]byte(keyOverride), after) {
			o := &storev1.OverrideRecord{}
			err := item.Value(func(value []byte) error { return open(item.Key(), value, o) })
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// items goes through the keys with a prefix, from the one behind prefix+after on.
func (v *View) items(prefix []byte, after string) iter.Seq[*badger.Item] {
	return func(yield func(*badger.Item) bool) {
		// Badger would prefetch values with a goroutine for each; they are in memory-mapped blocks as it is.
		it := v.txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		start := append(prefix[:len(prefix):len(prefix)], after...)
		if after != "" {
			start = append(start, 0)
		}
		for it.Seek(start); it.ValidForPrefix(prefix); it.Next() {
			if !yield(it.Item()) {
				return
			}
		}
	}
}
