//go:build unix

package local

import (
	"os/exec"
	"syscall"
)

// shield keeps Ctrl-C on the terminal from the process, by a process group of its own: it reaches the caller alone, who
// then ends everything in good order.
func shield(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interruptAll interrupts a shielded process and those that it has started.
func interruptAll(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
