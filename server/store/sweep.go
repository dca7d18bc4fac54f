package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// sweepKeys is how many keys of a left-over generation are removed in one transaction: few enough that the commits
// beside it do not feel it.
const sweepKeys = 4_000

// sweepDelay keeps the sweeper away from the loading of the index, which reads the same tables.
const sweepDelay = time.Minute

// wakeSweeper makes the sweeper look for left-overs.
func (s *Store) wakeSweeper() {
	select {
	case s.sweeps <- struct{}{}:
	default: // it will look anyway
	}
}

// sweepLoop is the sweeper: it removes generations that nobody will read any more, first those of the last run.
func (s *Store) sweepLoop() {
	first := time.NewTimer(s.opts.sweepDelay)
	defer first.Stop()
	for {
		select {
		case <-first.C:
		case <-s.sweeps:
		case <-s.closing:
			return
		}
		if err := s.sweep(); err != nil {
			s.opts.Log.Warn("left-over accounts could not be removed; it is tried again after the next replacement and "+
				"the next start", "cause", err)
		}
	}
}

// sweep removes all left-overs.
func (s *Store) sweep() error {
	return errors.Join(s.sweepAll(keyAccount), s.sweepAll(keyGoneAccount))
}

// sweepAll removes those with a prefix, a few keys at a time, and goes through the keys once: what was removed stays in
// Badger's tables for a while, and to walk over it again and again would take for ever.
func (s *Store) sweepAll(prefix string) error {
	for from := []byte(prefix); ; {
		keys, err := s.leftOvers(prefix, from, sweepKeys)
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := s.remove(keys); err != nil {
			return err
		}
		from = append(keys[len(keys)-1], 0)
		select {
		case <-s.closing:
			return nil
		default:
		}
	}
}

func (s *Store) remove(keys [][]byte) error {
	return s.db.Update(func(txn *badger.Txn) error {
		for _, key := range keys {
			if err := txn.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// leftOvers returns up to limit keys, from a key on, of generations that are neither present nor being written.
func (s *Store) leftOvers(prefix string, from []byte, limit int) (keys [][]byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
		defer it.Close()
		for it.Seek(from); it.Valid() && len(keys) < limit; {
			key := it.Item().KeyCopy(nil)
			generation := generationOf(key)
			if s.inUse(generation) {
				it.Seek(binary.BigEndian.AppendUint64([]byte(prefix), generation+1))
				continue
			}
			keys = append(keys, key)
			it.Next()
		}
		return nil
	})
	return keys, err
}

// inUse says whether a generation is present, or may become so.
func (s *Store) inUse(generation uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.State()
	return generation == state.GetGeneration() || s.replacing && generation == s.nextGeneration ||
		state.GetLog() != "" && generation > state.GetGeneration()
}

// lastGeneration returns the greatest generation of which there is anything; 0 when there is nothing.
func lastGeneration(db *badger.DB) (last uint64, err error) {
	err = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(keyAccount), Reverse: true})
		defer it.Close()
		it.Seek([]byte(endAccount))
		if it.Valid() {
			last = generationOf(it.Item().Key())
		}
		return nil
	})
	return last, err
}

// Generations returns the generations of which there is anything, in ascending order.
func (s *Store) Generations() (all []uint64, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(keyAccount)})
		defer it.Close()
		for it.Rewind(); it.Valid(); {
			g := generationOf(it.Item().Key())
			all = append(all, g)
			it.Seek(accountPrefix(g + 1))
		}
		return nil
	})
	return all, err
}
