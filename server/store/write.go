package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// write adds a request to a transaction and to the state that it will end with. When it is refused, both are as they
// were: conditions come first.
func (s *Store) write(txn *badger.Txn, state *storev1.StateRecord, j *journal, r *request) error {
	if err := checkConditions(txn, state, r.batch); err != nil {
		return err
	}
	state.Revision++
	r.result = Result{Revision: state.Revision}
	r.committed = Committed{Batch: r.batch, Revision: state.Revision}
	now := s.opts.now().UnixMilli()
	replaced := &storev1.ReplacedRecord{Policy: r.batch.Policy != nil}
	if err := writeAccounts(txn, state, r, replaced, now); err != nil {
		return err
	}
	if err := writeOverrides(txn, state, r.batch, replaced, now); err != nil {
		return err
	}
	if err := writePolicy(txn, state, r.batch, now); err != nil {
		return err
	}
	return j.add(state.GetRevision(), replaced)
}

func checkConditions(txn *badger.Txn, state *storev1.StateRecord, b *Batch) error {
	for _, id := range b.NeedAccounts {
		switch found, err := has(txn, accountKey(state.GetGeneration(), id)); {
		case err != nil:
			return err
		case !found:
			return &NotFoundError{Kind: "account", ID: id}
		}
	}
	for _, id := range b.DeleteOverrides {
		switch found, err := has(txn, overrideKey(id)); {
		case err != nil:
			return err
		case !found:
			return &NotFoundError{Kind: "override", ID: id}
		}
	}
	if b.PolicyVersion != 0 && b.PolicyVersion != state.GetPolicyVersion() {
		return &PolicyVersionError{Want: b.PolicyVersion, Have: state.GetPolicyVersion()}
	}
	return nil
}

func writeAccounts(txn *badger.Txn, state *storev1.StateRecord, r *request, replaced *storev1.ReplacedRecord, now int64) error {
	for i := range r.entries {
		e := &r.entries[i]
		setGeneration(e.key, state.GetGeneration()) // it may have been switched since the key was made
		was, found, err := replacedBy(txn, e.key, e.record, r.batch.Upsert[i].GetId())
		if err != nil {
			return err
		}
		if was != nil {
			replaced.Accounts = append(replaced.Accounts, was)
		}
		if err := txn.Set(e.key, seal(e.key, appendStamp(e.record, state.GetRevision(), now))); err != nil {
			return err
		}
		if found {
			r.result.Updated++
		} else {
			r.result.Created++
			state.Accounts++
		}
	}
	for _, id := range r.batch.Delete {
		key := accountKey(state.GetGeneration(), id)
		was, found, err := replacedBy(txn, key, nil, id)
		if err != nil {
			return err
		}
		if !found {
			r.result.Missing = append(r.result.Missing, id)
			continue
		}
		replaced.Accounts = append(replaced.Accounts, was)
		if err := txn.Delete(key); err != nil {
			return err
		}
		r.result.Deleted++
		state.Accounts--
	}
	return nil
}

func writeOverrides(txn *badger.Txn, state *storev1.StateRecord, b *Batch, replaced *storev1.ReplacedRecord, now int64) error {
	for _, o := range b.SetOverrides {
		o.Revision, o.CreateTimeMs = state.GetRevision(), now
		key := overrideKey(o.GetId())
		was, err := overrideOf(txn, key)
		if err != nil {
			return err
		}
		replaced.Overrides = append(replaced.Overrides, &storev1.ReplacedOverride{Id: o.GetId(), Was: was})
		if err := put(txn, key, o); err != nil {
			return err
		}
		if was == nil {
			state.Overrides++
		}
	}
	for _, id := range b.DeleteOverrides {
		was, err := overrideOf(txn, overrideKey(id))
		if err != nil {
			return err
		}
		replaced.Overrides = append(replaced.Overrides, &storev1.ReplacedOverride{Id: id, Was: was})
		if err := txn.Delete(overrideKey(id)); err != nil {
			return err
		}
		state.Overrides--
	}
	return nil
}

// overrideOf returns the override under a key; nil when there is none.
func overrideOf(txn *badger.Txn, key []byte) (*storev1.OverrideRecord, error) {
	o := &storev1.OverrideRecord{}
	err := get(txn, key, o)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	return o, err
}
