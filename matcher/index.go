package matcher

import (
	"iter"
	"sync/atomic"
)

// Options sets an index up; the zero value works.
type Options struct{}

// Index is the accounts, overrides and policy that are being changed. Any number of goroutines may call its methods at
// once; changes are applied one after the other.
type Index struct{ current atomic.Pointer[Snapshot] }

// Changes is one step from a revision to the next: all of it becomes visible at once.
type Changes struct {
	Revision        uint64    // revision that the index is at afterwards; it never goes back
	Upsert          []Account // an id may occur once; the engine keeps none of the slices
	Delete          []string  // account ids; unknown ones are ignored
	SetOverrides    []Override
	DeleteOverrides []string // override ids; unknown ones are ignored
	Policy          *Policy  // nil: unchanged. It must have passed Check
}

// New returns an empty index at revision 0 with the default policy.
func New(opts *Options) *Index {
	x := &Index{}
	x.current.Store(&Snapshot{})
	return x
}

// Snapshot returns the newest state: one atomic load.
func (x *Index) Snapshot() *Snapshot { return x.current.Load() }

// Apply makes the changes visible before it returns.
func (x *Index) Apply(c Changes) {}

// Replace makes the accounts the whole set, in one step, and keeps overrides and policy. An error from the sequence
// leaves everything as it was. The account that is yielded may be reused by the sequence after the yield returns.
func (x *Index) Replace(revision uint64, accounts iter.Seq2[*Account, error]) error { return nil }

// Close waits for background merging to end. The snapshots stay usable.
func (x *Index) Close() {}
