package client

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestHedged(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
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
	slow := func(d time.Duration, err error) error {
		time.Sleep(d)
		return err
	}
	const wait = 10 * time.Millisecond
	f("off", 0, func(context.Context, int32) error { return slow(2*wait, nil) }, 1, 1, nil)
	f("quick", time.Hour, func(context.Context, int32) error { return nil }, 1, 1, nil)
	f("quick and refused", time.Hour, func(context.Context, int32) error { return first }, 1, 0, first)
	f("the first hangs", wait, func(ctx context.Context, n int32) error {
		if n == 1 {
			return hang(ctx)
		}
		return nil
	}, 2, 2, nil)
	f("the second fails", wait, func(_ context.Context, n int32) error {
		if n == 1 {
			return slow(10*wait, nil)
		}
		return second
	}, 2, 1, nil)
	f("both fail", wait, func(_ context.Context, n int32) error {
		if n == 1 {
			return slow(10*wait, first)
		}
		return second
	}, 2, 0, first)
}
