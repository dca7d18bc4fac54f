package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// waitTime returns how long threads of a process that could have run had no processor; 0 where there is no /proc.
func waitTime(pid int) (total time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is right
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			total += time.Duration(n)
		}
	}
	return total
}

// machine is how long all processors have been there, and how long of that the hypervisor let others run, in ticks.
type machine struct{ all, stolen float64 }

// readMachine returns zeros where there is no /proc.
func readMachine() (m machine) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return m
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	for i, field := range fields[min(1, len(fields)):min(9, len(fields))] {
		n, _ := strconv.ParseFloat(field, 64)
		m.all += n
		if i == 7 {
			m.stolen = n
		}
	}
	return m
}

func (m machine) stolenSince(before machine) float64 {
	if m.all <= before.all {
		return 0
	}
	return (m.stolen - before.stolen) / (m.all - before.all)
}
