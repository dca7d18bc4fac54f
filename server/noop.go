//go:build noop

package server

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// A server that is built with the tag noop, as bench/service does and nobody else should, has a method more:
// leadmatch.v1.MatchService/Noop takes and gives the messages of Match, and gives for a lead id again what Match said to
// it first. What it costs is what a call costs that decides nothing.

const noopMethod = "Noop"

func init() {
	service := &leadmatchv1.MatchService_ServiceDesc
	service.Methods = append(service.Methods, grpc.MethodDesc{MethodName: noopMethod, Handler: handleNoop})
	rules["/"+service.ServiceName+"/"+noopMethod] = rules[leadmatchv1.MatchService_Match_FullMethodName]
}

func handleNoop(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	req := new(leadmatchv1.MatchRequest)
	if err := decode(req); err != nil {
		return nil, err
	}
	info := &grpc.UnaryServerInfo{Server: srv, FullMethod: "/" + leadmatchv1.MatchService_ServiceDesc.ServiceName + "/" + noopMethod}
	return interceptor(ctx, req, info, func(ctx context.Context, req any) (any, error) {
		return remembered(ctx, srv.(*matchService), req.(*leadmatchv1.MatchRequest))
	})
}

// noopAnswers are the answers of Match by lead id.
var noopAnswers sync.Map

func remembered(ctx context.Context, s *matchService, req *leadmatchv1.MatchRequest) (*leadmatchv1.MatchResponse, error) {
	if res, ok := noopAnswers.Load(req.GetLead().GetId()); ok {
		return res.(*leadmatchv1.MatchResponse), nil
	}
	res, err := s.Match(ctx, req)
	if err == nil {
		noopAnswers.Store(req.GetLead().GetId(), res)
	}
	return res, err
}
