package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// A store can follow a log of changes that others write, too: its revisions are then the log's, and what is in it comes
// by Apply alone.

// EntryKind says what an Entry changes.
type EntryKind uint8

// The kinds of entries.
const (
	EntryAccount  EntryKind = iota + 1 // an account is stored, or removed
	EntryOverride                      // an override is set, or removed
	EntryPolicy                        // the policy is set
	EntrySwitch                        // the accounts of Generation become the present ones
)

// Entry is one change as a log holds it. The store keeps its record, and fills in its revision and time.
type Entry struct {
	Kind       EntryKind
	Generation uint64                  // of an account, or that is switched to
	ID         string                  // of an account or override
	Account    *storev1.AccountRecord  // nil: removed
	Override   *storev1.OverrideRecord // nil: removed
	Policy     *storev1.PolicyRecord   // with its version
	Revision   uint64
	TimeMS     int64 // since 1970
}

// Effect says what an entry did.
type Effect struct {
	Found    bool   // there was a record with the id
	Stale    bool   // an account of a generation that is no longer present: it did nothing
	Accounts uint64 // of a switch: in the new set
	Deleted  uint64 // of a switch: of the old set that are not in the new one
}

// Step is what comes next in a log, in order, and the revision that the store is at afterwards.
type Step struct {
	Entries  []Entry
	Revision uint64
	// Unsettled says that the store is then between two states of the log: nothing becomes visible, and views are
	// refused with ErrUnsettled, until a step that is not.
	Unsettled bool
}

// Follow makes the store one that follows the log with the name, or says that it cannot be one: ErrOtherLog.
func (s *Store) Follow(log string) error {
	switch state := s.State(); {
	case state.GetLog() == log:
		return nil
	case state.GetLog() != "":
		return fmt.Errorf("%w: the folder follows %s, not %s", ErrOtherLog, state.GetLog(), log)
	case state.GetRevision() > 0:
		return fmt.Errorf("%w: the folder has %d accounts of its own", ErrOtherLog, state.GetAccounts())
	}
	_, err := s.do(context.Background(), &request{bind: log, done: make(chan struct{})})
	return err
}

// Apply stores a step, makes it visible unless it is unsettled, and returns what each entry did. When the process ends
// meanwhile, part of the step may be stored: the store is then unsettled, and at the revision up to which it is. It may
// be called by one goroutine at a time.
func (s *Store) Apply(ctx context.Context, step *Step) ([]Effect, error) {
	r := &request{step: step, effects: make([]Effect, len(step.Entries)), done: make(chan struct{})}
	_, err := s.do(ctx, r)
	return r.effects, err
}

// storeStep stores a step, in as many transactions as it needs.
func (s *Store) storeStep(r *request) error {
	step := r.step
	for from := 0; ; {
		state, txn := proto.CloneOf(s.committed), s.db.NewTransaction(true)
		to, err := s.applyEntries(txn, state, r, from)
		if err == nil {
			last := to == len(step.Entries)
			if state.Unsettled = !last || step.Unsettled; last {
				state.Revision = step.Revision
			} else {
				state.Revision = step.Entries[to-1].Revision
			}
			err = s.finishGroup(txn, state)
		}
		txn.Discard()
		if err != nil {
			return err
		}
		if from = to; from == len(step.Entries) {
			break
		}
	}
	if step.Unsettled {
		return nil
	}
	return s.settle(r)
}

// applyEntries writes entries into a transaction until it is full, and returns how far it has come.
func (s *Store) applyEntries(txn *badger.Txn, state *storev1.StateRecord, r *request, from int) (to int, err error) {
	bytes := int64(0)
	for to = from; to < len(r.step.Entries); to++ {
		e := &r.step.Entries[to]
		bytes += e.size()
		full := bytes > maxTransactionBytes || 2*(to-from+1) >= maxTransactionEntries
		if to > from && (full || e.Kind == EntrySwitch) { // which looks at what is stored already
			return to, nil
		}
		if r.effects[to], err = s.applyEntry(txn, state, e); err != nil {
			return to, err
		}
		if !r.effects[to].Stale {
			s.held.add(e, state.GetGeneration())
		}
	}
	return to, nil
}

// size is a bound on what a transaction holds of an entry.
func (e *Entry) size() int64 {
	const overhead = 4*entryOverhead + accountStampBytes + checksumBytes + generationBytes
	size := overhead + 4*len(e.ID)
	switch {
	case e.Account != nil:
		size += proto.Size(e.Account)
	case e.Override != nil:
		size += proto.Size(e.Override)
	case e.Policy != nil:
		size += proto.Size(e.Policy) + maxFormerBytes
	}
	return int64(size)
}

func (s *Store) applyEntry(txn *badger.Txn, state *storev1.StateRecord, e *Entry) (Effect, error) {
	switch e.Kind {
	case EntryAccount:
		return applyAccount(txn, state, e)
	case EntryOverride:
		return applyOverride(txn, state, e)
	case EntryPolicy:
		return applyPolicy(txn, state, e)
	case EntrySwitch:
		return s.applySwitch(state, e)
	}
	return Effect{}, fmt.Errorf("an entry of the unknown kind %d", e.Kind)
}

func applyAccount(txn *badger.Txn, state *storev1.StateRecord, e *Entry) (Effect, error) {
	present := state.GetGeneration()
	if e.Generation < present {
		return Effect{Stale: true}, nil
	}
	count := &state.Accounts
	if e.Generation > present {
		count = new(uint64) // of a set that may become the present one
	}
	if e.Account == nil {
		return remove(txn, accountKey(e.Generation, e.ID), e.Revision, count)
	}
	e.Account.Revision, e.Account.UpdateTimeMs = e.Revision, e.TimeMS
	return set(txn, accountKey(e.Generation, e.ID), e.Account, count)
}

func applyOverride(txn *badger.Txn, state *storev1.StateRecord, e *Entry) (Effect, error) {
	if e.Override == nil {
		return remove(txn, overrideKey(e.ID), e.Revision, &state.Overrides)
	}
	e.Override.Revision, e.Override.CreateTimeMs = e.Revision, e.TimeMS
	return set(txn, overrideKey(e.ID), e.Override, &state.Overrides)
}

// set stores a record, of which there is then one more, or as many as before.
func set(txn *badger.Txn, key []byte, m proto.Message, count *uint64) (Effect, error) {
	found, err := has(txn, key)
	if err != nil {
		return Effect{}, err
	}
	if !found {
		*count++
		if err := txn.Delete(goneKey(key)); err != nil {
			return Effect{}, err
		}
	}
	return Effect{Found: found}, put(txn, key, m)
}

// remove removes a record, if it is there, and notes at which revision.
func remove(txn *badger.Txn, key []byte, revision uint64, count *uint64) (Effect, error) {
	found, err := has(txn, key)
	if err != nil {
		return Effect{}, err
	}
	if found {
		*count--
		if err := txn.Delete(key); err != nil {
			return Effect{}, err
		}
	}
	gone := goneKey(key)
	return Effect{Found: found}, txn.Set(gone, seal(gone, binary.BigEndian.AppendUint64(nil, revision)))
}

// applySwitch makes another generation the present one. A switch back does nothing: of two, the later set was begun
// later.
func (s *Store) applySwitch(state *storev1.StateRecord, e *Entry) (Effect, error) {
	before := state.GetGeneration()
	if e.Generation <= before {
		return Effect{Stale: true}, nil
	}
	accounts, err := s.count(e.Generation)
	if err != nil {
		return Effect{}, err
	}
	deleted, err := s.countMissing(before, e.Generation)
	state.Generation, state.GenerationRevision, state.Accounts = e.Generation, e.Revision, accounts
	return Effect{Accounts: accounts, Deleted: uint64(deleted)}, err
}

func applyPolicy(txn *badger.Txn, state *storev1.StateRecord, e *Entry) (Effect, error) {
	if e.Policy.GetVersion() <= state.GetPolicyVersion() {
		return Effect{Stale: true}, nil // it is applied again, after part of a step
	}
	if err := keepFormer(txn); err != nil {
		return Effect{}, err
	}
	state.PolicyVersion = e.Policy.GetVersion()
	e.Policy.Revision, e.Policy.CreateTimeMs = e.Revision, e.TimeMS
	return Effect{}, put(txn, []byte(keyPolicy), e.Policy)
}

// maxHeld is how many changed accounts are kept until they may become visible; with more, all accounts are read again.
const maxHeld = 20_000

// held are changes that are stored and not visible yet.
type held struct {
	accounts, beside []*Committed // beside: overrides and policies
	reload           bool         // accounts are too many, or of another generation: all are to be read again
}

func (h *held) add(e *Entry, present uint64) {
	b := &Batch{Policy: e.Policy}
	switch {
	case e.Kind == EntrySwitch:
		h.reload, h.accounts = true, nil
		return
	case e.Kind == EntryAccount && (h.reload || e.Generation != present):
		return
	case e.Kind == EntryAccount && len(h.accounts) == maxHeld:
		h.reload, h.accounts = true, nil
		return
	case e.Account != nil:
		b.Upsert = []*storev1.AccountRecord{e.Account}
	case e.Kind == EntryAccount:
		b.Delete = []string{e.ID}
	case e.Override != nil:
		b.SetOverrides = []*storev1.OverrideRecord{e.Override}
	case e.Kind == EntryOverride:
		b.DeleteOverrides = []string{e.ID}
	}
	to := &h.beside
	if e.Kind == EntryAccount {
		to = &h.accounts
	}
	*to = append(*to, &Committed{Batch: b, Revision: e.Revision})
}

// settle hands what is held to the publisher, with the request that ends it.
func (s *Store) settle(r *request) error {
	r.held = append(s.held.beside, s.held.accounts...)
	r.committed = Committed{Batch: &Batch{}, Revision: r.step.Revision}
	if s.held.reload {
		if err := s.showAll(r); err != nil {
			return err
		}
	}
	s.held = held{}
	return nil
}

// bindTo makes the store follow a log.
func (s *Store) bindTo(log string) error {
	state, txn := proto.CloneOf(s.committed), s.db.NewTransaction(true)
	defer txn.Discard()
	state.Log = log
	return s.finishGroup(txn, state)
}

// AccountRevision returns the revision at which an account was stored, or removed; 0: it never was there.
func (v *View) AccountRevision(id string) (uint64, error) {
	a, err := v.Account(id)
	return v.revision(a.GetRevision(), err, accountKey(v.state.GetGeneration(), id))
}

// OverrideRevision returns the revision at which an override was set, or removed; 0: it never was there.
func (v *View) OverrideRevision(id string) (uint64, error) {
	o, err := v.Override(id)
	return v.revision(o.GetRevision(), err, overrideKey(id))
}

func (v *View) revision(revision uint64, err error, key []byte) (uint64, error) {
	var notFound *NotFoundError
	if err == nil || !errors.As(err, &notFound) {
		return revision, err
	}
	gone := goneKey(key)
	item, err := v.txn.Get(gone)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	err = item.Value(func(value []byte) error {
		record, err := unseal(gone, value)
		if err == nil && len(record) != 8 {
			err = damaged("the record under key %q has %d bytes", gone, len(record))
		}
		if err == nil {
			revision = binary.BigEndian.Uint64(record)
		}
		return err
	})
	return revision, err
}
