package server

import "syscall"

const threadPriorities = true

// lower is by how much bulk work is nicer than live calls: when both want more than there is, it gets a tenth of what
// they get.
const lower = 10

// lowerPriority makes the calling thread give way to the process's others. That needs no privilege.
func lowerPriority() error {
	was, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 less than which is the niceness, negated
	if err != nil {
		return err
	}
	return syscall.Setpriority(syscall.PRIO_PROCESS, 0, min(20-was+lower, 19))
}
