package load

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// sentMessage is one that waits for its answer.
type sentMessage struct {
	due, sent time.Time
	leads     int
}

// stream sends messages over a stream until the run is over, and opens it again when it breaks.
func (r *run) stream(ctx context.Context, c *client.Client) {
	clock := newWaiter()
	for r.oneStream(ctx, c, clock) {
	}
}

// oneStream uses one stream until it breaks; false means that the run is over.
func (r *run) oneStream(ctx context.Context, c *client.Client, clock *waiter) (again bool) {
	call, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stream, err := leadmatchv1.NewMatchServiceClient(c.Conn()).StreamMatch(call)
	if err != nil {
		r.fail(time.Now(), 0, err)
		r.rest(ctx, clock, err)
		return ctx.Err() == nil && time.Now().Before(r.end)
	}
	window := max(1, r.InFlight/r.Streams)
	slots, pending := make(chan struct{}, window), make(chan sentMessage, window)
	over := make(chan bool, 1)
	go func() {
		defer close(pending)
		over <- r.sendAll(ctx, call, stream, slots, pending)
	}()
	for m := range pending {
		if err == nil {
			err = r.receive(stream, m, cancel)
		}
		if err != nil {
			cancel(err) // the sender stops
			r.fail(m.due, m.leads, err)
			continue
		}
		<-slots
	}
	if err != nil {
		r.rest(ctx, clock, err)
	} else {
		_, _ = stream.Recv() // its end
	}
	return !<-over
}

// rest waits before a stream is opened again, in a closed loop as long as the server asks for.
func (r *run) rest(ctx context.Context, clock *waiter, err error) {
	if !r.closed() {
		err = nil
	}
	clock.pause(ctx, err)
}

// errLate is an answer that did not come within the plan's timeout.
var errLate = errors.New("there was no answer in time")

func (r *run) receive(stream leadmatchv1.MatchService_StreamMatchClient, m sentMessage, cancel context.CancelCauseFunc) error {
	late := time.AfterFunc(r.Timeout, func() { cancel(errLate) })
	defer late.Stop()
	res, err := stream.Recv()
	if err == io.EOF {
		err = errors.New("the server ended the stream")
	}
	if cause := context.Cause(stream.Context()); err != nil && cause == errLate {
		err = errLate
	}
	if err != nil {
		return err
	}
	a := answers{}
	for _, result := range res.GetResults() {
		if result.GetError() != nil {
			a.refused++
			continue
		}
		one := answersOf(result.GetOutcome())
		a.leads, a.matched = a.leads+1, a.matched+one.matched
	}
	r.answer(m.due, m.sent, a)
	return nil
}

// sendAll sends messages, as many at once as there are slots, until the run is over or the stream is broken. It says which.
func (r *run) sendAll(ctx, call context.Context, stream leadmatchv1.MatchService_StreamMatchClient, slots chan<- struct{},
	pending chan<- sentMessage,
) (over bool) {
	clock := newWaiter()
	options := r.Options
	for {
		select {
		case slots <- struct{}{}:
		case <-call.Done():
			return false
		}
		n, due, ok := r.take(ctx, clock)
		if !ok {
			_ = stream.CloseSend() // everything that was sent is answered, or has failed
			return true
		}
		leads := r.batch(n)
		pending <- sentMessage{due, time.Now(), len(leads)}
		if stream.Send(&leadmatchv1.StreamMatchRequest{Leads: leads, Options: options}) != nil {
			return false // the receiver is told why
		}
		options = nil // they hold until others are sent
	}
}
