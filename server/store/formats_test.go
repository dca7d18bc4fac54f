package store

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

var update = flag.Bool("update", false, "write the data folders of the present format into testdata")

// A format's data folders in testdata: one that was closed, and one as a kill leaves it.
const (
	closedZip  = "testdata/format-%d-closed.zip"
	crashedZip = "testdata/format-%d-killed.zip"
	backupFile = "testdata/format-%d.backup"
)

// fillFormat stores something of each kind.
func fillFormat(t *testing.T, s *Store) {
	t.Helper()
	commit(t, s, &Batch{Upsert: accounts(50, "old")})
	replaceAll(t, s, accounts(40, "a name that took part in a replacement"), nameByID(accounts(50, "old")))
	full := account("full", "Völlig Ausgefüllt 株式会社")
	full.Aliases, full.Phones, full.ParentId, full.OwnerId = []string{"one", "two"}, []string{"+49 30 1234"}, "parent", "owner"
	full.Addresses = []*storev1.AddressRecord{{Country: "DE", City: "Berlin", Postal: "10115", Street: "Chausseestraße 1"}}
	full.Numbers = map[string]float64{"open": 1.5}
	commit(t, s, &Batch{Upsert: append(accounts(3, "written after it"), full), Delete: []string{"id-000039"}})
	commit(t, s, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o1", AccountId: "full", Domain: "full.example", Note: "note"}}})
	commit(t, s, &Batch{Policy: &storev1.PolicyRecord{Name: "p", SharedDomains: []string{"shared.example"}}})
}

// TestFormats opens what earlier versions have written, of each format that there was, and wants in it what fillFormat
// stores.
func TestFormats(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	fillFormat(t, s)
	want := contents(t, s)
	if *update {
		writeFormat(t, s, dir)
	}
	policy, err := proto.Marshal(&storev1.PolicyRecord{Name: "p", SharedDomains: []string{"shared.example"}, Version: 1, Revision: 5})
	check(t, err)
	want["policy"] = string(policy) // without its time, which was not written down then
	for format := 1; format <= Format; format++ {
		for _, name := range []string{closedZip, crashedZip} {
			old := filepath.Join(t.TempDir(), "data")
			unpack(t, fmt.Sprintf(name, format), old)
			opened := testStore(t, old)
			sameContents(t, want, contents(t, opened))
			if r := commit(t, opened, &Batch{Delete: []string{"full"}}); r.Deleted != 1 || r.Revision != s.State().GetRevision()+1 {
				t.Errorf("%s, format %d: a change gives %+v", name, format, r)
			}
		}
		backup, err := os.Open(fmt.Sprintf(backupFile, format))
		check(t, err)
		restored := filepath.Join(t.TempDir(), "data")
		_, err = Restore(restored, backup, testOptions())
		check(t, err, backup.Close())
		sameContents(t, want, contents(t, testStore(t, restored)))
	}
}

func writeFormat(t *testing.T, s *Store, dir string) {
	t.Helper()
	pack(t, dir, fmt.Sprintf(crashedZip, Format))
	v, err := s.View()
	check(t, err)
	var backup bytes.Buffer
	err = v.Backup(&backup)
	v.Close()
	check(t, err, os.WriteFile(fmt.Sprintf(backupFile, Format), backup.Bytes(), 0o600))
	closeStore(t, s)
	pack(t, dir, fmt.Sprintf(closedZip, Format))
}

func pack(t *testing.T, dir, file string) {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	w.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	check(t, w.AddFS(os.DirFS(dir)), w.Close(), os.WriteFile(file, packed.Bytes(), 0o600))
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	r, err := zip.OpenReader(file)
	check(t, err)
	defer r.Close()
	check(t, os.CopyFS(dir, r))
}
