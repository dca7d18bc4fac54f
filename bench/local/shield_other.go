//go:build !unix

package local

import "os/exec"

// shield does nothing where there are no process groups.
func shield(*exec.Cmd) {}

// interruptAll ends the process.
func interruptAll(cmd *exec.Cmd) error { return cmd.Process.Kill() }
