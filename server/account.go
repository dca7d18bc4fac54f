package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

// accountService is leadmatch.v1.AccountService.
type accountService struct {
	leadmatchv1.UnimplementedAccountServiceServer
	server *Server
}

func (s *accountService) UpsertAccounts(ctx context.Context, req *leadmatchv1.UpsertAccountsRequest) (*leadmatchv1.UpsertAccountsResponse, error) {
	r, err := s.upsert(ctx, req.GetAccounts())
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.UpsertAccountsResponse{
		Revision: r.Revision, Created: uint32(r.Created), Updated: uint32(r.Updated),
	}, nil
}

func (s *accountService) upsert(ctx context.Context, accounts []*leadmatchv1.Account) (store.Result, error) {
	var c checker
	c.accounts(accounts, 1, true)
	if err := c.err(); err != nil {
		return store.Result{}, err
	}
	book := s.server.book()
	if err := book.index.Snapshot().Full(); err != nil {
		return store.Result{}, err
	}
	return book.writes.Commit(ctx, &store.Batch{Upsert: recordsOf(accounts)})
}

func (s *accountService) ImportAccounts(stream grpc.ClientStreamingServer[leadmatchv1.ImportAccountsRequest, leadmatchv1.ImportAccountsResponse]) error {
	res := &leadmatchv1.ImportAccountsResponse{}
	requests := receive(stream.Context(), stream.Recv, s.server.cfg.IdleTimeout)
	for stored := 0; ; stored++ {
		req, err := requests.next(s.server.draining)
		if err != nil {
			return endOf(err, "stored", stored)
		}
		if req == nil {
			if stored == 0 {
				res.Revision = s.server.book().index.Snapshot().Versions().Revision
			}
			return stream.SendAndClose(res)
		}
		r, err := s.upsert(stream.Context(), req.GetAccounts())
		if err != nil {
			return err
		}
		res.Revision = r.Revision
		res.Created += uint64(r.Created)
		res.Updated += uint64(r.Updated)
	}
}

func (s *accountService) GetAccount(_ context.Context, req *leadmatchv1.GetAccountRequest) (*leadmatchv1.GetAccountResponse, error) {
	var c checker
	p := root("id")
	if c.id(&p, req.GetId()); c.err() != nil {
		return nil, c.err()
	}
	v, err := s.server.book().store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	a, err := v.Account(req.GetId())
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.GetAccountResponse{
		Account: accountOf(a), Revision: a.GetRevision(), UpdateTime: timestamp(a.GetUpdateTimeMs()),
	}, nil
}

func (s *accountService) DeleteAccounts(ctx context.Context, req *leadmatchv1.DeleteAccountsRequest) (*leadmatchv1.DeleteAccountsResponse, error) {
	var c checker
	if c.batch("ids", len(req.GetIds()), 1) {
		for i, id := range req.GetIds() {
			p := item("ids", i)
			c.id(&p, id)
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	r, err := s.server.book().writes.Commit(ctx, &store.Batch{Delete: distinct(req.GetIds())})
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.DeleteAccountsResponse{
		Revision: r.Revision, Deleted: uint32(r.Deleted), MissingIds: r.Missing,
	}, nil
}

// distinct returns the ids without repetitions, in their order.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// maxPageBytes is what ends a page, so that it fits into a message as clients accept it by default.
const maxPageBytes = 2 << 20

func (s *accountService) ListAccounts(_ context.Context, req *leadmatchv1.ListAccountsRequest) (*leadmatchv1.ListAccountsResponse, error) {
	var c checker
	size := c.pageSize(req.GetPageSize())
	after := c.pageToken(pageOfAccounts, req.GetPageToken())
	if err := c.err(); err != nil {
		return nil, err
	}
	v, err := s.server.book().store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	res := &leadmatchv1.ListAccountsResponse{Revision: v.State().GetRevision()}
	bytes := 0
	for r, err := range v.Accounts(after) {
		if err != nil {
			return nil, err
		}
		if len(res.GetAccounts()) == size || bytes > maxPageBytes {
			last := res.GetAccounts()[len(res.GetAccounts())-1]
			res.NextPageToken = pageToken(pageOfAccounts, last.GetId())
			break
		}
		bytes += proto.Size(r)
		res.Accounts = append(res.Accounts, accountOf(r))
	}
	return res, nil
}

func (s *accountService) ReplaceAccounts(stream grpc.ClientStreamingServer[leadmatchv1.ReplaceAccountsRequest, leadmatchv1.ReplaceAccountsResponse]) error {
	replacement, err := s.server.book().writes.replace(stream.Context())
	if err != nil {
		return err
	}
	defer replacement.Discard()
	requests := receive(stream.Context(), stream.Recv, s.server.cfg.IdleTimeout)
	accounts, bytes := 0, 0
	for messages := 0; ; messages++ {
		req, err := requests.next(s.server.draining)
		if err != nil {
			return endOf(err, "discarded", messages)
		}
		if req == nil && messages == 0 {
			return invalid("accounts", "the stream was closed without a message; to remove all accounts, send one "+
				"without accounts")
		}
		if req == nil {
			break
		}
		var c checker
		if c.accounts(req.GetAccounts(), 0, false); c.err() != nil {
			return c.err()
		}
		accounts += len(req.GetAccounts())
		bytes += proto.Size(req)
		if err := matcher.Room(accounts, bytes); err != nil {
			return err
		}
		if err := replacement.Add(recordsOf(req.GetAccounts())); err != nil {
			return err
		}
	}
	r, err := replacement.Commit(stream.Context())
	if err != nil {
		return err
	}
	return stream.SendAndClose(&leadmatchv1.ReplaceAccountsResponse{
		Revision: r.Revision, Accounts: r.Accounts, Deleted: r.Deleted,
	})
}
