package server

import (
	"context"
	"errors"
	"io"
)

// errDraining says that a stream has to end because the server does.
var errDraining = errors.New("the server is shutting down")

// receiver reads a stream one message ahead of who handles them.
type receiver[T any] struct {
	ctx      context.Context
	messages chan *T
	err      error // why messages was closed; nil at the stream's end
}

// receive begins to read. It ends with the stream's context, that is at the latest when the call's handler has returned.
func receive[T any](ctx context.Context, recv func() (*T, error)) *receiver[T] {
	r := &receiver[T]{ctx: ctx, messages: make(chan *T)}
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
// waiting for a message.
func (r *receiver[T]) next(draining <-chan struct{}) (*T, error) {
	select {
	case <-draining:
		return nil, errDraining
	default:
	}
	select {
	case m, ok := <-r.messages:
		if !ok {
			return nil, r.err
		}
		return m, nil
	case <-draining:
		return nil, errDraining
	}
}
