package server

import (
	"log/slog"
	"runtime"
	"sync/atomic"
)

// ShareProcessors lets the system divide the processors between live calls and bulk work: a program that serves calls it
// once, before Run. Go then runs twice as many goroutines at once as there are processors, so that bulk work, which has a
// thread of low priority for each processor, never keeps Go's scheduler from the others.
//
// It does nothing where the system has no priorities of threads, and where GOMAXPROCS is set to less than there are
// processors, or a container's quota is less: then threads are not what there is too little of, and a quota that is used
// up too fast stops all of them.
func ShareProcessors() {
	if threadPriorities && runtime.GOMAXPROCS(0) == runtime.NumCPU() {
		runtime.GOMAXPROCS(2 * runtime.NumCPU())
	}
}

// processors is how many the process has.
func processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// openThreads gives each lane a thread, if processors are shared. closeThreads ends them.
func (l *lanes) openThreads(log *slog.Logger) {
	if runtime.GOMAXPROCS(0) <= l.most {
		return
	}
	l.threads = make(chan func())
	for range l.most {
		go l.thread(log)
	}
}

func (l *lanes) closeThreads() { close(l.closed) }

// thread does a lane's work. The thread's priority can be lowered but not raised again, so it ends with the goroutine.
func (l *lanes) thread(log *slog.Logger) {
	runtime.LockOSThread()
	if err := lowerPriority(); err != nil {
		log.Warn("bulk work has the same priority as live calls, which may wait for it", "error", err)
	}
	for {
		select {
		case work := <-l.threads:
			work()
		case <-l.closed:
			return
		}
	}
}

// onThread has work done by one of the threads. Calls that are cut off may come when these have ended.
func (l *lanes) onThread(work func()) {
	var failed atomic.Pointer[string]
	done := make(chan struct{})
	select {
	case l.threads <- func() {
		defer close(done)
		defer keepPanic(&failed)
		work()
	}:
		<-done
	case <-l.closed:
		work()
	}
	if text := failed.Load(); text != nil {
		panic(*text)
	}
}
