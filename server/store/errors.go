package store

import (
	"errors"
	"fmt"
)

// The errors that callers tell apart, with errors.Is.
var (
	// ErrInUse says that another process has the store open.
	ErrInUse = errors.New("the data folder is in use by another leadmatchd")
	// ErrNotStore says that the folder holds something, but no store.
	ErrNotStore = errors.New("the folder is not empty and is not a leadmatch data folder")
	// ErrNoStore says that there is no store in the folder, or no folder.
	ErrNoStore = errors.New("there is no leadmatch data folder")
	// ErrNewerFormat says that a newer version of leadmatchd wrote the store.
	ErrNewerFormat = errors.New("the data folder was written by a newer leadmatchd")
	// ErrDamaged says that something that was stored is not there any more, or is not what was stored.
	ErrDamaged = errors.New("the data folder is damaged")
	// ErrNoSpace says that the disk is too full for a write. Reads go on, and writes come back when space does.
	ErrNoSpace = errors.New("the disk is too full to store anything")
	// ErrTooLarge says that a batch is larger than what can be stored in one step.
	ErrTooLarge = errors.New("the batch is too large to be stored in one step")
	// ErrReplacing says that another replacement of all accounts is under way.
	ErrReplacing = errors.New("another replacement of all accounts is under way")
	// ErrFailed says that a write failed in a way that leaves open what is on disk; the store takes no more of them.
	ErrFailed = errors.New("the store has failed and takes no more writes until it is opened again")
	// ErrOtherLog says that the store does not follow the log that it is to follow, or follows one and is to follow none.
	ErrOtherLog = errors.New("the data folder is not of this log of changes")
	// ErrUnsettled says that the store is on its way to a later state of the log that it follows.
	ErrUnsettled = errors.New("the replica is catching up with the log of changes")
	// ErrClosed says that the store is closed.
	ErrClosed = errors.New("the store is closed")
)

// NotFoundError says that there is no record with the id.
type NotFoundError struct {
	Kind string // "account", "override"
	ID   string
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("no %s has the id %q", e.Kind, e.ID) }

// PolicyVersionError says that the policy is not at the version that a change was made for.
type PolicyVersionError struct {
	Want, Have uint64
}

func (e *PolicyVersionError) Error() string {
	return fmt.Sprintf("the policy is at version %d, not %d", e.Have, e.Want)
}

// damaged says what is wrong with a store, and what to do about it.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s; restore the folder from a backup (leadmatchd restore)", ErrDamaged,
		fmt.Sprintf(format, args...))
}
