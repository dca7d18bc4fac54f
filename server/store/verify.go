package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Report says what a store holds.
type Report struct {
	Revision  uint64
	Accounts  uint64
	Overrides uint64
	Policy    uint64 // version; 0 when none was ever set
}

// Verify opens the folder, reads everything in it, checks every checksum, and compares the counts with those that it
// must hold. No server may have it open. The errors are ErrNoStore and those of Open.
func Verify(dir string, opts *Options) (Report, error) {
	if err := checkStore(dir); err != nil {
		return Report{}, err
	}
	s, err := Open(dir, opts)
	if err != nil {
		return Report{}, err
	}
	v, err := s.View()
	if err != nil {
		return Report{}, errors.Join(err, s.Close())
	}
	report, err := v.verify()
	v.Close()
	return report, errors.Join(err, s.Close())
}

// checkStore refuses a folder without any part of a store: Open would make one there.
func checkStore(dir string) error {
	for _, name := range []string{markerName, badgerName} {
		if found, err := exists(filepath.Join(dir, name)); found || err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s", ErrNoStore, dir)
}

func (v *View) verify() (Report, error) {
	report := Report{Revision: v.state.GetRevision()}
	for accounts, err := range Scan(v, runtime.GOMAXPROCS(0), func(n uint64, _ *storev1.AccountRecord) uint64 { return n + 1 }) {
		if err != nil {
			return report, err
		}
		report.Accounts += accounts
	}
	for _, err := range v.Overrides("") {
		if err != nil {
			return report, err
		}
		report.Overrides++
	}
	if want := v.state.GetOverrides(); report.Overrides != want {
		return report, damaged("%d overrides are there instead of %d", report.Overrides, want)
	}
	policy, err := v.Policy()
	if err != nil {
		return report, err
	}
	if report.Policy = policy.GetVersion(); report.Policy != v.state.GetPolicyVersion() {
		return report, damaged("the policy is of version %d instead of %d", report.Policy, v.state.GetPolicyVersion())
	}
	former, err := v.FormerPolicies()
	if err != nil {
		return report, err
	}
	return report, checkFormer(policy, former)
}
