// Package engine decides leads in any process as leadmatchd does, from a snapshot of what one holds.
//
// A snapshot is a file that `leadmatch snapshot export` wrote: accounts, overrides and policy as they were at one revision.
// It is what AdminService.Backup streams, so that a backup is one, too. Package backup says what it looks like.
//
//	e, err := engine.Open("snapshot")
//	outcomes, refused, err := e.Match(leads, nil)
//
// The outcomes are the bytes that a server of the same version answers that was started on the same data. A server that
// has taken writes since its start may differ where the outcome says CAP_REACHED: see package matcher, on determinism.
//
// # Memory
//
// A snapshot is read frame by frame, and what stays is the index: 200 to 300 bytes an account. While it is read, the
// garbage collector lets as much again lie about; debug.SetGCPercent is the program's to set.
package engine

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/backup"
)

// ErrNewer says that a snapshot was written by a newer leadmatchd than this program can follow.
var ErrNewer = errors.New("the snapshot was written by a newer leadmatchd")

// Engine is an index that was loaded from a snapshot. It never changes; any number of goroutines may use it at once.
type Engine struct{ snap *matcher.Snapshot }

// Open loads a snapshot from a file.
func Open(path string) (*Engine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, err := Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// Load reads a snapshot to its end, and checks all of it. An error wraps backup.ErrBroken when it is damaged or cut off,
// ErrNewer when it cannot be read by this version, and otherwise is the reader's.
func Load(r io.Reader) (*Engine, error) {
	l := loader{index: matcher.New(nil)}
	defer l.index.Close()
	if err := l.index.Replace(0, func(yield func(*matcher.Account, error) bool) { l.read(r, yield) }); err != nil {
		return nil, err
	}
	l.index.Apply(l.rest)
	return &Engine{l.index.Snapshot()}, nil
}

// loader reads a snapshot into an index: the accounts as they come, the rest at the end.
type loader struct {
	index *matcher.Index
	rest  matcher.Changes
	last  string // id of the account before
}

func (l *loader) read(r io.Reader, yield func(*matcher.Account, error) bool) {
	err := backup.Read(r, backup.Funcs{
		State:  l.state,
		Policy: l.policy,
		Override: func(r *storev1.OverrideRecord) error {
			l.rest.SetOverrides = append(l.rest.SetOverrides, Override(r))
			return nil
		},
		Account: func(r *storev1.AccountRecord) error {
			if r.GetId() <= l.last {
				return fmt.Errorf("%w: the account %q is out of order", backup.ErrBroken, r.GetId())
			}
			l.last = r.GetId()
			if a := Account(r); !yield(&a, nil) {
				return errStopped
			}
			return nil
		},
	})
	if err != nil && err != errStopped {
		yield(nil, err)
	}
}

// errStopped says that nobody wants more accounts.
var errStopped = errors.New("stopped")

func (l *loader) state(s *storev1.StateRecord) error {
	if s.GetFormat() > backup.Format {
		return fmt.Errorf("%w: its format is %d, this program reads up to %d", ErrNewer, s.GetFormat(), backup.Format)
	}
	l.rest.Revision = s.GetRevision()
	return nil
}

func (l *loader) policy(r *storev1.PolicyRecord) error {
	l.rest.Policy = Policy(r)
	if wrong := l.rest.Policy.Check(); len(wrong) > 0 {
		return fmt.Errorf("%w: its policy is not valid for this program: %w", ErrNewer, wrong[0])
	}
	return nil
}

// Accounts returns how many accounts there are.
func (e *Engine) Accounts() int { return e.snap.Stats().Accounts }

// Revision returns the revision that the snapshot is of.
func (e *Engine) Revision() uint64 { return e.snap.Versions().Revision }

// Match decides leads, whose texts are UTF-8. In the place of each lead there is either an outcome or why it was refused,
// as from MatchService.StreamMatch. An error is about the options. It works on the caller's goroutine.
func (e *Engine) Match(leads []*leadmatchv1.Lead, opts *leadmatchv1.MatchOptions) ([]*leadmatchv1.Outcome, []*leadmatchv1.LeadError, error) {
	if err := e.check(opts); err != nil {
		return nil, nil, err
	}
	o := matcher.MatchOptions{Limit: int(opts.GetLimit()), Explain: opts.GetExplain(), Features: opts.GetFeatures(), Reads: opts.GetReads()}
	outcomes, refused := make([]*leadmatchv1.Outcome, len(leads)), make([]*leadmatchv1.LeadError, len(leads))
	arena := NewArena(len(leads), max(o.Limit, SlabCandidates), e.snap.Versions())
	var lead matcher.Lead
	var outcome matcher.Outcome
	for i, l := range leads {
		if refused[i] = WrongWith(l); refused[i] != nil {
			continue
		}
		SetLead(&lead, l)
		e.snap.Match(&outcome, &lead, o)
		outcomes[i] = arena.Outcome(&outcome, o)
	}
	return outcomes, refused, nil
}

func (e *Engine) check(o *leadmatchv1.MatchOptions) error {
	if o.GetLimit() > MaxLimit {
		return fmt.Errorf("options.limit: at most %d; it is %d", MaxLimit, o.GetLimit())
	}
	if least := o.GetMinRevision(); least > e.Revision() {
		return fmt.Errorf("options.min_revision is %d, the snapshot is of %d", least, e.Revision())
	}
	return nil
}
