package server

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// lanes are the processors that bulk work may match leads on. While there are live calls, one of them is left free: the
// scheduler looks for messages that have come in only where there is nothing to run, and else every ten milliseconds,
// which is how long a live call would wait. Without live calls bulk work has all of them.
//
// Bulk work enters for a few leads at a time, so that it makes room within a millisecond or two.
type lanes struct {
	most     int          // processors
	lastLive atomic.Int64 // when a live call came, in nanoseconds since 1970

	mu   sync.Mutex // guards busy
	free sync.Cond  // told when one leaves
	busy int
}

// laneLeads is how many leads are matched before others get the lane.
const laneLeads = 32

// liveFor is how long after a live call the next one is expected: live traffic is seldom steady.
const liveFor = 200 * time.Millisecond

func newLanes() *lanes {
	l := &lanes{most: runtime.GOMAXPROCS(0)}
	l.free.L = &l.mu
	return l
}

// live notes that a live call has come.
func (l *lanes) live() { l.lastLive.Store(time.Now().UnixNano()) }

// open is how many lanes there are now: one at least.
func (l *lanes) open() int {
	if time.Now().UnixNano()-l.lastLive.Load() < int64(liveFor) {
		return max(1, l.most-1)
	}
	return l.most
}

// enter waits for a lane. Whoever has one works no longer than a few milliseconds and does not wait for anything.
func (l *lanes) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.busy >= l.open() {
		l.free.Wait()
	}
	l.busy++
}

func (l *lanes) leave() {
	l.mu.Lock()
	l.busy--
	room := l.open() - l.busy
	l.mu.Unlock()
	for range room {
		l.free.Signal()
	}
}
