// Package replica keeps the stores of several servers in step by a log of changes that all of them write to and read.
//
// The log holds the last message of each subject: one subject an account, one an override, and one for the policy. A
// change is appended to the log, and is acknowledged once this server's own store and index have applied it: what was
// acknowledged is in the log, whatever becomes of the server. Revisions are the log's sequences, so that a revision
// means the same on every replica.
//
// As later messages take the place of earlier ones, a reader that is behind does not see all that there was: what it
// has then is no state that the log ever was in, until it has come to the log's end as it was when the gap was made. A
// replica makes nothing visible before that: at one revision, all replicas hold the same.
//
// All accounts are replaced under another generation, a part of their subjects that is unlike any before, and become
// the present ones by one message. Removed accounts leave messages without content behind, so that nobody misses
// them; these go with their generation.
package replica

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Log is where changes are kept and read in one order by all. Any number of goroutines may use it at once.
type Log interface {
	// ID tells the log from all others, and from one of the same name that was there before.
	ID() string
	// Append stores messages next to each other, all or none, and returns the sequence of the last. The errors are
	// ErrConflict, with which nothing is stored, store.ErrTooLarge, and ErrLog, with which nobody knows.
	Append(ctx context.Context, messages []Message) (last uint64, err error)
	// Read calls the function with the messages after a sequence, in order, as they come, until the context ends, the
	// function returns an error, or the log cannot be read any more.
	Read(ctx context.Context, after uint64, each func(*Message) error) error
	// Last returns the log's last sequence.
	Last(ctx context.Context) (uint64, error)
	// Purge removes the messages with a subject, which may end in ">".
	Purge(ctx context.Context, subject string) error
	// Close ends what uses it; no method may be called afterwards.
	Close()
}

// Message is one in a log.
type Message struct {
	Subject string
	Data    []byte // empty: what the subject stands for is removed
	Write   string // tells the messages of one Append from others
	// Expect is what must hold for the message to be appended; nil: nothing.
	Expect *Expect

	// What a message has once it was appended.
	Sequence uint64
	Time     time.Time
	More     bool   // the next message was appended with it
	End      bool   // the log held nothing behind it when it was read
	Reader   string // changes when the log is read in another place
}

// Expect says that the last message of a subject has a sequence; 0: there is none.
type Expect struct {
	Subject  string
	Sequence uint64
}

// The errors of a log.
var (
	// ErrConflict says that what a message expects does not hold, or may not hold in a moment.
	ErrConflict = errors.New("the log has changed meanwhile")
	// ErrLog says that the log cannot be reached, or does not do what it is asked for.
	ErrLog = errors.New("the log of changes cannot be reached")
	// ErrRefused says of ErrLog that it does not go away by itself: certificates, credentials or permissions are not right.
	ErrRefused = errors.New("certificates, credentials or permissions are not right")
	// ErrAway is ErrLog where nothing was appended for sure: another server may be better off.
	ErrAway = fmt.Errorf("%w; changes are refused here until it is back", ErrLog)
)
