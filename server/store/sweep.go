package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
)

// sweepKeys is how many keys of a left-over generation are removed in one transaction: few enough that the commits
// beside it do not feel it.
const sweepKeys = 4_000

// wakeSweeper makes the sweeper look for left-overs.
func (s *Store) wakeSweeper() {
	select {
	case s.sweeps <- struct{}{}:
	default: // it will look anyway
	}
}

// sweepLoop is the sweeper: it removes generations that nobody will read any more.
func (s *Store) sweepLoop() {
	for {
		select {
		case <-s.sweeps:
		case <-s.closing:
			return
		}
		for more := true; more; {
			var err error
			if more, err = s.sweep(); err != nil {
				s.opts.Log.Warn("left-over accounts could not be removed; it is tried again after the next replacement "+
					"and the next start", "cause", err)
				break
			}
			select {
			case <-s.closing:
				return
			default:
			}
		}
	}
}

// sweep removes some keys of left-over generations and says whether there may be more.
func (s *Store) sweep() (more bool, err error) {
	keys, err := s.leftOvers(sweepKeys)
	if err != nil || len(keys) == 0 {
		return false, err
	}
	err = s.db.Update(func(txn *badger.Txn) error {
		for _, key := range keys {
			if err := txn.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil, err
}

// leftOvers returns up to limit keys of generations that are neither present nor being written.
func (s *Store) leftOvers(limit int) (keys [][]byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(keyAccount)})
		defer it.Close()
		for it.Seek([]byte(keyAccount)); it.Valid() && len(keys) < limit; {
			key := it.Item().KeyCopy(nil)
			generation := generationOf(key)
			if s.inUse(generation) {
				it.Seek(accountPrefix(generation + 1))
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
	return generation == s.State().GetGeneration() || s.replacing && generation == s.nextGeneration
}

// lastGeneration returns the greatest generation of which there is anything, and at least that of the state.
func lastGeneration(db *badger.DB) (last uint64, err error) {
	err = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(keyAccount), Reverse: true})
		defer it.Close()
		it.Seek(after([]byte(keyAccount)))
		if it.Valid() {
			last = generationOf(it.Item().Key())
		}
		return nil
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = nil
	}
	return last, err
}
