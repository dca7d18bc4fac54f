package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/backup"
)

const (
	restoreRecords = 1_000             // written in one transaction
	restoreSuffix  = ".being-restored" // of the folder that is filled
)

// Restore makes a data folder from a backup. The folder must be empty, or not be there. It is filled under another
// name, read through as by Verify, and only then renamed: what is there under its name is whole.
func Restore(dir string, from io.Reader, opts *Options) (Report, error) {
	if err := checkVacant(dir); err != nil {
		return Report{}, err
	}
	temp := filepath.Clean(dir) + restoreSuffix
	if err := os.RemoveAll(temp); err != nil { // of a restore that was cut short
		return Report{}, err
	}
	if err := fill(temp, from, opts); err != nil {
		return Report{}, errors.Join(err, os.RemoveAll(temp))
	}
	report, err := Verify(temp, opts)
	if err != nil {
		return Report{}, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Report{}, err
	}
	if err := os.Rename(temp, dir); err != nil {
		return Report{}, err
	}
	return report, syncDir(filepath.Dir(filepath.Clean(dir)))
}

// checkVacant refuses a folder that holds anything.
func checkVacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty; a backup is restored into a folder that is empty or not there yet", dir)
	}
	return err
}

// fill writes a backup into a new store.
func fill(dir string, from io.Reader, opts *Options) error {
	s, err := Open(dir, opts)
	if err != nil {
		return err
	}
	f := &filler{store: s, txn: s.db.NewTransaction(true)}
	err = backup.Read(from, backup.Funcs{
		State:    f.begin,
		Policy:   func(r *storev1.PolicyRecord) error { return f.put([]byte(keyPolicy), r) },
		Former:   func(r *storev1.FormerPoliciesRecord) error { return f.put([]byte(keyFormer), r) },
		Override: func(r *storev1.OverrideRecord) error { return f.put(overrideKey(r.GetId()), r) },
		Account: func(r *storev1.AccountRecord) error {
			return f.put(accountKey(f.state.GetGeneration(), r.GetId()), r)
		},
	})
	if err == nil {
		err = f.finish()
	}
	f.txn.Discard()
	return errors.Join(err, s.Close())
}

// filler writes records as they are, with their revisions, into the new store's own generation.
type filler struct {
	store *Store
	state *storev1.StateRecord
	txn   *badger.Txn
	count int
}

func (f *filler) begin(state *storev1.StateRecord) error {
	if state.GetFormat() > Format {
		return fmt.Errorf("%w: the backup's format is %d, this one reads up to %d", ErrNewerFormat, state.GetFormat(), Format)
	}
	f.state = state
	f.state.Format, f.state.Generation = Format, f.store.State().GetGeneration()
	f.state.Log = "" // it is a folder of its own from now on
	return nil
}

func (f *filler) put(key []byte, m proto.Message) error {
	value, err := sealed(key, m)
	if err != nil {
		return err
	}
	if f.count++; f.count%restoreRecords == 0 {
		if err := f.flush(); err != nil {
			return err
		}
	}
	err = f.txn.Set(key, value)
	if errors.Is(err, badger.ErrTxnTooBig) {
		if err := f.flush(); err != nil {
			return err
		}
		err = f.txn.Set(key, value)
	}
	return err
}

func (f *filler) flush() error {
	if err := f.store.writable(); err != nil {
		return err
	}
	if err := f.txn.Commit(); err != nil {
		return err
	}
	f.txn = f.store.db.NewTransaction(true)
	return nil
}

func (f *filler) finish() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.store.finishGroup(f.txn, f.state)
}
