//go:build !linux

package matcher

import "runtime"

// giveWay lets other goroutines that are ready to run go first.
func giveWay() { runtime.Gosched() }
