package client

import (
	"context"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// exchange is a stream of batches of leads and of their results, of whichever call.
type exchange struct {
	send      func([]*leadmatchv1.Lead, *leadmatchv1.MatchOptions) error
	receive   func() ([]Result, error) // without the leads
	closeSend func() error
}

// opener opens one.
type opener func(context.Context) (*exchange, error)

// openMatch opens a stream of MatchService.StreamMatch.
func (c *Client) openMatch(ctx context.Context) (*exchange, error) {
	stream, err := c.matches.StreamMatch(ctx)
	if err != nil {
		return nil, err
	}
	return &exchange{
		send: func(leads []*leadmatchv1.Lead, options *leadmatchv1.MatchOptions) error {
			return stream.Send(&leadmatchv1.StreamMatchRequest{Leads: leads, Options: options})
		},
		receive: func() ([]Result, error) {
			resp, err := stream.Recv()
			results := make([]Result, len(resp.GetResults()))
			for i, r := range resp.GetResults() {
				results[i] = Result{Outcome: r.GetOutcome(), Err: newLeadError(r.GetError())}
			}
			return results, err
		},
		closeSend: stream.CloseSend,
	}, nil
}

// openPreview opens a stream of AdminService.PreviewPolicy.
func (c *Client) openPreview(proposed *leadmatchv1.Policy) opener {
	return func(ctx context.Context) (*exchange, error) {
		stream, err := c.admin.PreviewPolicy(ctx)
		if err != nil {
			return nil, err
		}
		policy := proposed
		return &exchange{
			send: func(leads []*leadmatchv1.Lead, options *leadmatchv1.MatchOptions) error {
				req := &leadmatchv1.PreviewPolicyRequest{Policy: policy, Leads: leads, Options: options}
				policy = nil // it holds for the whole stream
				return stream.Send(req)
			},
			receive: func() ([]Result, error) {
				resp, err := stream.Recv()
				results := make([]Result, len(resp.GetResults()))
				for i, r := range resp.GetResults() {
					results[i] = Result{Outcome: r.GetOutcome(), Proposed: r.GetProposed(), Err: newLeadError(r.GetError())}
				}
				return results, err
			},
			closeSend: stream.CloseSend,
		}, nil
	}
}

func newLeadError(e *leadmatchv1.LeadError) *LeadError {
	if e == nil {
		return nil
	}
	return &LeadError{e.GetField(), e.GetDescription()}
}
