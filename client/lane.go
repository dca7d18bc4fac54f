package client

import (
	"context"
	"fmt"
	"io"
	"time"
)

// lane is one stream of MatchAll, opened again as often as it breaks. Batches that were sent and not answered are sent
// again on the next stream.
type lane struct {
	open     opener
	opts     *MatchAllOptions
	jobs     <-chan *leadBatch
	patience *patience
	again    []*leadBatch // to be sent before any of jobs
}

// run answers batches until jobs is closed and all are answered.
func (l *lane) run(ctx context.Context) error {
	for {
		err := l.serve(ctx)
		if err == nil {
			return nil
		}
		if err := l.patience.wait(ctx, err); err != nil {
			return err
		}
	}
}

// serve opens a stream and answers batches over it until it breaks or there are no more. It leaves in l.again what it
// took from jobs and did not answer.
func (l *lane) serve(ctx context.Context) error {
	first, ok := l.take(ctx)
	if !ok {
		return ctx.Err()
	}
	l.again = append([]*leadBatch{first}, l.again...)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := l.open(ctx)
	if err != nil {
		return err
	}
	sent := make(chan *leadBatch, l.opts.Window-1) // one more is in the receiver's hands
	unsent := make(chan []*leadBatch, 1)
	go func() {
		defer close(sent)
		unsent <- l.send(ctx, stream, sent, l.again)
	}()
	var left []*leadBatch
	for b := range sent {
		if err == nil {
			err = l.receive(stream, b, cancel)
		}
		if err != nil {
			cancel(err) // stops the sender, wherever it waits
			left = append(left, b)
		}
	}
	l.again = append(left, <-unsent...)
	if err == nil && len(l.again) > 0 {
		err = errEndedEarly
	}
	if err == nil {
		_, err = stream.receive() // the server's last word
		if err == io.EOF {
			return nil
		}
	}
	if context.Cause(ctx) == errHangs {
		return errHangs // also when the answer came just then, and it is the next one that is missing
	}
	return err
}

// take returns the next batch; false when there is none or the context has ended.
func (l *lane) take(ctx context.Context) (*leadBatch, bool) {
	if len(l.again) > 0 {
		b := l.again[0]
		l.again = l.again[1:]
		return b, true
	}
	select {
	case b, ok := <-l.jobs:
		return b, ok
	case <-ctx.Done():
		return nil, false
	}
}

// send sends the batches of again and then of jobs, each after it was put into sent, whose size bounds how many are on
// their way. It returns those of which sent knows nothing.
func (l *lane) send(ctx context.Context, stream *exchange, sent chan<- *leadBatch, again []*leadBatch) []*leadBatch {
	options := l.opts.Match
	for {
		var b *leadBatch
		if len(again) > 0 {
			b, again = again[0], again[1:]
		} else {
			var ok bool
			select {
			case b, ok = <-l.jobs:
			case <-ctx.Done():
				return nil
			}
			if !ok {
				_ = stream.closeSend() // its failure is the receiver's to see
				return nil
			}
		}
		select {
		case sent <- b:
		case <-ctx.Done():
			return append([]*leadBatch{b}, again...)
		}
		if stream.send(mendAll(b.leads), options) != nil {
			return again // the receiver is told why
		}
		options = nil // they hold until others are sent
	}
}

// receive waits for the answer to a batch and hands it over.
func (l *lane) receive(stream *exchange, b *leadBatch, cancel context.CancelCauseFunc) error {
	hangs := time.AfterFunc(l.opts.Timeout, func() { cancel(errHangs) })
	results, err := stream.receive()
	hangs.Stop()
	if err == io.EOF {
		return errEndedEarly
	}
	if err != nil {
		return err
	}
	if len(results) != len(b.leads) {
		return fmt.Errorf("the server answered %d leads with %d results", len(b.leads), len(results))
	}
	b.results = results
	close(b.done)
	l.patience.success()
	return nil
}
