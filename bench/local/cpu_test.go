package local

import (
	"os"
	"testing"
	"time"
)

func TestProcessorTime(t *testing.T) {
	begin, pid := time.Now(), os.Getpid()
	before := CPUTime(pid)
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		if before != 0 {
			t.Errorf("used %v where nobody tells", before)
		}
		return
	}
	for CPUTime(pid)-before < 50*time.Millisecond {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%v of work took %v of the processor", time.Since(begin), CPUTime(pid)-before)
		}
	}
	if CPUTime(-1) != 0 {
		t.Error("no process uses the processor")
	}
}
