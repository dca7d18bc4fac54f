package client

import (
	"context"
	"time"
)

// hedged asks a second time when the first has not answered after the wait, and returns the first answer that is no
// error; when both fail, the later error. The one that is not needed is canceled. A wait of 0 never asks twice.
func hedged[T any](ctx context.Context, wait time.Duration, ask func(context.Context) (T, error)) (T, error) {
	if wait <= 0 {
		return ask(ctx)
	}
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, 2)
	start := func() {
		value, err := ask(ctx)
		answers <- answer{value, err}
	}
	go start()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case first := <-answers:
		return first.value, first.err
	case <-timer.C:
	}
	go start()
	last := <-answers
	if last.err != nil {
		last = <-answers
	}
	return last.value, last.err
}
