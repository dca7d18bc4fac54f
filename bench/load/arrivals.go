package load

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/client"
)

// span is a stretch of time.
type span struct{ start, end time.Time }

func (s span) holds(t time.Time) bool { return !t.Before(s.start) && t.Before(s.end) }

// arrivals hands out messages to be sent, each once. Any number of goroutines may take them.
type arrivals struct {
	start, end time.Time
	every      time.Duration // between two; 0 is a closed loop
	taken      atomic.Int64
}

// newArrivals has so many messages a second; 0 is a closed loop.
func newArrivals(start, end time.Time, perSecond float64) *arrivals {
	a := &arrivals{start: start, end: end}
	if perSecond > 0 {
		a.every = time.Duration(max(1, math.Round(float64(time.Second)/perSecond)))
	}
	return a
}

func (a *arrivals) closed() bool { return a.every == 0 }

// take waits for the next message to be due. It returns its number, from 0, and when it was due; in a closed loop, that is
// now. False means that there is none left.
func (a *arrivals) take(ctx context.Context, w *waiter) (n int64, due time.Time, ok bool) {
	now := time.Now()
	if !now.Before(a.end) || ctx.Err() != nil {
		return 0, now, false
	}
	n = a.taken.Add(1) - 1
	if a.closed() {
		return n, now, true
	}
	due = a.due(n)
	if !due.Before(a.end) || !w.until(ctx, due) {
		return n, due, false
	}
	return n, due, true
}

func (a *arrivals) due(n int64) time.Time { return a.start.Add(time.Duration(n) * a.every) }

// left calls f with the time of each message that was due before now and that nobody has taken.
func (a *arrivals) left(now time.Time, f func(due time.Time)) {
	if a.closed() {
		return
	}
	for n := a.taken.Load(); ; n++ {
		due := a.due(n)
		if !due.Before(a.end) || due.After(now) {
			return
		}
		f(due)
	}
}

// waiter is a goroutine's own clock.
type waiter struct{ timer *time.Timer }

func newWaiter() *waiter {
	w := &waiter{time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}

// until waits for a time; false means that the context has ended before.
func (w *waiter) until(ctx context.Context, t time.Time) bool {
	left := time.Until(t)
	if left <= 0 {
		return true
	}
	w.timer.Reset(left)
	select {
	case <-w.timer.C:
		return true
	case <-ctx.Done():
		w.timer.Stop()
		return false
	}
}

// shortPause is what a closed loop waits after a failure that says nothing of when to come back: a server that cannot be
// reached would otherwise be asked a million times a second.
const shortPause = 10 * time.Millisecond

// pause waits as long as a refusal asks for.
func (w *waiter) pause(ctx context.Context, err error) {
	delay, ok := client.RetryAfter(err)
	if !ok {
		delay = shortPause
	}
	w.until(ctx, time.Now().Add(delay))
}
