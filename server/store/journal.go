package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// The journal keeps what changes have replaced, in the transaction of the change, so that what a change means can be told
// later. It is bounded: the oldest records go, and what would not fit into a transaction, as a whole new set of accounts, begins
// it anew. A backup does not hold it.
const (
	maxJournalBytes = 64 << 20
	journalPart     = inlineBytes / 4 // about what a record takes
	journalTrimmed  = 16              // records that a transaction removes at most, beyond as many as it adds
)

func journalKey(revision uint64, part uint32) []byte {
	key := binary.BigEndian.AppendUint64([]byte(keyReplaced), revision)
	return binary.BigEndian.AppendUint32(key, part)
}

// journal is the journal in a transaction.
type journal struct {
	*storev1.JournalRecord
	txn   *badger.Txn
	room  int64 // bytes that the transaction has for it
	added int   // records that the transaction adds
}

// journalIn returns the journal as of the last commit, for a transaction that other things take so many bytes of.
func (s *Store) journalIn(txn *badger.Txn, taken int64) *journal {
	return &journal{JournalRecord: proto.CloneOf(s.journal), txn: txn, room: maxTransactionBytes - taken}
}

// add writes down what a revision has replaced.
func (j *journal) add(revision uint64, r *storev1.ReplacedRecord) error {
	if j.Last != revision-1 { // of a program that keeps no journal
		j.First = revision
	}
	j.Last = revision
	if j.Oldest == 0 {
		j.Oldest = revision
	}
	if size := int64(proto.Size(r)) + entryOverhead; size > j.room {
		j.First = revision + 1
	} else {
		j.room -= size
		if err := j.write(revision, r); err != nil {
			return err
		}
	}
	return nil
}

// write writes the record in parts that are small enough to be kept inline.
func (j *journal) write(revision uint64, r *storev1.ReplacedRecord) error {
	part := &storev1.ReplacedRecord{Overrides: r.GetOverrides(), Policy: r.GetPolicy()}
	number, size := uint32(0), 0
	flush := func() error {
		if proto.Size(part) == 0 {
			return nil
		}
		key := journalKey(revision, number)
		value, err := sealed(key, part)
		if err != nil {
			return err
		}
		j.Bytes += uint64(len(key) + len(value))
		j.added++
		number, size, part = number+1, 0, &storev1.ReplacedRecord{}
		return j.txn.Set(key, value)
	}
	for _, a := range r.GetAccounts() {
		part.Accounts = append(part.Accounts, a)
		if size += len(a.GetId()) + len(a.GetWas()); size >= journalPart {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// finish ends what the transaction does to the journal.
func (j *journal) finish() error {
	if err := j.trim(); err != nil {
		return err
	}
	return put(j.txn, []byte(keyJournal), j.JournalRecord)
}

// trim removes the oldest records while there is too much, a few at a time.
func (j *journal) trim() error {
	if j.Bytes <= maxJournalBytes && j.Oldest >= j.First {
		return nil
	}
	it := j.txn.NewIterator(badger.IteratorOptions{Prefix: []byte(keyReplaced)})
	defer it.Close()
	removed := 0
	for it.Seek(journalKey(j.Oldest, 0)); it.Valid(); it.Next() {
		revision := revisionOf(it.Item().Key())
		if j.Oldest = revision; removed == journalTrimmed+j.added || j.Bytes <= maxJournalBytes && revision >= j.First {
			break
		}
		j.First = max(j.First, revision+1)
		j.Bytes -= min(j.Bytes, uint64(len(it.Item().Key()))+uint64(it.Item().ValueSize()))
		if err := j.txn.Delete(it.Item().KeyCopy(nil)); err != nil {
			return err
		}
		removed++
	}
	return nil
}

func revisionOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(keyReplaced):]) }

// replacedBy returns what is noted of an account that is stored anew, or removed where record is nil: nothing when it stays as it
// is, or was not there before and is not now. record is as encodeAccount makes it.
func replacedBy(txn *badger.Txn, key, record []byte, id string) (was *storev1.ReplacedAccount, found bool, err error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		if record == nil {
			return nil, false, nil
		}
		return &storev1.ReplacedAccount{Id: id}, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	err = item.Value(func(value []byte) error {
		old, err := unseal(key, value)
		if err == nil && (record == nil || !sameAccount(old, record)) {
			was = &storev1.ReplacedAccount{Id: id, Was: bytes.Clone(old)}
		}
		return err
	})
	return was, true, err
}

// sameAccount reports whether a stored record is the same as one without revision and time.
func sameAccount(stored, record []byte) bool {
	stamp, ok := bytes.CutPrefix(stored, record)
	if !ok {
		return false
	}
	for len(stamp) > 0 {
		field, _, n := protowire.ConsumeField(stamp)
		if n < 0 || field != accountRevision && field != accountUpdateTime {
			return false
		}
		stamp = stamp[n:]
	}
	return true
}

// ForgottenError says that changes are asked for that the journal does not go back to.
type ForgottenError struct{ Since uint64 }

func (e *ForgottenError) Error() string {
	return fmt.Sprintf("what changes have replaced is kept from revision %d on only", e.Since)
}

// Change is what a revision, or a part of it, has replaced.
type Change struct {
	Revision uint64
	*storev1.ReplacedRecord
}

// Replaced returns what the changes after a revision have replaced, in their order. A ForgottenError says that the journal does
// not go back as far.
func (v *View) Replaced(since uint64) (list []Change, err error) {
	now := v.state.GetRevision()
	if since >= now {
		return nil, nil
	}
	j, err := journalOf(v.txn)
	switch {
	case err != nil:
		return nil, err
	case j.GetLast() != now:
		return nil, &ForgottenError{now}
	case since+1 < j.GetFirst():
		return nil, &ForgottenError{j.GetFirst() - 1}
	}
	for item := range v.items([]byte(keyReplaced), string(journalKey(since, math.MaxUint32)[len(keyReplaced):])) {
		r := &storev1.ReplacedRecord{}
		if err := item.Value(func(value []byte) error { return open(item.Key(), value, r) }); err != nil {
			return nil, err
		}
		list = append(list, Change{revisionOf(item.Key()), r})
	}
	return list, nil
}

func journalOf(txn *badger.Txn) (*storev1.JournalRecord, error) {
	j := &storev1.JournalRecord{}
	err := get(txn, []byte(keyJournal), j)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return j, nil
	}
	return j, err
}
