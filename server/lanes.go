package server

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// lanes are the processors that bulk work may match leads on. Bulk work has one for a few leads at a time, so that bulk
// calls take turns within a millisecond or two.
//
// After ShareProcessors each lane is a thread that the system runs only where no other wants to: bulk work has all
// processors, and a live call takes one from it at once. See openThreads.
//
// Otherwise one lane is left free while there are live calls: the Go scheduler looks for messages that have come in only
// where there is nothing to run, and else every ten milliseconds, which is how long a live call would wait. Without live
// calls bulk work has all of them.
type lanes struct {
	most     int          // processors
	lastLive atomic.Int64 // when a live call came, in nanoseconds since 1970

	threads chan func()   // takes work for the lanes' threads; nil where there are none
	closed  chan struct{} // closed when the threads end

	mu   sync.Mutex // guards busy
	free sync.Cond  // told when one leaves
	busy int
}

// laneLeads is how many leads are matched before others get the lane.
const laneLeads = 32

// liveFor is how long after a live call the next one is expected: live traffic is seldom steady.
const liveFor = 200 * time.Millisecond

func newLanes() *lanes {
	l := &lanes{most: processors(), closed: make(chan struct{})}
	l.free.L = &l.mu
	return l
}

// live notes that a live call has come.
func (l *lanes) live() { l.lastLive.Store(time.Now().UnixNano()) }

// do runs a piece of bulk work on a lane. It works no longer than a few milliseconds and does not wait for anything.
func (l *lanes) do(work func()) {
	if l.threads != nil {
		l.onThread(work)
		return
	}
	l.enter()
	defer l.leave()
	work()
}

// yield lets live calls come first, within a piece of work: what the system does where lanes have threads.
func (l *lanes) yield() {
	if l.threads == nil {
		runtime.Gosched()
	}
}

// open is how many lanes there are now: one at least.
func (l *lanes) open() int {
	if time.Now().UnixNano()-l.lastLive.Load() < int64(liveFor) {
		return max(1, l.most-1)
	}
	return l.most
}

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

// keepPanic keeps the panic of another goroutine for the call's own, where guard recovers it; there it would end the
// process.
func keepPanic(to *atomic.Pointer[string]) {
	if p := recover(); p != nil {
		text := fmt.Sprintf("%v, in a helper:\n%s", p, debug.Stack())
		to.Store(&text)
	}
}
