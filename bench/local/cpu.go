package local

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc on Linux.
const tick = 10 * time.Millisecond

// CPUTime returns how long a process has used processors; 0 where there is no /proc.
func CPUTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(text), ") ") // the program's name may have blanks
	parts := strings.Fields(fields)
	if len(parts) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(parts[11])
	system, _ := strconv.Atoi(parts[12])
	return time.Duration(user+system) * tick
}
