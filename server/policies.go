package server

import (
	"context"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// policyBy returns the policy that a request sets, with who sets it and why.
func policyBy(ctx context.Context, req *leadmatchv1.SetPolicyRequest) (*storev1.PolicyRecord, error) {
	var c checker
	c.text(nil, "author", req.GetAuthor(), maxAuthor)
	c.text(nil, "note", req.GetNote(), maxNote)
	if err := c.err(); err != nil {
		return nil, err
	}
	record, err := checkedPolicy(req.GetPolicy())
	if err != nil {
		return nil, err
	}
	if record.Author, record.Note = req.GetAuthor(), req.GetNote(); record.GetAuthor() == "" {
		record.Author = admittedOf(ctx).name()
	}
	return record, nil
}

func (s *adminService) ListPolicies(_ context.Context, req *leadmatchv1.ListPoliciesRequest) (*leadmatchv1.ListPoliciesResponse, error) {
	var c checker
	size := c.pageSize(req.GetPageSize())
	before := c.versionToken(req.GetPageToken())
	if err := c.err(); err != nil {
		return nil, err
	}
	policies, err := s.policiesBefore(before)
	if err != nil {
		return nil, err
	}
	res := &leadmatchv1.ListPoliciesResponse{}
	bytes := 0
	for i, r := range policies {
		if i == size || bytes > maxPageBytes {
			res.NextPageToken = pageToken(pageOfPolicies, strconv.FormatUint(policies[i-1].GetVersion(), 10))
			break
		}
		bytes += proto.Size(r)
		res.Policies = append(res.Policies, versionOf(r))
	}
	return res, nil
}

// versionToken returns the version before which a page begins.
func (c *checker) versionToken(token string) uint64 {
	last := c.pageToken(pageOfPolicies, token)
	if last == "" {
		return math.MaxUint64
	}
	version, err := strconv.ParseUint(last, 10, 64)
	if err != nil {
		c.failToken()
	}
	return version
}

// policiesBefore returns the policies before a version, newest first.
func (s *adminService) policiesBefore(version uint64) ([]*storev1.PolicyRecord, error) {
	v, err := s.server.book().store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	policy, err := v.Policy()
	if policy == nil || err != nil {
		return nil, err
	}
	former, err := v.FormerPolicies()
	all := append([]*storev1.PolicyRecord{policy}, former...)
	return slices.DeleteFunc(all, func(r *storev1.PolicyRecord) bool { return r.GetVersion() >= version }), err
}

func versionOf(r *storev1.PolicyRecord) *leadmatchv1.PolicyVersion {
	out := &leadmatchv1.PolicyVersion{
		Version: r.GetVersion(), Policy: policyOf(engine.Policy(r)), Author: r.GetAuthor(), Note: r.GetNote(), Revision: r.GetRevision(),
	}
	if at := r.GetCreateTimeMs(); at != 0 {
		out.CreateTime = timestamp(at)
	}
	return out
}
