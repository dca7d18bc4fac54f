package store

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// tornPattern is what the folders are called in which torn manifests are tried.
const tornPattern = "torn-*"

// tryTorn opens a store whose manifest ends in the middle of an entry, on links and copies of its files. Badger cuts such a
// manifest and deletes the tables that only the lost part lists. That is right when the power failed during the last entry,
// whose changes are still in the logs, and destroys all when the file was cut by something else: so the tables are put at
// risk only when all that the marker asks for is there.
func (s *Store) tryTorn(want mark) (err error) {
	stale, err := filepath.Glob(filepath.Join(s.dir, tornPattern))
	if err != nil {
		return err
	}
	for _, dir := range stale { // of a process that was killed here
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(s.dir, tornPattern)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := linkBadger(badgerDir(dir), badgerDir(s.dir)); err != nil {
		return err
	}
	db, err := openBadger(dir, badgerOptions(dir, s.opts.Log))
	if err != nil {
		return err
	}
	defer db.Close()
	state, err := stateOf(db)
	if err != nil {
		return fmt.Errorf("no state: %w", err)
	}
	return want.check(state)
}

// linkBadger makes a folder with the same files: tables, which never change, as links, and copies of all others.
func linkBadger(dst, src string) error {
	entries, err := os.ReadDir(src)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dst, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		from, to := filepath.Join(src, e.Name()), filepath.Join(dst, e.Name())
		if filepath.Ext(e.Name()) == ".sst" {
			err = os.Link(from, to)
		} else {
			err = copyFile(to, from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(dst, src string) error {
	from, err := os.Open(src)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return err
	}
	return to.Close()
}
