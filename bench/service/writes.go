package main

import (
	"context"
	"errors"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
)

// writeFigures are matches of two clients, in a closed loop, without writes and beside writes of several kinds.
type writeFigures struct {
	quiet    []*load.Result // before, between and after the others
	single   *load.Result   // beside accounts that are written one by one
	bulk     *load.Result   // beside many
	rebuild  *load.Result   // while the index is rebuilt, for the accounts that were written
	replaced *load.Result   // while all accounts are replaced
	disk     []float64      // what the disk takes to sync, in nanoseconds, sorted

	singleStages, bulkStages stages
	replace                  time.Duration // how long that took
}

const (
	matching   = 2   // clients that match, one call each
	writers    = 16  // writes on their way, at most; each is followed by a look for what was written
	singleRate = 100 // accounts a second, each a write
	bulkRate   = 5000
	writeBatch = 100

	rewritten = 60_000 // accounts that are added beyond those that make the index be rebuilt
)

// due returns how many accounts have to be added to so many that the index is rebuilt; see matcher/compact.go.
func due(accounts int) int { return max(20_000, accounts/7) + 1 }

func (m *measurement) measureWrites(ctx context.Context) error {
	var err error
	if m.writes.disk, err = timeDisk(ctx, m.dir); err != nil {
		return err
	}
	writes := &load.Writes{Batch: 1, InFlight: 1, Accounts: due(m.accounts) + rewritten, Seed: seed}
	for _, step := range []func(context.Context, *load.Writes) error{
		m.quiet, m.single, m.quiet, m.rebuild, m.quiet, m.bulkWrites, m.quiet, m.replaceAll, m.quiet,
	} {
		if err := step(ctx, writes); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) matches() *load.Plan {
	p := m.plan(usual, load.Unary, 1)
	p.InFlight = matching
	return p
}

func (m *measurement) quiet(ctx context.Context, _ *load.Writes) error {
	p := m.matches()
	p.Duration = 2 * m.span
	r, _, err := m.run(ctx, p)
	m.writes.quiet = append(m.writes.quiet, r)
	return err
}

func (m *measurement) single(ctx context.Context, w *load.Writes) (err error) {
	p := m.matches()
	p.Duration = 10 * m.span
	p.Writes = w
	w.Rate, w.Batch, w.InFlight = singleRate, 1, writers
	m.writes.single, m.writes.singleStages, err = m.staged(ctx, p)
	return err
}

func (m *measurement) bulkWrites(ctx context.Context, w *load.Writes) (err error) {
	p := m.matches()
	p.Duration = 20 * m.span
	p.Writes = w
	w.Rate, w.Batch, w.InFlight = bulkRate, writeBatch, writers
	m.writes.bulk, m.writes.bulkStages, err = m.staged(ctx, p)
	return err
}

// rebuild writes until the index has to be rebuilt, and then matches until it is.
func (m *measurement) rebuild(ctx context.Context, w *load.Writes) error {
	if err := w.Add(ctx, m.clients[0], due(m.accounts)); err != nil {
		return err
	}
	watched, done := context.WithCancel(ctx)
	defer done()
	failed := make(chan error, 1)
	go func() {
		defer done()
		failed <- m.untilOneSegment(watched)
	}()
	p := m.matches()
	p.Duration = 20*m.span + time.Minute
	r, _, err := m.run(watched, p)
	m.writes.rebuild = r
	done()
	return errors.Join(err, <-failed)
}

// untilOneSegment waits for the end of a rebuild, which makes one segment of all.
func (m *measurement) untilOneSegment(ctx context.Context) error {
	for {
		s, err := m.clients[0].Status(ctx)
		if err != nil || s.GetSegments() == 1 {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("the index was not rebuilt in the time")
		}
	}
}

// replaceAll matches while all accounts are sent anew and take the place of the old ones.
func (m *measurement) replaceAll(ctx context.Context, _ *load.Writes) (err error) {
	watched, done := context.WithCancel(ctx)
	defer done()
	failed := make(chan error, 1)
	go func() {
		defer done()
		begin := time.Now()
		err := m.replace(ctx)
		m.writes.replace = time.Since(begin)
		failed <- err
	}()
	p := m.matches()
	p.Duration = time.Hour
	m.writes.replaced, _, err = m.run(watched, p)
	return errors.Join(err, <-failed)
}
