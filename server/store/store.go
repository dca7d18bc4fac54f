package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Store is an open data folder.
type Store struct {
	dir    string
	opts   Options
	db     *badger.DB
	lock   *os.File
	marker *marker // written by the committer alone

	requests  chan *request   // to the committer
	groups    chan []*request // from the committer to the publisher
	sweeps    chan struct{}   // wakes the sweeper; holds one
	closing   chan struct{}   // closed when no request is taken any more
	workers   sync.WaitGroup
	committed *storev1.StateRecord   // as of the last commit; the committer's
	journal   *storev1.JournalRecord // likewise
	held      held                   // changes of a log that are not visible yet; the committer's

	state   atomic.Pointer[storev1.StateRecord] // as of the last commit; never changed in place
	visible atomic.Uint64                       // revision that was published last
	failure atomic.Pointer[error]               // why writes are refused for good

	mu             sync.Mutex // guards what follows
	closed         bool
	readers        int        // open views and requests under way
	idle           *sync.Cond // on mu; readers became 0
	replacing      bool       // a Replacement is under way
	nextGeneration uint64     // the greatest generation that was ever begun
}

// start lets the goroutines run. It is the last step of opening.
func (s *Store) start() {
	s.requests = make(chan *request)
	s.groups = make(chan []*request, 1)
	s.sweeps = make(chan struct{}, 1)
	s.closing = make(chan struct{})
	s.idle = sync.NewCond(&s.mu)
	s.workers.Go(s.commitLoop)
	s.workers.Go(s.publishLoop)
	s.workers.Go(s.sweepLoop)
}

// Close waits for the changes and views that are under way and closes the folder. No method may be called afterwards
// with success; calling Close again does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for s.readers > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
	close(s.closing)
	s.workers.Wait()
	return s.release()
}

// enter counts a use of the store, so that it is not closed meanwhile; leave ends it.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.readers++
	return nil
}

// hold is enter for who is inside already.
func (s *Store) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers++
}

func (s *Store) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readers--; s.readers == 0 {
		s.idle.Broadcast()
	}
}

// State returns what the store held after its last commit. The record must not be changed.
func (s *Store) State() *storev1.StateRecord { return s.state.Load() }

// Pending returns how many changes are on disk and not published yet.
func (s *Store) Pending() uint64 {
	visible := s.visible.Load() // first: it may only fall behind the other
	return s.state.Load().GetRevision() - visible
}

// DiskBytes returns how much the store's files take on disk. Badger would say so only with metrics, which cost more.
func (s *Store) DiskBytes() (bytes uint64) {
	files, err := os.ReadDir(badgerDir(s.dir))
	if err != nil {
		return 0
	}
	for _, file := range files {
		if info, err := file.Info(); err == nil { // else it was removed just now
			bytes += diskBytes(info)
		}
	}
	return bytes
}

// FreeBytes returns how much is free on the store's disk.
func (s *Store) FreeBytes() (uint64, error) { return s.opts.free(s.dir) }

// Failed says whether a write has failed, after which the store takes no more.
func (s *Store) Failed() bool { return s.failure.Load() != nil }

// fail makes the store refuse all further writes.
func (s *Store) fail(cause error) error {
	err := fmt.Errorf("%w: %w", ErrFailed, cause)
	if s.failure.CompareAndSwap(nil, &err) {
		s.opts.Log.Error("the store takes no more writes", "cause", cause)
	}
	return err
}

// Writable returns why a change must be refused; nil when it need not be.
func (s *Store) Writable() error { return s.writable() }

// writable returns why a write must be refused; nil when it need not be.
func (s *Store) writable() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return s.checkSpace(s.opts.MinFree)
}

// checkSpace returns ErrNoSpace when less is free than must be.
func (s *Store) checkSpace(must uint64) error {
	free, err := s.opts.free(s.dir)
	if err != nil {
		return fmt.Errorf("asking for the free space of %s: %w", s.dir, err)
	}
	if free < must {
		return fmt.Errorf("%w: %d MiB are free on the disk of %s, %d MiB must stay free", ErrNoSpace,
			free>>20, s.dir, must>>20)
	}
	return nil
}

// get decodes the record under key; the error is badger.ErrKeyNotFound when there is none.
func get(txn *badger.Txn, key []byte, m proto.Message) error {
	item, err := txn.Get(key)
	if err != nil {
		return err
	}
	return item.Value(func(value []byte) error { return open(key, value, m) })
}

// put sets the record under key.
func put(txn *badger.Txn, key []byte, m proto.Message) error {
	value, err := sealed(key, m)
	if err != nil {
		return err
	}
	return txn.Set(key, value)
}

// has says whether there is a record under key.
func has(txn *badger.Txn, key []byte) (bool, error) {
	_, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}
