package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/server/store"
)

// Replica keeps a store in step with a log.
type Replica struct {
	store *store.Store
	log   Log
	say   *slog.Logger

	read    uint64 // sequence up to which messages were taken; the follower's, as is all of pending
	pending pending

	failures   atomic.Uint64 // appends that were not acknowledged
	reconnects atomic.Uint64 // times that the log was read anew

	replacing sync.Mutex // held while this server replaces all accounts

	mu        sync.Mutex    // guards what follows
	moved     chan struct{} // closed, and replaced, when applied has moved on
	applied   uint64        // revision that is visible
	last      uint64        // of the log, as far as is known
	reachable bool          // the log was a moment ago
	level     time.Time     // when all that the log held then became visible here; the start before that
	target    uint64        // the log's end when it was asked for it, if that is not visible yet; else 0
	targetAt  time.Time
	waiting   map[string]*writes // changes of this server on their way
	stuck     error              // why the store does not take what is in the log
}

// writes are what became of the messages of one Append, as far as they were read: those that a later message took the
// place of before are not among them.
type writes struct {
	effects map[string]store.Effect // by the entry's id
	timeMS  int64                   // of the last of them
}

// Status says how a replica does.
type Status struct {
	Reachable  bool
	Applied    uint64
	Last       uint64        // of the log, as far as is known
	StaleSince time.Time     // when the replica last knew that it had all; zero while the log is reachable
	Behind     time.Duration // how long it has not had all that the log has
	Failures   uint64        // appends that were not acknowledged
	Reconnects uint64        // times that the log was read anew
}

// Lag is how many changes the replica is behind, as far as is known.
func (s Status) Lag() uint64 { return s.Last - min(s.Applied, s.Last) }

// Timings.
const (
	pollEvery  = 500 * time.Millisecond // how often the log is asked for its end
	pollWithin = 2 * time.Second
	retryAfter = 100 * time.Millisecond
	idleAfter  = 2 * time.Second // without a message, though there should be one
)

// Open makes the store follow the log. The errors are store.ErrOtherLog and those of the store.
func Open(s *store.Store, log Log, say *slog.Logger) (*Replica, error) {
	if err := s.Follow(log.ID()); err != nil {
		return nil, err
	}
	r := &Replica{
		store: s, log: log, say: say, read: s.State().GetRevision(), moved: make(chan struct{}),
		waiting: map[string]*writes{}, level: time.Now(),
	}
	if r.reread(); !r.pending.gap {
		r.applied = r.read
	}
	return r, nil
}

// CatchUp follows the log until its end. When the log cannot be reached for so long, it gives up, without an error when
// the store holds a state that the log was in: that may be served.
func (r *Replica) CatchUp(ctx context.Context, patience time.Duration) error {
	for begin := time.Now(); ; {
		last, err := r.log.Last(ctx)
		if err == nil {
			err = r.readTo(ctx, last)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		state := r.store.State()
		if time.Since(begin) > patience && state.GetRevision() > 0 && !state.GetUnsettled() {
			r.say.Warn("the log of changes cannot be reached; what was stored before is served", "log", r.log.ID(), "cause", err,
				"revision", state.GetRevision())
			return nil
		}
		r.say.Warn("waiting for the log of changes", "log", r.log.ID(), "cause", err)
		if !sleep(ctx, 10*retryAfter) {
			return ctx.Err()
		}
	}
}

var errThere = errors.New("it is there")

// readTo follows the log up to a sequence.
func (r *Replica) readTo(ctx context.Context, last uint64) error {
	r.noteLast(last)
	if r.Status().Lag() == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go r.pollWhile(ctx)
	err := r.log.Read(ctx, r.read, func(m *Message) error {
		if err := r.take(ctx, m); err != nil {
			return err
		}
		if r.Status().Applied >= last {
			return errThere
		}
		return nil
	})
	r.reread()
	if errors.Is(err, errThere) {
		return nil
	}
	return err
}

// Run follows the log until the context ends.
func (r *Replica) Run(ctx context.Context) {
	var polling sync.WaitGroup
	polling.Go(func() { r.pollWhile(ctx) })
	defer polling.Wait()
	for ctx.Err() == nil {
		err := r.log.Read(ctx, r.read, func(m *Message) error { return r.take(ctx, m) })
		if ctx.Err() != nil {
			return
		}
		r.reconnects.Add(1)
		r.say.Warn("the log of changes is read anew", "log", r.log.ID(), "cause", err)
		r.reread()
		sleep(ctx, retryAfter)
	}
}

// pollWhile asks for the log's end now and then. When nothing comes though the log has gone on, what there was has been
// removed; a message that is there to have a sequence then ends the waiting.
func (r *Replica) pollWhile(ctx context.Context) {
	idle, at := time.Now(), uint64(0)
	for {
		last, err := r.poll(ctx)
		if s := r.Status(); s.Applied != at || s.Lag() == 0 {
			idle, at = time.Now(), s.Applied
		}
		if err == nil && time.Since(idle) > idleAfter {
			idle = time.Now()
			r.say.Info("the end of the log was removed; it gets a new one", "last", last, "applied", at)
			_, _ = r.log.Append(ctx, []Message{{Subject: subjectMark}}) // it is tried again
		}
		if !sleep(ctx, pollEvery) {
			return
		}
	}
}

func (r *Replica) poll(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, pollWithin)
	defer cancel()
	begin := time.Now()
	last, err := r.log.Last(ctx)
	if err == nil {
		r.noteLast(last)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reachable = err == nil; !r.reachable {
		r.wake()
	}
	if err == nil && r.target == 0 {
		r.target, r.targetAt = last, begin
		r.reach()
	}
	return last, err
}

// reach notes when the target is visible. r.mu is held.
func (r *Replica) reach() {
	if r.applied >= r.target && !r.targetAt.IsZero() {
		r.level, r.target, r.targetAt = r.targetAt, 0, time.Time{}
	}
}

func (r *Replica) noteLast(last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable = true
	r.last = max(r.last, last)
}

// Status returns how the replica does.
func (r *Replica) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{
		Reachable: r.reachable, Applied: r.applied, Last: r.last, Behind: time.Since(r.level),
		Failures: r.failures.Load(), Reconnects: r.reconnects.Load(),
	}
	if !s.Reachable {
		s.StaleSince = r.level
	} else if s.Lag() == 0 {
		s.Behind = 0
	}
	return s
}

// Stale returns when the replica last knew that it had all that is in the log; zero while the log is reachable.
func (r *Replica) Stale() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reachable {
		return time.Time{}
	}
	return r.level
}

// wake lets those who wait look again. r.mu is held.
func (r *Replica) wake() {
	close(r.moved)
	r.moved = make(chan struct{})
}

// wait waits until a revision is visible, and no longer than the log can be reached.
func (r *Replica) wait(ctx context.Context, revision uint64) error {
	for {
		r.mu.Lock()
		applied, moved, stuck, reachable := r.applied, r.moved, r.stuck, r.reachable
		r.mu.Unlock()
		if applied >= revision {
			return nil
		}
		if stuck != nil {
			return stuck
		}
		if !reachable {
			return fmt.Errorf("%w: %s", ErrLog, r.log.ID())
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sleep returns false when the context ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
