package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// kind says which bound a method's calls count against.
type kind uint8

const (
	unbounded kind = iota // health, reflection: few, and needed most when there is too much of the rest
	live                  // somebody waits for the answer
	bulk                  // work through many leads or accounts
	writing
	kinds
)

var kindWords = [kinds]string{live: "live", bulk: "bulk", writing: "writing"}

// methodKinds lists the methods that are not live.
var methodKinds = map[string]kind{
	leadmatchv1.MatchService_BatchMatch_FullMethodName:        bulk,
	leadmatchv1.MatchService_StreamMatch_FullMethodName:       bulk,
	leadmatchv1.AdminService_Backup_FullMethodName:            bulk,
	leadmatchv1.AccountService_UpsertAccounts_FullMethodName:  writing,
	leadmatchv1.AccountService_ImportAccounts_FullMethodName:  writing,
	leadmatchv1.AccountService_DeleteAccounts_FullMethodName:  writing,
	leadmatchv1.AccountService_ReplaceAccounts_FullMethodName: writing,
	leadmatchv1.OverrideService_SetOverride_FullMethodName:    writing,
	leadmatchv1.OverrideService_DeleteOverride_FullMethodName: writing,
	leadmatchv1.AdminService_SetPolicy_FullMethodName:         writing,
}

const ownPrefix = "/leadmatch.v1."

func kindOf(method string) kind {
	if !strings.HasPrefix(method, ownPrefix) {
		return unbounded
	}
	if k, ok := methodKinds[method]; ok {
		return k
	}
	return live
}

// slowerThanLive is how much longer than a live call one may take that writes, or works through many leads, before it
// is logged as slow.
const slowerThanLive = 10

// unary stands before every call of one answer.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (res any, err error) {
	begin := time.Now()
	err = s.guard(info.FullMethod, func() (err error) {
		res, err = handler(ctx, req)
		return err
	})
	slow := s.cfg.SlowCall
	if kindOf(info.FullMethod) != live {
		slow *= slowerThanLive
	}
	if took := time.Since(begin); took > slow {
		s.log.Warn("slow call", "method", info.FullMethod, "took", took, "code", status.Code(err))
	}
	if err != nil {
		return nil, err
	}
	return res, nil
}

// stream stands before every stream.
func (s *Server) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if kindOf(info.FullMethod) == unbounded {
		ctx, cancel := s.untilDrained(stream.Context())
		defer cancel()
		return handler(srv, endingStream{stream, ctx})
	}
	return s.guard(info.FullMethod, func() error { return handler(srv, stream) })
}

// watchGrace is for watchers of the health to hear that the server no longer serves, before their streams end.
const watchGrace = 100 * time.Millisecond

// untilDrained returns a context that ends when the server does: who watches the health would otherwise keep it from
// ending.
func (s *Server) untilDrained(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.draining:
			time.AfterFunc(watchGrace, cancel)
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// endingStream is a stream with a context of its own.
type endingStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s endingStream) Context() context.Context { return s.ctx }

// guard runs a call: not before the index is there, not when there are too many, and without letting out a panic or an
// error that is not for callers.
func (s *Server) guard(method string, call func() error) (err error) {
	k := kindOf(method)
	if k == unbounded {
		return call()
	}
	if s.opened.Load() == nil {
		return status.Error(codes.Unavailable, "the index is being loaded")
	}
	limit := &s.limits[k]
	if !limit.enter() {
		if count, due := s.refused.note(); due {
			s.log.Warn("calls were refused: too many at once", "refused", count, "kind", kindWords[k], "limit", limit.most)
		}
		return busy(kindWords[k], int(limit.most))
	}
	defer limit.leave()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		err = s.statusOf(method, err)
	}()
	return call()
}
