package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// proposal is a policy that is not in force.
type proposal struct{ compiled matcher.CompiledPolicy }

// newProposal checks a policy as SetPolicy does.
func newProposal(policy *leadmatchv1.Policy) (*proposal, error) {
	record, err := checkedPolicy(policy)
	if err != nil {
		return nil, err
	}
	p := engine.Policy(record)
	p.Version, p.Proposed = 0, fingerprint(policy)
	return &proposal{matcher.Compile(p)}, nil
}

// fingerprint is the same for the same policy.
func fingerprint(policy *leadmatchv1.Policy) string {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(policy)
	if err != nil {
		panic(err) // it came over the wire
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

func (s *adminService) PreviewPolicy(stream grpc.BidiStreamingServer[leadmatchv1.PreviewPolicyRequest, leadmatchv1.PreviewPolicyResponse]) error {
	requests := receive(stream.Context(), stream.Recv, anyTime)
	opts := &leadmatchv1.MatchOptions{}
	var proposed *proposal
	for answered := 0; ; answered++ {
		req, err := requests.next(s.server.draining)
		if err != nil || req == nil {
			return endOf(err, "answered", answered)
		}
		if req.GetOptions() != nil {
			opts = req.GetOptions()
		}
		if proposed == nil {
			if req.GetPolicy() == nil {
				return invalid("policy", "the proposed policy is required in the first request; there is none")
			}
			if proposed, err = newProposal(req.GetPolicy()); err != nil {
				return err
			}
		}
		res, err := s.preview(stream.Context(), req.GetLeads(), opts, proposed)
		if err != nil {
			return err
		}
		if err := stream.Send(res); err != nil {
			return err
		}
	}
}

// preview decides the leads of one message twice, at one revision.
func (s *adminService) preview(ctx context.Context, leads []*leadmatchv1.Lead, opts *leadmatchv1.MatchOptions, p *proposal) (*leadmatchv1.PreviewPolicyResponse, error) {
	m, err := s.server.sift(ctx, leads, opts)
	if err != nil {
		return nil, err
	}
	running, err := s.server.matchAll(ctx, m.snap, m.good, opts, nil)
	if err != nil {
		return nil, err
	}
	proposed, err := s.server.matchAll(ctx, m.snap.Under(p.compiled), m.good, opts, nil)
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.PreviewPolicyResponse{Results: results(m,
		func(wrong *leadmatchv1.LeadError) *leadmatchv1.PreviewPolicyResult {
			return &leadmatchv1.PreviewPolicyResult{Error: wrong}
		},
		func(good int) *leadmatchv1.PreviewPolicyResult {
			return &leadmatchv1.PreviewPolicyResult{Outcome: running[good], Proposed: proposed[good]}
		})}, nil
}
