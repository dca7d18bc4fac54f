package leadbeam

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/graph/window"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func init() {
	register.DoFn5x1[context.Context, beam.Window, Lead, func(*leadmatchv1.Outcome), func(DeadLetter), error](&matchFn{})
	register.Emitter1[*leadmatchv1.Outcome]()
}

// Options say what decides: either Fleet or Snapshot.
type Options struct {
	Fleet    *Fleet
	Snapshot string // file that `leadmatch snapshot export` wrote; each process of a worker loads it once

	Limit       uint32 // candidates to return, at most 50; 0 means 5
	Explain     bool   // with each candidate's evidence, and how the candidates were found
	MinRevision uint64 // answer from this revision or a later one
	Batch       int    // leads that are decided together, to 100,000; 0 means 2,048
}

const (
	defaultBatch = 2048
	maxBatch     = 100_000
	maxStreams   = 64
	maxLimit     = 50
)

// check says what is wrong with the options.
func (o *Options) check() error {
	switch {
	case (o.Fleet == nil) == (o.Snapshot == ""):
		return wrong("Fleet, Snapshot", "expected one of both")
	case o.Fleet != nil && o.Fleet.Addr == "":
		return wrong("Fleet.Addr", "expected host:port; it is empty")
	case o.Fleet != nil && (o.Fleet.Streams < 0 || o.Fleet.Streams > maxStreams):
		return wrong("Fleet.Streams", "expected 0 to %d, not %d", maxStreams, o.Fleet.Streams)
	case o.Batch < 0 || o.Batch > maxBatch:
		return wrong("Batch", "expected 0 to %d, not %d", maxBatch, o.Batch)
	case o.Limit > maxLimit:
		return wrong("Limit", "expected at most %d, not %d", maxLimit, o.Limit)
	}
	return nil
}

func wrong(field, format string, args ...any) error {
	return fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...))
}

// TryRematch decides a PCollection<Lead>. It returns a PCollection<*leadmatchv1.Outcome> and a PCollection<DeadLetter> of the
// leads that are beyond the limits of leadmatch.v1. An error names the option that cannot be.
func TryRematch(s beam.Scope, leads beam.PCollection, opts Options) (outcomes, dead beam.PCollection, err error) {
	if err := opts.check(); err != nil {
		return outcomes, dead, err
	}
	if opts.Batch == 0 {
		opts.Batch = defaultBatch
	}
	outcomes, dead = beam.ParDo2(s.Scope("leadbeam.Rematch"), &matchFn{Options: opts}, leads)
	return outcomes, dead, nil
}

// Rematch is TryRematch that panics, as Beam's own transforms do when a pipeline is put together wrongly.
func Rematch(s beam.Scope, leads beam.PCollection, opts Options) (outcomes, dead beam.PCollection) {
	outcomes, dead, err := TryRematch(s, leads, opts)
	if err != nil {
		panic(fmt.Errorf("leadbeam.Rematch: %w", err))
	}
	return outcomes, dead
}

type matchFn struct {
	Options Options

	decider decider
	release func()
	batch   []Lead
}

func (f *matchFn) Setup(ctx context.Context) (err error) {
	f.decider, f.release, err = newDecider(ctx, &f.Options)
	return err
}

// StartBundle forgets the leads of a bundle that has failed.
func (f *matchFn) StartBundle(func(*leadmatchv1.Outcome), func(DeadLetter)) { f.batch = f.batch[:0] }

func (f *matchFn) ProcessElement(ctx context.Context, w beam.Window, lead Lead, outcome func(*leadmatchv1.Outcome), dead func(DeadLetter)) error {
	if !w.Equals(window.SingleGlobalWindow[0]) {
		return fmt.Errorf("leads are decided in batches, across windows: expected them in the global window, not in %v", w)
	}
	if f.batch = append(f.batch, lead); len(f.batch) < f.Options.Batch {
		return nil
	}
	return f.flush(ctx, outcome, dead)
}

func (f *matchFn) FinishBundle(ctx context.Context, outcome func(*leadmatchv1.Outcome), dead func(DeadLetter)) error {
	return f.flush(ctx, outcome, dead)
}

func (f *matchFn) Teardown() {
	if f.release != nil {
		f.release()
		f.release = nil
	}
}

// flush decides the leads that wait, and hands out what came of them.
func (f *matchFn) flush(ctx context.Context, outcome func(*leadmatchv1.Outcome), dead func(DeadLetter)) error {
	if len(f.batch) == 0 {
		return nil
	}
	leads := make([]*leadmatchv1.Lead, len(f.batch))
	for i := range f.batch {
		leads[i] = f.batch[i].message()
	}
	var counts [8]int64 // by decision
	begin, at := time.Now(), 0
	for result, err := range f.decider.decide(ctx, leads) {
		if err != nil {
			return fmt.Errorf("leads from %s on: %w", place(f.batch[at].File, f.batch[at].Line), err)
		}
		if e := result.Err; e != nil {
			refusedRows.Inc(ctx, 1)
			dead(refused(&f.batch[at], e.Field, e.Description))
		} else {
			counts[min(int(result.Outcome.GetDecision()), len(counts)-1)]++
			outcome(result.Outcome)
		}
		at++
	}
	batchTime.Update(ctx, time.Since(begin).Microseconds())
	for decision, n := range counts[:len(decisions)] {
		if n > 0 {
			decisions[decision].Inc(ctx, n)
		}
	}
	f.batch = f.batch[:0]
	return nil
}
