package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// damageAccounts are enough to make Badger write a table, when the store is closed.
const damageAccounts = 2_000

// closedStore returns a folder with accounts, overrides and a policy in it.
func closedStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	s := testStore(t, dir)
	commit(t, s, &Batch{Upsert: accounts(damageAccounts, "some name")})
	commit(t, s, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o1", AccountId: "id-000000"}}})
	commit(t, s, &Batch{Policy: &storev1.PolicyRecord{Name: "p"}})
	closeStore(t, s)
	return dir
}

// crashedStore is closedStore as a kill leaves it: the last changes are in Badger's log only.
func crashedStore(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := testStore(t, dir)
	for i := range 10 {
		commit(t, s, &Batch{Upsert: accounts(10*(i+1), "some name")})
	}
	copied := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	return copied
}

// names returns the files of Badger with the ending.
func names(t *testing.T, dir, ending string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(badgerDir(dir), "*"+ending))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s file (%v)", ending, err)
	}
	return found
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestDamageIsRefused damages a store in the ways that files get damaged. It must never open as if nothing were the
// matter, and the message must say what is wrong.
func TestDamageIsRefused(t *testing.T) {
	f := func(name string, make func(*testing.T) string, damage func(t *testing.T, dir string), says string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			dir := make(t)
			damage(t, dir)
			_, err := Verify(dir, testOptions())
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("error %v, want ErrDamaged", err)
			}
			if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "restore") {
				t.Fatalf("the message %q does not say %q and what to do", err, says)
			}
		})
	}
	manifest := func(dir string) string { return filepath.Join(badgerDir(dir), "MANIFEST") }
	f("manifest removed", closedStore, func(t *testing.T, dir string) {
		check(t, os.Remove(manifest(dir)))
	}, "MANIFEST is missing")
	f("manifest emptied", closedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(manifest(dir), 0))
	}, "MANIFEST cannot be read")
	f("manifest shortened", closedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(manifest(dir), 20))
	}, "ends in the middle of an entry")
	f("badger's folder removed", closedStore, func(t *testing.T, dir string) {
		check(t, os.RemoveAll(badgerDir(dir)))
	}, "MANIFEST is missing")
	f("table removed", closedStore, func(t *testing.T, dir string) {
		check(t, os.Remove(names(t, dir, ".sst")[0]))
	}, ".sst is missing")
	f("table emptied", closedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(names(t, dir, ".sst")[0], 0))
	}, "badger")
	f("table shortened", closedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(names(t, dir, ".sst")[0], 5_000))
	}, "badger")
	f("value garbled", closedStore, func(t *testing.T, dir string) {
		garble(t, names(t, dir, ".sst")[0], "some name")
	}, "checksum")
	f("marker removed", closedStore, func(t *testing.T, dir string) {
		check(t, os.Remove(filepath.Join(dir, markerName)))
	}, "MARKER is missing")
	f("marker emptied", closedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(filepath.Join(dir, markerName), 0))
	}, "MARKER has 0 bytes")
	f("marker garbled", closedStore, func(t *testing.T, dir string) {
		check(t, os.WriteFile(filepath.Join(dir, markerName), make([]byte, markerLength), 0o600))
	}, "MARKER cannot be read")
	f("log removed", crashedStore, func(t *testing.T, dir string) {
		check(t, os.Remove(names(t, dir, ".mem")[0]))
	}, "is empty, but should hold 100 accounts")
	f("log emptied", crashedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(names(t, dir, logEnding)[0], 0))
	}, "is empty, but should hold 100 accounts")
	f("log shortened", crashedStore, func(t *testing.T, dir string) {
		check(t, os.Truncate(names(t, dir, ".mem")[0], 20_000))
	}, "acknowledged")
	f("log garbled", crashedStore, func(t *testing.T, dir string) {
		garble(t, names(t, dir, ".mem")[0], "id-000099")
	}, "acknowledged")
}

// garble flips a bit in the last place of the file where the text is.
func garble(t *testing.T, file, text string) {
	t.Helper()
	data, err := os.ReadFile(file)
	check(t, err)
	at := bytes.LastIndex(data, []byte(text))
	if at < 0 {
		t.Fatalf("%q is not in %s", text, file)
	}
	data[at] ^= 1
	check(t, os.WriteFile(file, data, 0o600))
}

// TestDamageDestroysNothing shows that a store that is refused is left as it is: what is missing can be put back.
func TestDamageDestroysNothing(t *testing.T) {
	dir := closedStore(t)
	manifest := filepath.Join(badgerDir(dir), "MANIFEST")
	check(t, os.Rename(manifest, manifest+".away"))
	if _, err := Open(dir, testOptions()); !errors.Is(err, ErrDamaged) {
		t.Fatalf("error %v, want ErrDamaged", err)
	}
	check(t, os.Rename(manifest+".away", manifest))
	report, err := Verify(dir, testOptions())
	if err != nil || report.Accounts != damageAccounts {
		t.Fatalf("%+v, %v", report, err)
	}
}

// TestTornManifestDestroysNothing: a manifest that was cut is refused before Badger deletes what it no longer lists.
func TestTornManifestDestroysNothing(t *testing.T) {
	dir := closedStore(t)
	manifest := filepath.Join(badgerDir(dir), "MANIFEST")
	whole, err := os.ReadFile(manifest)
	check(t, err)
	before := names(t, dir, ".sst")
	for _, length := range []int{len(whole) - 1, len(whole) / 2, 20} {
		check(t, os.WriteFile(manifest, whole[:length], 0o600))
		if _, err := Open(dir, testOptions()); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut to %d bytes: error %v, want ErrDamaged", length, err)
		}
		if after := names(t, dir, ".sst"); !slices.Equal(after, before) {
			t.Fatalf("cut to %d bytes: the tables were %v and are %v", length, before, after)
		}
	}
	check(t, os.WriteFile(manifest, whole, 0o600))
	report, err := Verify(dir, testOptions())
	if err != nil || report.Accounts != damageAccounts {
		t.Fatalf("%+v, %v", report, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, tornPattern)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestTornManifestAfterPowerLoss: half an entry at the end, of which nothing else is known, is what a power loss leaves.
func TestTornManifestAfterPowerLoss(t *testing.T) {
	dir := closedStore(t)
	file, err := os.OpenFile(filepath.Join(badgerDir(dir), "MANIFEST"), os.O_WRONLY|os.O_APPEND, 0)
	check(t, err)
	_, err = file.Write([]byte{0, 0, 0, 40, 1, 2, 3})
	check(t, err, file.Close())
	report, err := Verify(dir, testOptions())
	if err != nil || report.Accounts != damageAccounts {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestCrashLosesNothing(t *testing.T) {
	report, err := Verify(crashedStore(t), testOptions())
	if err != nil || report != (Report{Revision: 10, Accounts: 100}) {
		t.Fatalf("%+v, %v", report, err)
	}
}

// TestLogThatWasNotBegun is what a kill leaves right after Badger has created its next log.
func TestLogThatWasNotBegun(t *testing.T) {
	for _, name := range []string{"00002" + logEnding, "000002" + valuesEnding} {
		dir := crashedStore(t)
		check(t, os.WriteFile(filepath.Join(badgerDir(dir), name), nil, 0o600))
		report, err := Verify(dir, testOptions())
		if err != nil || report != (Report{Revision: 10, Accounts: 100}) {
			t.Fatalf("%s: %+v, %v", name, report, err)
		}
	}
}

func TestMarkerSurvivesATornWrite(t *testing.T) {
	dir := crashedStore(t)
	marker := filepath.Join(dir, markerName)
	whole, err := os.ReadFile(marker)
	check(t, err)
	for _, slot := range []int{0, slotBytes} {
		torn := bytes.Clone(whole)
		torn[slot+20] ^= 1
		check(t, os.WriteFile(marker, torn, 0o600))
		if report, err := Verify(dir, testOptions()); err != nil || report.Revision != 10 {
			t.Fatalf("slot at %d: %+v, %v", slot, report, err)
		}
	}
}

func TestFolderIsRefused(t *testing.T) {
	f := func(name string, want error, make func(dir string) error) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "data")
		check(t, make(dir))
		if _, err := Open(dir, testOptions()); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", name, err, want)
		}
	}
	f("a folder with other things", ErrNotStore, func(dir string) error {
		return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o600))
	})
	f("a newer format", ErrNewerFormat, func(dir string) error {
		check(t, os.Mkdir(dir, 0o700))
		m, err := createMarker(dir)
		return errors.Join(err, m.write(mark{format: Format + 1, revision: 1}), m.close())
	})
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	testStore(t, dir)
	if _, err := Open(dir, testOptions()); !errors.Is(err, ErrInUse) {
		t.Fatalf("error %v, want ErrInUse", err)
	}
}
