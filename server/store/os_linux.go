package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written to the file durable. The file keeps its size, so nothing else about it need
// be synced.
func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
