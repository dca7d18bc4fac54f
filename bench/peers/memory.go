package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// ownMemory returns what this process has in memory once garbage is collected and given back; 0 where there is no /proc.
func ownMemory() (int, error) {
	debug.FreeOSMemory()
	return memoryOf(os.Getpid())
}

// memoryOf returns what processes have in memory, in bytes; what several of them share counts once. 0 where there is no
// /proc.
func memoryOf(pids ...int) (sum int, err error) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if key, value, _ := strings.Cut(line, ":"); key == "Pss" {
				kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
				if err != nil {
					return 0, fmt.Errorf("process %d: Pss: %w", pid, err)
				}
				sum += kilobytes * 1024
			}
		}
	}
	return sum, nil
}

// children returns the processes that a process has started and that still run; none where there is no /proc.
func children(pid int) (pids []int) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}
