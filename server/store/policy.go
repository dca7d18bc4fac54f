package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Former policies are one record, so that they take no more of a transaction, a backup or a page than is known before.
// The oldest are forgotten.
const (
	maxFormer      = 99 // and the one in force
	maxFormerBytes = inlineBytes / 2
)

// writePolicy makes the batch's policy the one in force, and the one that was so far a former one.
func writePolicy(txn *badger.Txn, state *storev1.StateRecord, b *Batch, now int64) error {
	if b.Policy == nil {
		return nil
	}
	if err := keepFormer(txn); err != nil {
		return err
	}
	state.PolicyVersion++
	b.Policy.Version, b.Policy.Revision, b.Policy.CreateTimeMs = state.GetPolicyVersion(), state.GetRevision(), now
	return put(txn, []byte(keyPolicy), b.Policy)
}

// keepFormer puts the policy in force before the former ones.
func keepFormer(txn *badger.Txn) error {
	policy, err := policyOf(txn)
	if policy == nil || err != nil {
		return err
	}
	former, err := formerOf(txn)
	if err != nil {
		return err
	}
	kept, bytes := &storev1.FormerPoliciesRecord{}, 0
	for _, p := range append([]*storev1.PolicyRecord{policy}, former...) {
		if bytes += proto.Size(p); bytes > maxFormerBytes || len(kept.GetPolicies()) == maxFormer {
			break
		}
		kept.Policies = append(kept.Policies, p)
	}
	return put(txn, []byte(keyFormer), kept)
}

// Policy returns the policy; nil when none was ever set.
func (v *View) Policy() (*storev1.PolicyRecord, error) { return policyOf(v.txn) }

// FormerPolicies returns the policies before the one in force, newest first: as many as are kept.
func (v *View) FormerPolicies() ([]*storev1.PolicyRecord, error) { return formerOf(v.txn) }

func policyOf(txn *badger.Txn) (*storev1.PolicyRecord, error) {
	p := &storev1.PolicyRecord{}
	err := get(txn, []byte(keyPolicy), p)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	return p, err
}

func formerOf(txn *badger.Txn) ([]*storev1.PolicyRecord, error) {
	former := &storev1.FormerPoliciesRecord{}
	err := get(txn, []byte(keyFormer), former)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	return former.GetPolicies(), err
}

// checkFormer wants what keepFormer keeps: versions that fall from the one in force.
func checkFormer(policy *storev1.PolicyRecord, former []*storev1.PolicyRecord) error {
	last := policy.GetVersion()
	for _, p := range former {
		if p.GetVersion() == 0 || p.GetVersion() >= last {
			return damaged("a former policy is of version %d, and follows %d", p.GetVersion(), last)
		}
		last = p.GetVersion()
	}
	return nil
}
