package matcher

import (
	"runtime"
	"syscall"
)

// giveWay lets others go first: goroutines that are ready to run, and threads that wait for a processor, of which there are more
// than processors where a program has set GOMAXPROCS so.
func giveWay() {
	runtime.Gosched()
	syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
}
