package store

import (
	"io"

	"github.com/leadmatch/leadmatch/server/backup"
)

// Backup writes a backup of what the view shows; package backup says what it looks like.
func (v *View) Backup(to io.Writer) error {
	w := backup.NewWriter(to, v.state)
	policy, err := v.Policy()
	if err != nil {
		return err
	}
	if policy != nil {
		if err := w.Policy(policy); err != nil {
			return err
		}
	}
	former, err := v.FormerPolicies()
	if err != nil {
		return err
	}
	if len(former) > 0 {
		if err := w.FormerPolicies(former); err != nil {
			return err
		}
	}
	for o, err := range v.Overrides("") {
		if err != nil {
			return err
		}
		if err := w.Override(o); err != nil {
			return err
		}
	}
	for a, err := range v.Accounts("") {
		if err != nil {
			return err
		}
		if err := w.Account(a); err != nil {
			return err
		}
	}
	if accounts, overrides := w.Counts(); accounts != v.state.GetAccounts() || overrides != v.state.GetOverrides() {
		return damaged("%d accounts and %d overrides are there instead of %d and %d", accounts, overrides,
			v.state.GetAccounts(), v.state.GetOverrides())
	}
	return w.End()
}
