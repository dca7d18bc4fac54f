package server

import (
	"syscall"
	"testing"
)

func TestThreadsGiveWay(t *testing.T) {
	l := newTestThreads(t)
	defer l.closeThreads()
	niceness := func() int {
		n, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		if err != nil {
			t.Fatal(err)
		}
		return 20 - n
	}
	mine, theirs := niceness(), 0
	l.do(func() { theirs = niceness() })
	if want := min(mine+lower, 19); theirs != want {
		t.Errorf("the niceness of bulk work is %d, want %d", theirs, want)
	}
	if again := niceness(); again != mine {
		t.Errorf("that of live calls was %d and is %d", mine, again)
	}
}
