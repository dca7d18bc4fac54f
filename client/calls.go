package client

import (
	"context"
	"io"
	"iter"

	"google.golang.org/grpc/metadata"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Match decides one lead. A nil opts asks for the decision and five candidates.
func (c *Client) Match(ctx context.Context, lead *leadmatchv1.Lead, opts *leadmatchv1.MatchOptions) (*leadmatchv1.Outcome, error) {
	lead, _ = Mend(lead)
	req := &leadmatchv1.MatchRequest{Lead: lead, Options: opts}
	resp, err := hedged(ctx, c.hedge, func(ctx context.Context) (*leadmatchv1.MatchResponse, error) { return c.matches.Match(ctx, req) })
	return resp.GetOutcome(), err
}

// Bulk returns a context for calls that nobody waits for, as those of a job that has one lead at a time: the server lets
// other calls come first. BatchMatch and MatchAll are bulk work by themselves.
func Bulk(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "leadmatch-priority", "bulk")
}

// BatchMatch decides up to 1,000 leads at one revision: one outcome for each, in their order. One lead that is refused
// fails them all; MatchAll is for leads that nobody has looked at, and for more of them.
func (c *Client) BatchMatch(ctx context.Context, leads []*leadmatchv1.Lead, opts *leadmatchv1.MatchOptions) ([]*leadmatchv1.Outcome, error) {
	resp, err := c.matches.BatchMatch(ctx, &leadmatchv1.BatchMatchRequest{Leads: mendAll(leads), Options: opts})
	return resp.GetOutcomes(), err
}

// Normalize shows what the engine makes of a name, a domain, an e-mail address, a phone number or a place.
func (c *Client) Normalize(ctx context.Context, req *leadmatchv1.NormalizeRequest) (*leadmatchv1.NormalizeResponse, error) {
	req, _ = Mend(req)
	return c.matches.Normalize(ctx, req)
}

// UpsertAccounts stores up to 1,000 accounts, all or none. When it returns they are on disk, and the next Match sees
// them. Import is for more.
func (c *Client) UpsertAccounts(ctx context.Context, accounts []*leadmatchv1.Account) (*leadmatchv1.UpsertAccountsResponse, error) {
	return c.accounts.UpsertAccounts(ctx, &leadmatchv1.UpsertAccountsRequest{Accounts: mendAll(accounts)})
}

// GetAccount returns an account as it was stored; NOT_FOUND when there is none with the id.
func (c *Client) GetAccount(ctx context.Context, id string) (*leadmatchv1.GetAccountResponse, error) {
	return c.accounts.GetAccount(ctx, &leadmatchv1.GetAccountRequest{Id: toText(id)})
}

// DeleteAccounts removes up to 1,000 accounts. Ids that are not stored are returned, and no error.
func (c *Client) DeleteAccounts(ctx context.Context, ids []string) (*leadmatchv1.DeleteAccountsResponse, error) {
	req, _ := Mend(&leadmatchv1.DeleteAccountsRequest{Ids: ids})
	return c.accounts.DeleteAccounts(ctx, req)
}

// Accounts returns all accounts in ascending order of id, fetched a page at a time. An error ends it.
func (c *Client) Accounts(ctx context.Context) iter.Seq2[*leadmatchv1.Account, error] {
	return pages(func(token string) ([]*leadmatchv1.Account, string, error) {
		resp, err := c.accounts.ListAccounts(ctx, &leadmatchv1.ListAccountsRequest{PageSize: pageSize, PageToken: token})
		return resp.GetAccounts(), resp.GetNextPageToken(), err
	})
}

// ReplaceAccounts makes the accounts the whole set, in one step: until it returns, matches see the old set. An error,
// also one that the accounts yield, changes nothing.
func (c *Client) ReplaceAccounts(ctx context.Context, accounts iter.Seq2[*leadmatchv1.Account, error]) (*leadmatchv1.ReplaceAccountsResponse, error) {
	ctx, cancel := context.WithCancel(ctx) // without it, an early return would leave the stream open
	defer cancel()
	stream, err := c.accounts.ReplaceAccounts(ctx)
	if err != nil {
		return nil, err
	}
	for batch, err := range batches(accounts, defaultImportBatch) {
		if err != nil {
			return nil, err
		}
		if err := stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: mendAll(batch)}); err == io.EOF {
			break // the server has refused something; CloseAndRecv says what
		} else if err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// SetOverride adds an override or replaces the one with the same key, and returns it as stored.
func (c *Client) SetOverride(ctx context.Context, o *leadmatchv1.Override) (*leadmatchv1.SetOverrideResponse, error) {
	o, _ = Mend(o)
	return c.overrides.SetOverride(ctx, &leadmatchv1.SetOverrideRequest{Override: o})
}

// Overrides returns all overrides in order of id, fetched a page at a time. An error ends it.
func (c *Client) Overrides(ctx context.Context) iter.Seq2[*leadmatchv1.Override, error] {
	return pages(func(token string) ([]*leadmatchv1.Override, string, error) {
		resp, err := c.overrides.ListOverrides(ctx, &leadmatchv1.ListOverridesRequest{PageSize: pageSize, PageToken: token})
		return resp.GetOverrides(), resp.GetNextPageToken(), err
	})
}

// DeleteOverride removes an override; NOT_FOUND when there is none with the id.
func (c *Client) DeleteOverride(ctx context.Context, id string) (*leadmatchv1.DeleteOverrideResponse, error) {
	return c.overrides.DeleteOverride(ctx, &leadmatchv1.DeleteOverrideRequest{Id: toText(id)})
}

// Status says what the server holds and how it does.
func (c *Client) Status(ctx context.Context) (*leadmatchv1.GetStatusResponse, error) {
	return c.admin.GetStatus(ctx, &leadmatchv1.GetStatusRequest{})
}

// Policy returns the policy as set and as in effect.
func (c *Client) Policy(ctx context.Context) (*leadmatchv1.GetPolicyResponse, error) {
	return c.admin.GetPolicy(ctx, &leadmatchv1.GetPolicyRequest{})
}

// SetPolicy replaces the policy as a whole. ABORTED when its version is no longer expected.
func (c *Client) SetPolicy(ctx context.Context, req *leadmatchv1.SetPolicyRequest) (*leadmatchv1.SetPolicyResponse, error) {
	req, _ = Mend(req)
	return c.admin.SetPolicy(ctx, req)
}

// Policies returns the policy in force and those before it, newest first, fetched a page at a time. An error ends it.
func (c *Client) Policies(ctx context.Context) iter.Seq2[*leadmatchv1.PolicyVersion, error] {
	return pages(func(token string) ([]*leadmatchv1.PolicyVersion, string, error) {
		resp, err := c.admin.ListPolicies(ctx, &leadmatchv1.ListPoliciesRequest{PageSize: pageSize, PageToken: token})
		return resp.GetPolicies(), resp.GetNextPageToken(), err
	})
}

// Decisions returns what stands in the server's decision log, newest first, of these kinds, or of all when there are none,
// fetched a page at a time. An error ends it; FAILED_PRECONDITION when the server writes no log.
func (c *Client) Decisions(ctx context.Context, kinds ...leadmatchv1.Decision) iter.Seq2[*leadmatchv1.LoggedDecision, error] {
	return pages(func(token string) ([]*leadmatchv1.LoggedDecision, string, error) {
		resp, err := c.admin.ListDecisions(ctx, &leadmatchv1.ListDecisionsRequest{PageSize: pageSize, PageToken: token, Decisions: kinds})
		return resp.GetDecisions(), resp.GetNextPageToken(), err
	})
}

// Backup writes everything that the server stores, as it is at one revision, to w. When there is an error, what was
// written is not a whole backup.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.admin.Backup(ctx, &leadmatchv1.BackupRequest{})
	if err != nil {
		return err
	}
	for {
		resp, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(resp.GetChunk()); err != nil {
			return err
		}
	}
}

// pageSize is the most that a server gives at once.
const pageSize = 1000

// pages goes through the pages that fetch returns until one has no next.
func pages[T any](fetch func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for token := ""; ; {
			page, next, err := fetch(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if token = next; token == "" {
				return
			}
		}
	}
}
