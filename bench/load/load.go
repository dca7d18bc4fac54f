// Package load puts a leadmatchd under load and measures how it answers.
//
// # Open and closed loops
//
// In an open loop messages come at a fixed rate, as those of many callers do who know nothing of each other. The latency of
// one counts from the moment that was planned for it, whenever it could be sent: a server that stops for a second delays all
// that would have come in that second, and all of that is measured (otherwise it would not: "coordinated omission"). Messages
// that could not even be sent before the end count with the time that they had waited by then.
//
// In a closed loop so many messages are always on their way, and the next one is sent when one is answered. That measures
// how much a server can do; its latencies are those of a server that is always busy.
//
// # Concurrency
//
// Runs of one Plan may not overlap; the same leads may be used in several Plans at once.
package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Mode is how leads are sent.
type Mode string

// The modes.
const (
	Unary  Mode = "unary"  // Match: a lead a message
	Batch  Mode = "batch"  // BatchMatch
	Stream Mode = "stream" // StreamMatch
)

// Plan is a load: what is sent, how and for how long.
type Plan struct {
	// Clients are what the load is spread over, a connection each. They must make calls once: client.Options.Once.
	Clients []*client.Client
	Mode    Mode
	Leads   []*leadmatchv1.Lead       // sent in turn, over and over
	Options *leadmatchv1.MatchOptions // of every lead; nil is the server's defaults
	// Method is the full name of a method to call in place of Match, with the same messages; only where Mode is Unary.
	Method string

	Rate     float64 // leads a second in an open loop; 0 is a closed loop
	Batch    int     // leads a message; 1 where Mode is Unary
	InFlight int     // messages at most on their way
	Streams  int     // that share them, where Mode is Stream

	WarmUp   time.Duration // before anything is measured
	Duration time.Duration
	Timeout  time.Duration // for an answer

	Writes *Writes // beside the leads; nil: none
}

// Check returns what is wrong with a plan, as Run does.
func (p *Plan) Check() error {
	switch {
	case len(p.Clients) == 0:
		return errors.New("load: there is no client")
	case len(p.Leads) == 0:
		return errors.New("load: there is no lead")
	case p.Mode != Unary && p.Mode != Batch && p.Mode != Stream:
		return fmt.Errorf("load: the mode is %q, expected unary, batch or stream", p.Mode)
	case p.Batch < 1 || p.Batch > 1000 || p.Mode == Unary && p.Batch != 1:
		return fmt.Errorf("load: %d leads a message, expected 1 to 1,000, and 1 with unary", p.Batch)
	case p.InFlight < 1:
		return fmt.Errorf("load: %d messages in flight, expected 1 or more", p.InFlight)
	case p.Mode == Stream && (p.Streams < 1 || p.Streams > p.InFlight):
		return fmt.Errorf("load: %d streams, expected 1 to as many as there are messages in flight", p.Streams)
	case p.Duration <= 0 || p.WarmUp < 0 || p.Timeout <= 0:
		return errors.New("load: duration and timeout must be above 0, and the warm-up not below it")
	case !(p.Rate >= 0):
		return fmt.Errorf("load: the rate is %v, expected 0 or more", p.Rate)
	}
	return p.Writes.check()
}

// Run carries a plan out. When the context ends early, it returns what was measured until then. An error says what is wrong
// with the plan; what the server refuses is in the result.
func Run(ctx context.Context, p *Plan) (*Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	begin := time.Now()
	window := span{begin.Add(p.WarmUp), begin.Add(p.WarmUp + p.Duration)}
	leads := newRecorder(window)
	run := &run{Plan: p, arrivals: newArrivals(begin, window.end, p.Rate/float64(p.Batch)), recorder: leads}
	var running sync.WaitGroup
	run.start(ctx, &running)
	var writes *writing
	if p.Writes != nil {
		writes = startWriting(ctx, p, begin, window, &running)
	}
	running.Wait()
	out := leads.result(run.arrivals)
	out.Mode, out.Rate, out.Batch = p.Mode, p.Rate, p.Batch
	if writes != nil {
		out.Writes = writes.result()
	}
	return out, nil
}

// run is a plan that is being carried out.
type run struct {
	*Plan
	*arrivals
	*recorder
}

func (r *run) start(ctx context.Context, running *sync.WaitGroup) {
	workers := r.InFlight
	work := r.calls
	if r.Mode == Stream {
		workers, work = r.Streams, r.stream
	}
	for i := range workers {
		c := r.Clients[i%len(r.Clients)]
		running.Go(func() { work(ctx, c) })
	}
}

// batch returns the leads of the nth message. They go round, and a message ends where a round does: leads are a slice of
// those of the plan.
func (r *run) batch(n int64) []*leadmatchv1.Lead {
	messages := int64((len(r.Leads) + r.Batch - 1) / r.Batch)
	from := int(n%messages) * r.Batch
	return r.Leads[from:min(from+r.Batch, len(r.Leads))]
}

// calls makes one call after the other until the run is over.
func (r *run) calls(ctx context.Context, c *client.Client) {
	call := r.unary
	if r.Mode == Batch {
		call = r.batchMatch
	}
	clock := newWaiter()
	for {
		n, planned, ok := r.take(ctx, clock)
		if !ok {
			return
		}
		sent := time.Now()
		leads := r.batch(n)
		outcomes, err := call(context.WithoutCancel(ctx), c, leads)
		if err != nil {
			r.fail(planned, len(leads), err)
			if r.closed() {
				clock.pause(ctx, err)
			}
			continue
		}
		r.answer(planned, sent, outcomes)
	}
}

// unary asks for one lead.
func (r *run) unary(ctx context.Context, c *client.Client, leads []*leadmatchv1.Lead) (answers, error) {
	method := r.Method
	if method == "" {
		method = leadmatchv1.MatchService_Match_FullMethodName
	}
	var res leadmatchv1.MatchResponse
	err := c.Conn().Invoke(ctx, method, &leadmatchv1.MatchRequest{Lead: leads[0], Options: r.Options}, &res)
	return answersOf(res.GetOutcome()), err
}

func (r *run) batchMatch(ctx context.Context, c *client.Client, leads []*leadmatchv1.Lead) (answers, error) {
	var res leadmatchv1.BatchMatchResponse
	err := c.Conn().Invoke(ctx, leadmatchv1.MatchService_BatchMatch_FullMethodName,
		&leadmatchv1.BatchMatchRequest{Leads: leads, Options: r.Options}, &res)
	return answersOf(res.GetOutcomes()...), err
}

// answers are what was said to the leads of one message.
type answers struct {
	leads   int
	matched int // to an account
	refused int // each for itself
}

func answersOf(outcomes ...*leadmatchv1.Outcome) answers {
	a := answers{leads: len(outcomes)}
	for _, o := range outcomes {
		if o.GetDecision() == leadmatchv1.Decision_DECISION_MATCHED {
			a.matched++
		}
	}
	return a
}
