package client

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestHedged(t *testing.T) {
	first := errors.New("first")
	// Each try is given its number, counted from 1.
	f := func(what string, wait time.Duration, try func(ctx context.Context, n int32) error, asked int32, answer int32, want error) {
		t.Helper()
		var n atomic.Int32
		got, err := hedged(t.Context(), wait, func(ctx context.Context) (int32, error) {
			mine := n.Add(1)
			return mine, try(ctx, mine)
		})
		if !errors.Is(err, want) || err == nil && got != answer || n.Load() != asked {
			t.Errorf("%s: asked %d times, got the answer of %d and %v; want %d, %d, %v", what, n.Load(), got, err, asked, answer, want)
		}
	}
	hang := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	// The first try answers when there is a second one, which fails: whichever is the first to end.
	outlasted := func(answer, failure error) func(context.Context, int32) error {
		again := make(chan struct{})
		return func(_ context.Context, n int32) error {
			if n == 1 {
				<-again
				return answer
			}
			close(again)
			return failure
		}
	}
	const wait = 10 * time.Millisecond
	f("off", 0, func(context.Context, int32) error { time.Sleep(2 * wait); return nil }, 1, 1, nil)
	f("quick", time.Hour, func(context.Context, int32) error { return nil }, 1, 1, nil)
	f("quick and refused", time.Hour, func(context.Context, int32) error { return first }, 1, 0, first)
	f("the first hangs", wait, func(ctx context.Context, n int32) error {
		if n == 1 {
			return hang(ctx)
		}
		return nil
	}, 2, 2, nil)
	f("the second fails", wait, outlasted(nil, first), 2, 1, nil)
	f("both fail", wait, outlasted(first, first), 2, 0, first)
}
