// Package memlog is a log of changes in memory, for tests: it does what a stream of NATS does, in one process, and each of
// its users can be parted from it.
package memlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/server/replica"
)

// Log is what all users share.
type Log struct {
	number   uint64     // no other log of the process has it
	mu       sync.Mutex // guards what follows
	messages []replica.Message
	last     uint64
	lastOf   map[string]uint64 // by subject
	more     chan struct{}     // closed, and replaced, when there is more
	readers  int
}

var made atomic.Uint64

// New returns an empty log.
func New() *Log {
	return &Log{number: made.Add(1), lastOf: map[string]uint64{}, more: make(chan struct{})}
}

// User is one server's access to a log.
type User struct {
	*Log
	parted atomic.Bool
	late   [][]replica.Message // what was appended while it was parted; guarded by mu
	slow   atomic.Int64        // pause after each message that is read, in nanoseconds
}

// User returns one more access.
func (l *Log) User() *User { return &User{Log: l} }

// Part parts the user from the log, or ends that: what was appended meanwhile, and failed, arrives then.
func (u *User) Part(parted bool) {
	u.parted.Store(parted)
	u.mu.Lock()
	defer u.mu.Unlock()
	for ; !parted && len(u.late) > 0; u.late = u.late[1:] {
		_, _ = u.append(u.late[0])
	}
	u.wake()
}

// Slow makes the user read one message in so long.
func (u *User) Slow(pause time.Duration) { u.slow.Store(int64(pause)) }

func (u *User) away(ctx context.Context) error {
	if u.parted.Load() {
		return fmt.Errorf("%w: it is parted", replica.ErrLog)
	}
	return ctx.Err()
}

// wake lets readers look again. mu is held.
func (l *Log) wake() {
	close(l.more)
	l.more = make(chan struct{})
}

// ID is the same for all users.
func (l *Log) ID() string { return fmt.Sprintf("memory-%d", l.number) }

// Close does nothing.
func (l *Log) Close() {}

// Append stores messages next to each other, all or none.
func (u *User) Append(ctx context.Context, messages []replica.Message) (uint64, error) {
	err := u.away(ctx)
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil {
		u.late = append(u.late, slices.Clone(messages))
		return 0, err
	}
	return u.append(messages)
}

// append appends messages. mu is held.
func (u *Log) append(messages []replica.Message) (uint64, error) {
	for _, m := range messages {
		if e := m.Expect; e != nil && u.lastOf[e.Subject] != e.Sequence {
			return 0, replica.ErrConflict
		}
	}
	now := time.Now().Truncate(time.Millisecond)
	for i, m := range messages {
		u.last++
		m.Data = slices.Clone(m.Data)
		m.Expect, m.Sequence, m.Time, m.More = nil, u.last, now, i < len(messages)-1
		u.messages = slices.DeleteFunc(u.messages, func(old replica.Message) bool { return old.Subject == m.Subject })
		u.messages = append(u.messages, m)
		u.lastOf[m.Subject] = u.last
	}
	u.wake()
	return u.last, nil
}

// Last returns the last sequence.
func (u *User) Last(ctx context.Context) (uint64, error) {
	if err := u.away(ctx); err != nil {
		return 0, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last, nil
}

// Purge removes the messages with a subject.
func (u *User) Purge(ctx context.Context, subject string) error {
	if err := u.away(ctx); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	prefix, many := strings.CutSuffix(subject, ">")
	gone := func(s string) bool { return s == subject || many && strings.HasPrefix(s, prefix) }
	u.messages = slices.DeleteFunc(u.messages, func(m replica.Message) bool { return gone(m.Subject) })
	for s := range u.lastOf {
		if gone(s) {
			delete(u.lastOf, s)
		}
	}
	return nil
}

// Read calls the function with the messages after a sequence.
func (u *User) Read(ctx context.Context, after uint64, each func(*replica.Message) error) error {
	u.mu.Lock()
	u.readers++
	reader := fmt.Sprint(u.readers)
	u.mu.Unlock()
	for {
		if err := u.away(ctx); err != nil {
			return err
		}
		m, more := u.next(after)
		if m == nil {
			select {
			case <-more:
			case <-ctx.Done():
			}
			continue
		}
		m.Reader, after = reader, m.Sequence
		if err := each(m); err != nil {
			return err
		}
		time.Sleep(time.Duration(u.slow.Load()))
	}
}

// next returns the first message after a sequence, or nil and what is closed when there is more.
func (l *Log) next(after uint64) (*replica.Message, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range l.messages {
		if m.Sequence > after {
			m.End = i == len(l.messages)-1
			return &m, nil
		}
	}
	return nil, l.more
}
