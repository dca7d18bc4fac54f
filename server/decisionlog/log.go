// Package decisionlog writes down what was decided: one JSON object a line,
//
//	{"time", "method", "lead", "cut", "outcome": {"lead_id", "decision", "account_id", …, "versions"}, "shadow"}
//
// for people who ask later why a lead went where it did, and for deciding the same leads again.
//
// # Privacy
//
// Of the lead, only its id is written, unless more is asked for: [Company] adds what is said about the company, which is
// its name, website, address and the domain of the e-mail address, but neither that address's local part, for
// which "someone" stands, nor the phone number; "cut" then says that one of them was there. [Whole] adds everything.
//
// "shadow" is what a shadow policy would have decided, where that is something else.
//
// # Concurrency
//
// Any number of goroutines may add at once. Adding never waits for the disk: what is not yet written is in memory, at most
// maxWaiting bytes of it, and beyond that decisions are dropped, counted, and the log of the server says how many.
//
// # Files
//
// A file that has become too long or too old gets its time into its name, and the oldest of those are deleted. After a
// crash the last line may be cut off; the next one begins on a line of its own. Read reads them all as one, backward.
package decisionlog

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Leads says how much of a lead is written.
type Leads string

const (
	ID      Leads = "id"      // only the id
	Company Leads = "company" // what is said about the company
	Whole   Leads = "whole"   // all that was sent, the person's address and number too
)

// Options say what is written where. Every field is needed.
type Options struct {
	Path     string
	Leads    Leads
	Share    float64       // of decisions that are written, above 0 to 1
	MaxBytes int64         // after which a file is ended
	MaxAge   time.Duration // likewise
	Keep     int           // files that have ended and are kept
	Log      *slog.Logger
}

const (
	maxWaiting = 16 << 20
	writeEvery = 200 * time.Millisecond
	tellEvery  = 10 * time.Second
)

// Log is a decision log that is open.
type Log struct {
	opts Options
	file *file // used by the writing goroutine

	mu       sync.Mutex // guards the rest
	waiting  []byte
	spare    []byte
	counted  Counts
	wake     chan struct{}
	closing  chan struct{}
	finished chan struct{}
}

// Counts are decisions since the log was opened.
type Counts struct {
	Written uint64 // or waiting to be
	Dropped uint64 // because the disk is too slow, or full
}

// Open begins to write to a file, after what is there.
func Open(opts Options) (*Log, error) {
	f, err := openFile(opts.Path, opts.MaxBytes, opts.MaxAge, opts.Keep)
	if err != nil {
		return nil, err
	}
	l := &Log{opts: opts, file: f, wake: make(chan struct{}, 1), closing: make(chan struct{}), finished: make(chan struct{})}
	go l.run()
	return l, nil
}

// Close writes what is waiting and closes the file. Nothing may be added afterwards.
func (l *Log) Close() error {
	close(l.closing)
	<-l.finished
	return l.file.close()
}

// Counts says how much was written and dropped.
func (l *Log) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counted
}

// Add writes down decisions that a call has made, as far as they are in the share. It keeps nothing of the messages.
func (l *Log) Add(method string, leads []*leadmatchv1.Lead, outcomes []*leadmatchv1.Outcome) {
	for i, o := range outcomes {
		l.AddOne(method, leads[i], o, nil)
	}
}

// AddOne writes down a decision as Add does. One that a shadow policy disagrees with is written in any case.
func (l *Log) AddOne(method string, lead *leadmatchv1.Lead, o *leadmatchv1.Outcome, shadow *Shadow) {
	if shadow == nil && l.opts.Share < 1 && rand.Float64() >= l.opts.Share {
		return
	}
	e := l.entry(time.Now().UTC(), method, lead, o)
	e.Shadow = shadow
	text, err := json.Marshal(e)
	if err != nil {
		text = nil // a number that JSON has no text for: it is not written, and counted
	}
	l.put(text)
}

// put adds a line to what is waiting, or drops it.
func (l *Log) put(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line == nil || len(l.waiting)+len(line) >= maxWaiting {
		l.counted.Dropped++
		return
	}
	l.counted.Written++
	l.waiting = append(append(l.waiting, line...), '\n')
	if len(l.waiting) > maxWaiting/16 {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// run writes now and then until the log is closed.
func (l *Log) run() {
	defer close(l.finished)
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	var told Counts
	var last time.Time
	for open := true; open; {
		select {
		case <-ticker.C:
		case <-l.wake:
		case <-l.closing:
			open = false
		}
		err := l.write()
		if c := l.Counts(); c.Dropped > told.Dropped && (time.Since(last) > tellEvery || !open) {
			l.opts.Log.Warn("decisions were not logged", "dropped", c.Dropped-told.Dropped, "file", l.opts.Path, "error", err)
			told, last = c, time.Now()
		}
	}
}

// write writes what is waiting; what cannot be written is dropped.
func (l *Log) write() error {
	l.mu.Lock()
	text := l.waiting
	l.waiting = l.spare[:0]
	l.mu.Unlock()
	written, err := l.file.write(text)
	lost := uint64(strings.Count(string(text[written:]), "\n"))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = text
	l.counted.Written -= lost
	l.counted.Dropped += lost
	return err
}

// ParseLeads reads "id", "company" or "whole".
func ParseLeads(s string) (Leads, error) {
	switch l := Leads(s); l {
	case ID, Company, Whole:
		return l, nil
	}
	return "", fmt.Errorf("expected id, company or whole, not %q", s)
}
