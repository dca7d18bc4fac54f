//go:build !unix

package store

import (
	"io/fs"
	"math"
	"os"
)

// lockFile takes no lock of its own here: Badger's own keeps a second process out.
func lockFile(*os.File) error { return nil }

// freeBytes is not known here; the store then writes until it cannot.
func freeBytes(string) (uint64, error) { return math.MaxUint64, nil }

// diskBytes is a file's length.
func diskBytes(info fs.FileInfo) uint64 { return uint64(info.Size()) }
