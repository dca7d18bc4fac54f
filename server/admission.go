package server

import (
	"sync/atomic"
	"time"
)

// limiter bounds how many calls run at once. A call that is one too many is refused rather than queued: the caller
// knows better whether to wait.
type limiter struct {
	most    int64
	running atomic.Int64
}

func (l *limiter) enter() bool {
	if l.running.Add(1) > l.most {
		l.running.Add(-1)
		return false
	}
	return true
}

func (l *limiter) leave() { l.running.Add(-1) }

// refusals keeps the log readable when calls are refused by the thousand: one line a second, with how many there were.
type refusals struct {
	count atomic.Int64
	last  atomic.Int64 // when a line was written, in nanoseconds since 1970
}

// note counts a refusal, and says how many there were when it is time for a line.
func (r *refusals) note() (count int64, due bool) {
	r.count.Add(1)
	last, now := r.last.Load(), time.Now().UnixNano()
	if now-last < int64(time.Second) || !r.last.CompareAndSwap(last, now) {
		return 0, false
	}
	return r.count.Swap(0), true
}
