package store

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Options set a store up; the zero value works.
type Options struct {
	// Publish makes a group of commits visible; it is called with groups in the order of their revisions, one at a
	// time, after they are on disk and before their Commit returns. Nil: nothing is to be done.
	Publish func([]*Committed)
	// Stored is called with the time that each group of commits took until it was on disk. Nil: nobody is told.
	Stored func(time.Duration)
	// MinFree is how many bytes stay free on the disk: with less, writes are refused. 0 means 512 MiB: what Badger may
	// write for changes that it has taken already.
	MinFree uint64
	// Log gets what Badger has to say. Nil: nobody does.
	Log *slog.Logger

	now        func() time.Time
	free       func(dir string) (uint64, error)
	sweepDelay time.Duration
}

const defaultMinFree = 512 << 20

func (o *Options) withDefaults() Options {
	out := Options{}
	if o != nil {
		out = *o
	}
	if out.Publish == nil {
		out.Publish = func([]*Committed) {}
	}
	if out.Stored == nil {
		out.Stored = func(time.Duration) {}
	}
	if out.MinFree == 0 {
		out.MinFree = defaultMinFree
	}
	if out.Log == nil {
		out.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if out.sweepDelay == 0 {
		out.sweepDelay = sweepDelay
	}
	if out.now == nil {
		out.now = time.Now
	}
	if out.free == nil {
		out.free = freeBytes
	}
	return out
}

// What Badger is set up for: a store that is read once, at start, and written in groups.
const (
	// memTableBytes bounds a transaction, which may take 15 % of it, to 4.8 MiB: more than a message may have.
	memTableBytes = 32 << 20
	// tableBytes keeps the files few: 10 million accounts are about 300.
	tableBytes = 8 << 20
	// inlineBytes is above every record, so that the value log, whose space comes back only by collection, stays empty.
	inlineBytes = 1 << 20
)

const badgerName = "badger"

func badgerDir(dir string) string { return filepath.Join(dir, badgerName) }

func badgerOptions(dir string, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(badgerDir(dir)).
		WithLogger(badgerLogger{log}).
		WithMetricsEnabled(false).
		WithSyncWrites(true).       // a confirmed change survives a power loss; DB.Sync does not give that
		WithDetectConflicts(false). // one goroutine writes each key
		WithNumVersionsToKeep(1).   //
		WithMemTableSize(memTableBytes).
		WithNumMemtables(2). // writers wait for the disk rather than fill memory
		WithBaseTableSize(tableBytes).
		WithValueThreshold(inlineBytes).
		WithValueLogFileSize(4 << 20). // it stays empty; but its file is mapped at twice this size
		WithCompression(options.None). // start is bound by the processor, and reads come from the page cache
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithNumCompactors(2).
		WithChecksumVerificationMode(options.NoVerification) // every record has a checksum of ours
}

// badgerLogger lets Badger speak through slog. What it calls information is about its own files and goes to debug.
type badgerLogger struct{ log *slog.Logger }

func (l badgerLogger) Errorf(format string, args ...any)   { l.log.Error(line(format, args)) }
func (l badgerLogger) Warningf(format string, args ...any) { l.log.Warn(line(format, args)) }
func (l badgerLogger) Infof(format string, args ...any)    { l.log.Debug(line(format, args)) }
func (l badgerLogger) Debugf(string, ...any)               {}

func line(format string, args []any) string {
	return "badger: " + strings.TrimSpace(fmt.Sprintf(format, args...))
}
