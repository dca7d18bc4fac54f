package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Batch is one change, stored as a whole or not at all. The store keeps none of it after Commit has returned, and fills
// in revisions and times.
type Batch struct {
	Upsert          []*storev1.AccountRecord // an id may occur once
	Delete          []string                 // account ids; those that are not stored are reported
	SetOverrides    []*storev1.OverrideRecord
	DeleteOverrides []string              // each must exist, or the batch is refused with a NotFoundError
	Policy          *storev1.PolicyRecord // nil: unchanged; its version is assigned

	// NeedAccounts are ids that must be stored, or the batch is refused with a NotFoundError.
	NeedAccounts []string
	// PolicyVersion is the version that Policy is meant to replace, else the batch is refused with a
	// PolicyVersionError; 0: any.
	PolicyVersion uint64
}

// Result says what a batch did.
type Result struct {
	Revision uint64   // its number
	Created  int      // accounts that were new
	Updated  int      // accounts that were replaced
	Deleted  int      // accounts that were removed
	Missing  []string // of Delete: ids that were not stored
}

// Committed is a batch that is on disk, for Options.Publish.
type Committed struct {
	*Batch
	Revision uint64
	// Replaced is set when the whole set of accounts was replaced: it shows the new one. Only the last of a group has it, and
	// the others then change no accounts. It is closed after Publish has returned.
	Replaced *View
}

// request is a batch, a replacement's switch, a step of a log, or the name of one, on its way through the goroutines.
type request struct {
	batch       *Batch
	replacement *Replacement
	step        *Step
	bind        string
	effects     []Effect     // of step
	held        []*Committed // that become visible with the step
	entries     []entry      // of batch.Upsert, encoded as far as can be before the revision is known
	bytes       int64        // bound on what the transaction will hold of it

	committed Committed
	result    Result
	err       error
	done      chan struct{}
}

type entry struct{ key, record []byte }

// maxTransaction is how much of a transaction is used: Badger allows 15 % of a memtable, and 1/96 of that as many
// entries.
const (
	maxTransactionBytes   = memTableBytes * 14 / 100
	maxTransactionEntries = maxTransactionBytes / 128
	entryOverhead         = 64 // bytes that an entry takes beyond key and value, at most

	// maxGroupBytes leaves as much again for the journal of what is replaced.
	maxGroupBytes = maxTransactionBytes / 2
)

// Commit stores a batch and returns when it is on disk and published. When the context ends first, the batch may or may
// not become stored.
func (s *Store) Commit(ctx context.Context, b *Batch) (Result, error) {
	r := &request{batch: b, done: make(chan struct{})}
	return s.do(ctx, r)
}

func (s *Store) do(ctx context.Context, r *request) (Result, error) {
	if err := s.enter(); err != nil {
		return Result{}, err
	}
	if err := s.prepare(r); err != nil {
		s.leave()
		return Result{}, err
	}
	select {
	case s.requests <- r:
	case <-ctx.Done():
		s.leave()
		return Result{}, ctx.Err()
	}
	select {
	case <-r.done:
		s.leave()
		return r.result, r.err
	case <-ctx.Done():
		go func() { // the store may not be closed before the batch is through
			<-r.done
			s.leave()
		}()
		return Result{}, ctx.Err()
	}
}

// prepare does what can be done of a request outside the committer: encoding, and refusing what cannot be stored.
func (s *Store) prepare(r *request) error {
	if err := s.writable(); err != nil {
		return err
	}
	b := r.batch
	if b == nil {
		return nil
	}
	generation := s.State().GetGeneration()
	r.entries = make([]entry, 0, len(b.Upsert))
	for _, a := range b.Upsert {
		e := entry{key: accountKey(generation, a.GetId())}
		var err error
		if e.record, err = encodeAccount(a); err != nil {
			return err
		}
		r.entries = append(r.entries, e)
		r.bytes += int64(len(e.key)+cap(e.record)) + entryOverhead
	}
	for _, id := range b.Delete {
		r.bytes += int64(len(id)) + entryOverhead + generationBytes
	}
	for _, o := range b.SetOverrides {
		r.bytes += int64(proto.Size(o)) + 2*entryOverhead
	}
	for _, id := range b.DeleteOverrides {
		r.bytes += int64(len(id)) + entryOverhead
	}
	if b.Policy != nil {
		size := int64(proto.Size(b.Policy)) + 2*entryOverhead
		if size > inlineBytes {
			return fmt.Errorf("%w: the policy takes %d bytes, at most %d can be stored", ErrTooLarge, size, inlineBytes)
		}
		r.bytes += size + maxFormerBytes
	}
	if r.bytes > maxTransactionBytes || r.count() > maxTransactionEntries {
		return fmt.Errorf("%w: it takes %d bytes in %d records, at most %d and %d can be stored", ErrTooLarge,
			r.bytes, r.count(), maxTransactionBytes, maxTransactionEntries)
	}
	return nil
}

func (r *request) count() int {
	b := r.batch
	return len(r.entries) + len(b.Delete) + len(b.SetOverrides) + len(b.DeleteOverrides) + 2
}

// encodeAccount encodes a record without revision and time, and leaves room for them and the checksum.
func encodeAccount(a *storev1.AccountRecord) ([]byte, error) {
	a.Revision, a.UpdateTimeMs = 0, 0
	size := proto.Size(a)
	return proto.MarshalOptions{UseCachedSize: true, Deterministic: true}.
		MarshalAppend(make([]byte, 0, size+accountStampBytes+checksumBytes), a)
}

// commitLoop is the committer: it writes what waits as one transaction.
func (s *Store) commitLoop() {
	defer close(s.groups)
	var next *request // did not fit into the group before
	for {
		if next == nil {
			select {
			case next = <-s.requests:
			case <-s.closing:
				return
			}
		}
		var group []*request
		group, next = s.gather(next)
		s.commitGroup(group)
	}
}

// gather adds to a request those that wait already, as long as they fit into one transaction. What is no batch stands
// alone.
func (s *Store) gather(first *request) (group []*request, next *request) {
	group = []*request{first}
	if first.batch == nil {
		return group, nil
	}
	bytes, count := first.bytes, first.count()
	for {
		select {
		case r := <-s.requests:
			if r.batch == nil || bytes+r.bytes > maxGroupBytes || count+r.count() > maxTransactionEntries {
				return group, r
			}
			bytes, count = bytes+r.bytes, count+r.count()
			group = append(group, r)
		default:
			return group, nil
		}
	}
}

// commitGroup stores a group and passes on what was stored; a request that is refused is answered here.
func (s *Store) commitGroup(group []*request) {
	stored, err := s.storeGroup(group)
	if err != nil {
		for _, r := range stored {
			r.finish(err)
		}
		return
	}
	if len(stored) > 0 {
		s.groups <- stored
	}
}

func (r *request) finish(err error) {
	r.err = err
	close(r.done)
}

// storeGroup writes the group's transaction and the marker. It returns the requests that are in it; with an error, these
// are not stored, or nobody knows.
func (s *Store) storeGroup(group []*request) (stored []*request, err error) {
	if err := s.writable(); err != nil {
		return group, err
	}
	switch r := group[0]; {
	case r.replacement != nil:
		return group, s.switchTo(r.replacement, r)
	case r.bind != "":
		return s.unseen(r, s.bindTo(r.bind))
	case r.step != nil && r.step.Unsettled:
		return s.unseen(r, s.storeStep(r))
	case r.step != nil:
		return group, s.storeStep(r)
	}
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	state := proto.CloneOf(s.committed)
	taken := int64(0)
	for _, r := range group {
		taken += r.bytes
	}
	j := s.journalIn(txn, taken)
	for i, r := range group {
		switch err := s.write(txn, state, j, r); {
		case err == nil:
			stored = append(stored, r)
		case isRefusal(err):
			r.finish(err)
		default: // Badger did not take it: nothing of the transaction is written
			return append(stored, group[i:]...), err
		}
	}
	if len(stored) == 0 {
		return nil, nil
	}
	if err := j.finish(); err != nil {
		return stored, err
	}
	if err := s.finishGroup(txn, state); err != nil {
		return stored, err
	}
	s.journal = j.JournalRecord
	return stored, nil
}

// unseen ends a request of which nothing becomes visible.
func (s *Store) unseen(r *request, err error) ([]*request, error) {
	r.finish(err)
	return nil, nil
}

// finishGroup ends a transaction with the state and makes it durable.
func (s *Store) finishGroup(txn *badger.Txn, state *storev1.StateRecord) error {
	value, err := sealed([]byte(keyState), state)
	if err != nil {
		return err
	}
	if err := txn.Set([]byte(keyState), value); err != nil {
		return err
	}
	begin := s.opts.now()
	if err := txn.Commit(); err != nil {
		return s.fail(err)
	}
	if err := s.marker.write(markOf(state)); err != nil {
		return s.fail(err)
	}
	s.opts.Stored(s.opts.now().Sub(begin))
	s.committed = state
	s.state.Store(state)
	return nil
}

func isRefusal(err error) bool {
	var notFound *NotFoundError
	var version *PolicyVersionError
	return errors.As(err, &notFound) || errors.As(err, &version)
}

// publishLoop is the publisher: it makes groups visible in order, then lets their callers go.
func (s *Store) publishLoop() {
	for group := range s.groups {
		commits := make([]*Committed, 0, len(group)+len(group[0].held))
		for _, r := range group {
			commits = append(append(commits, r.held...), &r.committed)
		}
		s.opts.Publish(commits)
		s.visible.Store(commits[len(commits)-1].Revision)
		for _, r := range group {
			if r.committed.Replaced != nil {
				r.committed.Replaced.Close()
			}
			r.finish(nil)
		}
	}
}
