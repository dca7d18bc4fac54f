package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/leadmatch/leadmatch/server/backup"
)

// FuzzReadBackup reads any bytes as a backup: it is whole, or it is refused.
func FuzzReadBackup(f *testing.F) {
	whole, err := os.ReadFile(fmt.Sprintf(backupFile, Format))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := backup.Read(bytes.NewReader(text), backup.Funcs{}); err != nil && !errors.Is(err, backup.ErrBroken) {
			t.Errorf("%v", err)
		}
	})
}
