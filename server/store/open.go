package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

const (
	lockName     = "LOCK"
	logEnding    = ".mem"  // of Badger's write-ahead logs
	valuesEnding = ".vlog" // of its value logs, which hold nothing of ours
)

// openFree is what must be free for opening: Badger's first log, and the tables that the last ones become. It is less
// than what writing needs, so that a server that refuses writes for want of space can still be started again.
const openFree = 4 * memTableBytes

// Open opens the store in the folder, and creates both when there is nothing yet. The errors are ErrInUse, ErrNotStore,
// ErrNewerFormat, ErrDamaged, ErrNoSpace, and those of the file system.
func Open(dir string, opts *Options) (*Store, error) {
	s := &Store{dir: dir, opts: opts.withDefaults()}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.release())
	}
	s.start()
	return s, nil
}

func (s *Store) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.checkSpace(min(s.opts.MinFree, openFree)); err != nil {
		return fmt.Errorf("opening the data folder: %w", err)
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	want, err := s.readMarker()
	if err != nil {
		return err
	}
	if want.format > Format {
		return fmt.Errorf("%w: its format is %d, this one reads up to %d", ErrNewerFormat, want.format, Format)
	}
	if want.revision > 0 {
		if err := s.checkManifest(want); err != nil {
			return err
		}
	}
	if err := removeUnborn(s.dir); err != nil {
		return err
	}
	if s.db, err = openBadger(s.dir, badgerOptions(s.dir, s.opts.Log)); err != nil {
		return err
	}
	return s.readState(want)
}

// takeLock keeps other processes out, before anything in the folder is looked at.
func (s *Store) takeLock() error {
	path := filepath.Join(s.dir, lockName)
	existed, err := exists(path)
	if err != nil {
		return err
	}
	if !existed {
		if err := checkEmpty(s.dir); err != nil {
			return err
		}
	}
	if s.lock, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	return lockFile(s.lock)
}

// checkEmpty refuses a folder that holds other things: it was probably not meant.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch name := e.Name(); name {
		case lockName, "lost+found": // another process was quicker; a file system's own
		case markerName, badgerName:
			return nil // a store without its lock file, which is no loss
		default:
			return fmt.Errorf("%w: it holds %q", ErrNotStore, name)
		}
	}
	return nil
}

// readMarker returns what must be there. The first thing that a new store gets is its marker.
func (s *Store) readMarker() (want mark, err error) {
	s.marker, want, err = openMarker(s.dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return want, err
	}
	hasData, err := exists(badgerDir(s.dir))
	if err != nil {
		return mark{}, err
	}
	if hasData {
		return mark{}, damaged("%s is missing, so nobody knows what %s must hold",
			filepath.Join(s.dir, markerName), badgerDir(s.dir))
	}
	s.marker, err = createMarker(s.dir)
	return mark{format: Format}, err
}

// checkManifest makes sure that Badger will find its files: without a manifest it would delete the tables and begin
// anew, and with a torn one it may delete some of them.
func (s *Store) checkManifest(want mark) error {
	path, opts := filepath.Join(badgerDir(s.dir), badger.ManifestFilename), badgerOptions(s.dir, s.opts.Log)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return damaged("%s is missing", path)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	manifest, end, err := badger.ReplayManifestFile(file, opts.ExternalMagicVersion, opts)
	if err != nil {
		return damaged("%s cannot be read: %v", path, err)
	}
	if err := checkTables(s.dir, manifest); err != nil || end == info.Size() {
		return err
	}
	if err := s.tryTorn(want); err != nil {
		return damaged("%s ends in the middle of an entry, and what it lists is not all: %v", path, err)
	}
	return nil
}

// removeUnborn removes logs without a byte. Badger creates a log's file before it gives it its size; when it is killed
// or the disk is full in between, it cannot open what is left. One in some 300 kills left such a file. Should a log have
// been emptied by something else, the marker tells.
func removeUnborn(dir string) error {
	logs, err := filepath.Glob(filepath.Join(badgerDir(dir), "*"+logEnding))
	if err != nil {
		return err
	}
	values, err := filepath.Glob(filepath.Join(badgerDir(dir), "*"+valuesEnding))
	if err != nil {
		return err
	}
	logs = append(logs, values...)
	for _, log := range logs {
		info, err := os.Stat(log)
		if err != nil {
			return err
		}
		if info.Size() > 0 {
			continue
		}
		if err := os.Remove(log); err != nil {
			return err
		}
	}
	return nil
}

// openBadger opens Badger's folder. On damaged files Badger may panic, or give errors that name no cause.
func openBadger(dir string, opts badger.Options) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, damaged("Badger panics on %s: %v", badgerDir(dir), p)
		}
	}()
	db, err = badger.Open(opts)
	switch {
	case err == nil:
		return db, nil
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return nil, fmt.Errorf("%w: %s", ErrInUse, badgerDir(dir))
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		return nil, fmt.Errorf("opening %s: %w", badgerDir(dir), err)
	}
	return nil, damaged("Badger cannot open %s: %v", badgerDir(dir), err)
}

// readState loads the StateRecord, writes the first one into a new store, and holds it against the marker.
func (s *Store) readState(want mark) error {
	state, err := stateOf(s.db)
	switch {
	case errors.Is(err, badger.ErrKeyNotFound) && want.revision == 0:
		if state, err = s.createState(); err != nil {
			return err
		}
	case errors.Is(err, badger.ErrKeyNotFound):
		return damaged("%s is empty, but should hold %d accounts at revision %d",
			badgerDir(s.dir), want.accounts, want.revision)
	case err != nil:
		return err
	}
	if err := want.check(state); err != nil {
		return err
	}
	if err := s.db.View(func(txn *badger.Txn) error {
		s.journal, err = journalOf(txn)
		return err
	}); err != nil {
		return err
	}
	s.committed = state
	s.state.Store(state)
	s.visible.Store(state.GetRevision())
	last, err := lastGeneration(s.db)
	s.nextGeneration = max(last, state.GetGeneration())
	return err
}

// stateOf reads the StateRecord.
func stateOf(db *badger.DB) (*storev1.StateRecord, error) {
	state := &storev1.StateRecord{}
	err := db.View(func(txn *badger.Txn) error { return get(txn, []byte(keyState), state) })
	return state, err
}

func (s *Store) createState() (*storev1.StateRecord, error) {
	state := &storev1.StateRecord{Format: Format, Generation: 1}
	value, err := sealed([]byte(keyState), state)
	if err != nil {
		return nil, err
	}
	return state, s.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(keyState), value) })
}

// release closes what is open; it is not an error that something is not.
func (s *Store) release() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.marker != nil {
		errs = append(errs, s.marker.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
