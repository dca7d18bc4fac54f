package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"
)

// FuzzReadBackup reads any bytes as a backup: it is whole, or it is refused.
func FuzzReadBackup(f *testing.F) {
	backup, err := os.ReadFile(fmt.Sprintf(backupFile, Format))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(backup)
	f.Add(backup[:len(backup)/2])
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := ReadBackup(bytes.NewReader(text), ignoreAll()); err != nil && !errors.Is(err, ErrBackup) {
			t.Errorf("%v", err)
		}
	})
}
