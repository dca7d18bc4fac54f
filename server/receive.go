package server

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Why a stream is ended before its caller ends it.
var (
	errDraining = errors.New("the server is shutting down")
	errIdle     = errors.New("no message came for too long")
)

// receiver reads a stream one message ahead of who handles them.
type receiver[T any] struct {
	ctx      context.Context
	idle     time.Duration // how long to wait for a message; 0 means any time
	messages chan *T
	err      error // why messages was closed; nil at the stream's end
}

// receive begins to read. It ends with the stream's context, that is at the latest when the call's handler has returned.
func receive[T any](ctx context.Context, recv func() (*T, error), idle time.Duration) *receiver[T] {
	r := &receiver[T]{ctx: ctx, idle: idle, messages: make(chan *T)}
	go r.run(recv)
	return r
}

func (r *receiver[T]) run(recv func() (*T, error)) {
	defer close(r.messages)
	for {
		m, err := recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.err = err
			}
			return
		}
		select {
		case r.messages <- m:
		case <-r.ctx.Done():
			r.err = r.ctx.Err()
			return
		}
	}
}

// next returns the next message; nil after the last one. When draining is closed, it returns errDraining instead of
// waiting for a message; when none comes in time, errIdle.
func (r *receiver[T]) next(draining <-chan struct{}) (*T, error) {
	select {
	case <-draining:
		return nil, errDraining
	default:
	}
	var late <-chan time.Time
	if r.idle > 0 {
		timer := time.NewTimer(r.idle)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case m, ok := <-r.messages:
		if !ok {
			return nil, r.err
		}
		return m, nil
	case <-draining:
		return nil, errDraining
	case <-late:
		return nil, errIdle
	}
}

// endOf is how a stream ends: well, with an error, or because the server or its patience ends. What was done says what
// became of the messages until then.
func endOf(err error, done string, messages int) error {
	switch err {
	case errDraining:
		return status.Errorf(codes.Unavailable, "%v; it has %s the first %d messages", err, done, messages)
	case errIdle:
		return status.Errorf(codes.Aborted, "%v; the server has %s the first %d messages", err, done, messages)
	}
	return err
}
