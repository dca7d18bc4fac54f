package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/backup"
)

func TestBackupAndRestore(t *testing.T) {
	source := testStore(t, t.TempDir())
	commit(t, source, &Batch{Upsert: accounts(30, "old")})
	replaceAll(t, source, accounts(20, "new"), nameByID(accounts(30, "old")))
	commit(t, source, &Batch{Upsert: accounts(2, "newer")})
	commit(t, source, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o1"}, {Id: "o2", Note: "note"}}})
	commit(t, source, &Batch{Policy: &storev1.PolicyRecord{Name: "former"}})
	commit(t, source, &Batch{Policy: &storev1.PolicyRecord{Name: "p"}})
	want := contents(t, source)
	v, err := source.View()
	check(t, err)
	defer v.Close()
	commit(t, source, &Batch{Upsert: accounts(50, "written after the view was taken")})
	var whole bytes.Buffer
	check(t, v.Backup(&whole))

	dir := filepath.Join(t.TempDir(), "data")
	check(t, os.Mkdir(dir, 0o700))
	report, err := Restore(dir, bytes.NewReader(whole.Bytes()), testOptions())
	if err != nil || report != (Report{Revision: 6, Accounts: 20, Overrides: 2, Policy: 2}) {
		t.Fatalf("%+v, %v", report, err)
	}
	restored := testStore(t, dir)
	sameContents(t, want, contents(t, restored))
	if r := commit(t, restored, &Batch{Upsert: accounts(1, "x")}); r.Revision != 7 || r.Updated != 1 {
		t.Fatalf("a change after restoring: %+v", r)
	}
	if _, err := Restore(dir, bytes.NewReader(whole.Bytes()), testOptions()); err == nil {
		t.Fatal("a folder with something in it was restored into")
	}
}

// TestBrokenBackupIsRefused cuts a backup short at every place, and flips a bit in every byte.
func TestBrokenBackupIsRefused(t *testing.T) {
	s := testStore(t, t.TempDir())
	commit(t, s, &Batch{Upsert: accounts(5, "name")})
	commit(t, s, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o1"}}, Policy: &storev1.PolicyRecord{Name: "p"}})
	commit(t, s, &Batch{Policy: &storev1.PolicyRecord{Name: "q"}})
	v, err := s.View()
	check(t, err)
	defer v.Close()
	var b bytes.Buffer
	check(t, v.Backup(&b))
	whole := b.Bytes()
	f := func(broken []byte, how string, at int) {
		t.Helper()
		if err := backup.Read(bytes.NewReader(broken), backup.Funcs{}); !errors.Is(err, backup.ErrBroken) {
			t.Fatalf("%s at %d: error %v, want ErrBroken", how, at, err)
		}
	}
	check(t, backup.Read(bytes.NewReader(whole), backup.Funcs{}))
	for i := range whole {
		f(whole[:i], "cut", i)
		flipped := bytes.Clone(whole)
		flipped[i] ^= 4
		f(flipped, "flipped", i)
	}
	f(append(bytes.Clone(whole), 0), "longer", len(whole))

	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(dir, bytes.NewReader(whole[:len(whole)-1]), testOptions()); !errors.Is(err, backup.ErrBroken) {
		t.Fatalf("error %v, want ErrBroken", err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Fatalf("a restore that failed left %v (%v)", left, err)
	}
}
