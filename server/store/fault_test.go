//go:build linux

package store

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestMarkerCannotBeWritten gives the marker files that fail as disks do. The change that was under way must not be
// acknowledged, no further one taken, and all that was acknowledged must be there when the store is opened again.
func TestMarkerCannotBeWritten(t *testing.T) {
	f := func(device string, cause error, says string) {
		t.Helper()
		dir := t.TempDir()
		s, err := Open(dir, testOptions())
		check(t, err)
		commit(t, s, &Batch{Upsert: accounts(3, "x")})
		whole := s.marker.file
		s.marker.file, err = os.OpenFile(device, os.O_RDWR, 0)
		check(t, err)
		_, err = s.Commit(t.Context(), &Batch{Upsert: accounts(5, "x")})
		if !errors.Is(err, ErrFailed) || !errors.Is(err, cause) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want ErrFailed for %v", device, err, cause)
		}
		if _, err := s.Commit(t.Context(), &Batch{Delete: []string{"id-000000"}}); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: the next change: %v", device, err)
		}
		check(t, s.Close(), whole.Close())
		report, err := Verify(dir, testOptions())
		if err != nil || report.Accounts < 3 {
			t.Errorf("%s: %+v, %v", device, report, err)
		}
	}
	f("/dev/full", syscall.ENOSPC, "writing") // takes nothing
	f("/dev/null", syscall.EINVAL, "syncing") // takes everything, and cannot be synced
}
