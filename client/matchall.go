package client

import (
	"context"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// MatchAllOptions say how many leads are decided at once. The zero value, and nil, suit a server on the same machine.
type MatchAllOptions struct {
	Match     *leadmatchv1.MatchOptions // for every lead
	BatchSize int                       // leads a message, 1 to 1,000; 0 means 128
	Streams   int                       // streams at once, at most 64; 0 means 4
	Window    int                       // batches on their way a stream, at most 64; 0 means 4
	Timeout   time.Duration             // how long an answer to a batch may take; 0 means a minute
	// Patience is how long to go on trying while no server answers; 0 means two minutes, and less than 0 not at all.
	Patience time.Duration
	// Waiting is told of each failure that is waited out, from several goroutines at once; nil tells nobody.
	Waiting func(error)
}

// defaultAnswerTimeout is far beyond what a server needs for a batch: one that takes longer hangs.
const defaultAnswerTimeout = time.Minute

// Result is the answer for one lead: an Outcome, or the error for which the lead was refused.
type Result struct {
	Lead     *leadmatchv1.Lead // as it came in
	Outcome  *leadmatchv1.Outcome
	Proposed *leadmatchv1.Outcome // of PreviewAll: under the proposed policy
	Err      *LeadError
}

func (o *MatchAllOptions) withDefaults() (MatchAllOptions, error) {
	var out MatchAllOptions
	if o != nil {
		out = *o
	}
	if out.Timeout <= 0 {
		out.Timeout = defaultAnswerTimeout
	}
	for _, f := range []struct {
		name              string
		value             *int
		fallback, atLeast int
		atMost            int
	}{
		{"BatchSize", &out.BatchSize, 128, 1, 1000},
		{"Streams", &out.Streams, 4, 1, 64},
		{"Window", &out.Window, 4, 1, 64},
	} {
		if *f.value == 0 {
			*f.value = f.fallback
		}
		if *f.value < f.atLeast || *f.value > f.atMost {
			return out, fmt.Errorf("%s: expected %d to %d, not %d", f.name, f.atLeast, f.atMost, *f.value)
		}
	}
	return out, nil
}

// MatchAll decides any number of leads and yields one result for each, in their order. A lead that the server refuses
// has a result with an error, and does not stop the rest. An error that is yielded ends it: the server stayed away
// longer than opts.Patience, the context ended, or leads yielded an error; the results of the leads before an error of
// leads come first.
//
// The leads are iterated on a goroutine of their own, at most Streams × Window batches ahead of the results. It has
// ended when MatchAll has, so leads that block for ever keep that from returning; and since a batch leaves when it is
// full or the leads end, leads that trickle in are answered late. A lead must not be changed until its result is there.
// A server that goes away is asked again for what it has not answered: matching has no side effect.
func (c *Client) MatchAll(ctx context.Context, leads iter.Seq2[*leadmatchv1.Lead, error], opts *MatchAllOptions) iter.Seq2[*Result, error] {
	return decideAll(ctx, c.openMatch, leads, opts)
}

// PreviewAll decides leads as MatchAll does, under the policy in force and under a proposed one, which is checked as
// SetPolicy does it. Nothing changes. The token needs the scope review or admin.
func (c *Client) PreviewAll(ctx context.Context, proposed *leadmatchv1.Policy, leads iter.Seq2[*leadmatchv1.Lead, error], opts *MatchAllOptions) iter.Seq2[*Result, error] {
	proposed, _ = Mend(proposed)
	return decideAll(ctx, c.openPreview(proposed), leads, opts)
}

func decideAll(ctx context.Context, open opener, leads iter.Seq2[*leadmatchv1.Lead, error], opts *MatchAllOptions) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		o, err := opts.withDefaults()
		if err != nil {
			yield(nil, err)
			return
		}
		run := startMatching(ctx, open, leads, &o)
		defer run.stop()
		for batch := range run.ordered {
			select {
			case <-batch.done:
			case <-run.ctx.Done():
				if err := run.group.Wait(); err != nil {
					yield(nil, err)
					return
				} // else everything was decided before the context ended
			}
			for i, lead := range batch.leads {
				batch.results[i].Lead = lead
				if !yield(&batch.results[i], nil) {
					return
				}
			}
		}
		if err := run.wait(); err != nil {
			yield(nil, err)
		}
	}
}

// leadBatch is leads on their way. Its results are there when done is closed.
type leadBatch struct {
	leads   []*leadmatchv1.Lead
	results []Result
	done    chan struct{}
}

// matching is one MatchAll: a feeder makes batches, each of which goes to whichever lane is free and, in the order of
// the leads, to the consumer, who waits for it to be done.
type matching struct {
	ctx     context.Context
	cancel  context.CancelFunc
	group   *errgroup.Group
	ordered chan *leadBatch // bounds how far the feeder is ahead
	jobs    chan *leadBatch

	inputErr error // of the leads; to be read when ordered is closed
}

func startMatching(ctx context.Context, open opener, leads iter.Seq2[*leadmatchv1.Lead, error], o *MatchAllOptions) *matching {
	ctx, cancel := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	m := &matching{
		ctx: ctx, cancel: cancel, group: group,
		ordered: make(chan *leadBatch, o.Streams*o.Window),
		jobs:    make(chan *leadBatch),
	}
	group.Go(func() error { return m.feed(leads, o.BatchSize) })
	for range o.Streams {
		l := &lane{open: open, opts: o, jobs: m.jobs, patience: newPatience(o.Patience, o.Waiting)}
		group.Go(func() error { return l.run(ctx) })
	}
	return m
}

// feed makes batches until the leads end. An error of theirs waits until the leads before it are decided.
func (m *matching) feed(leads iter.Seq2[*leadmatchv1.Lead, error], size int) error {
	defer close(m.ordered)
	defer close(m.jobs)
	for batch, err := range batches(leads, size) {
		if err != nil {
			m.inputErr = err
			return nil
		}
		if !m.pass(&leadBatch{leads: batch, done: make(chan struct{})}) {
			return context.Cause(m.ctx)
		}
	}
	return nil
}

func (m *matching) pass(b *leadBatch) bool {
	select {
	case m.ordered <- b:
	case <-m.ctx.Done():
		return false
	}
	select {
	case m.jobs <- b:
	case <-m.ctx.Done():
		return false
	}
	return true
}

// wait waits for everything to end and says why it did; nil when all leads are decided.
func (m *matching) wait() error {
	if err := m.group.Wait(); err != nil {
		return err
	}
	return m.inputErr
}

func (m *matching) stop() {
	m.cancel()
	_ = m.group.Wait() // whoever wanted to know has asked
}
