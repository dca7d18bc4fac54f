package server

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// units is what a message counts against its caller's rate: its leads or accounts, at least one.
func units(message any) int {
	switch m := message.(type) {
	case *leadmatchv1.BatchMatchRequest:
		return max(1, len(m.GetLeads()))
	case *leadmatchv1.StreamMatchRequest:
		return max(1, len(m.GetLeads()))
	case *leadmatchv1.PreviewPolicyRequest:
		return max(1, 2*len(m.GetLeads())) // each is decided twice
	case *leadmatchv1.UpsertAccountsRequest:
		return max(1, len(m.GetAccounts()))
	case *leadmatchv1.ImportAccountsRequest:
		return max(1, len(m.GetAccounts()))
	case *leadmatchv1.ReplaceAccountsRequest:
		return max(1, len(m.GetAccounts()))
	case *leadmatchv1.DeleteAccountsRequest:
		return max(1, len(m.GetIds()))
	}
	return 1
}

// charge counts a message against its caller's rate, and refuses it when there were too many.
func (a *admitted) charge(message any) error {
	if a.caller == nil {
		return nil
	}
	if wait := a.caller.Take(units(message)); wait > 0 {
		return withDetail(codes.ResourceExhausted, "the rate of this token is used up",
			&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	}
	return nil
}

// meteredStream slows its caller down to the rate, and ends when the caller's token does.
type meteredStream struct {
	grpc.ServerStream
	call *admitted
}

func (s meteredStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if err := s.call.caller.Check(); err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	n := units(m)
	for wait := s.call.caller.Take(n); wait > 0; wait = s.call.caller.Take(n) {
		if err := sleep(s.Context(), wait); err != nil {
			return err
		}
	}
	return nil
}

func (s meteredStream) SendMsg(m any) error {
	if err := s.call.caller.Check(); err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	return s.ServerStream.SendMsg(m)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
