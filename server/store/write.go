package store

import (
	"github.com/dgraph-io/badger/v4"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// write adds a request to a transaction and to the state that it will end with. When it is refused, both are as they
// were: conditions come first.
func (s *Store) write(txn *badger.Txn, state *storev1.StateRecord, r *request) error {
	if err := checkConditions(txn, state, r.batch); err != nil {
		return err
	}
	state.Revision++
	r.result = Result{Revision: state.Revision}
	r.committed = Committed{Batch: r.batch, Revision: state.Revision}
	now := s.opts.now().UnixMilli()
	if err := writeAccounts(txn, state, r, now); err != nil {
		return err
	}
	if err := writeOverrides(txn, state, r.batch, now); err != nil {
		return err
	}
	return writePolicy(txn, state, r.batch, now)
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

func writeAccounts(txn *badger.Txn, state *storev1.StateRecord, r *request, now int64) error {
	for i := range r.entries {
		e := &r.entries[i]
		setGeneration(e.key, state.GetGeneration()) // it may have been switched since the key was made
		found, err := has(txn, e.key)
		if err != nil {
			return err
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
		found, err := has(txn, key)
		if err != nil {
			return err
		}
		if !found {
			r.result.Missing = append(r.result.Missing, id)
			continue
		}
		if err := txn.Delete(key); err != nil {
			return err
		}
		r.result.Deleted++
		state.Accounts--
	}
	return nil
}

func writeOverrides(txn *badger.Txn, state *storev1.StateRecord, b *Batch, now int64) error {
	for _, o := range b.SetOverrides {
		o.Revision, o.CreateTimeMs = state.GetRevision(), now
		key := overrideKey(o.GetId())
		found, err := has(txn, key)
		if err != nil {
			return err
		}
		if err := put(txn, key, o); err != nil {
			return err
		}
		if !found {
			state.Overrides++
		}
	}
	for _, id := range b.DeleteOverrides {
		if err := txn.Delete(overrideKey(id)); err != nil {
			return err
		}
		state.Overrides--
	}
	return nil
}
