package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// slowerThanLive is how much longer than a live call one may take that writes, or works through many leads, before it
// is logged as slow.
const slowerThanLive = 10

// unary stands before every call of one answer.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (res any, err error) {
	begin := time.Now()
	call := admittedOf(ctx)
	if call.refusal != nil {
		return nil, call.refusal
	}
	defer func() { call.count.Done(time.Since(begin), codeOf(err)) }()
	if call.id != "" {
		_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, call.id))
	}
	if err := call.charge(req); err != nil {
		return nil, s.counters.refuse(whyRate, err)
	}
	err = s.guard(call, info.FullMethod, func() (err error) {
		res, err = handler(ctx, req)
		return err
	})
	slow := s.cfg.SlowCall
	if call.rule.kind != live {
		slow *= slowerThanLive
	}
	if took := time.Since(begin); took > slow {
		s.log.Warn("slow call", "method", info.FullMethod, "took", took, "code", status.Code(err), "request_id", call.id)
	}
	if err != nil {
		return nil, err
	}
	if ctx.Err() == nil { // else it is not sent
		call.conn.hand(res)
	}
	return res, nil
}

// stream stands before every stream.
func (s *Server) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	begin := time.Now()
	call := admittedOf(stream.Context())
	if call.refusal != nil {
		return call.refusal
	}
	defer func() { call.count.Done(time.Since(begin), codeOf(err)) }()
	if call.id != "" {
		_ = stream.SetHeader(metadata.Pairs(requestIDHeader, call.id))
	}
	stream = countedStream{stream, call.conn}
	if call.caller != nil {
		stream = meteredStream{stream, call}
	}
	if call.rule.kind == outside {
		ctx, cancel := s.untilDrained(stream.Context())
		defer cancel()
		stream = endingStream{stream, ctx}
	}
	return s.guard(call, info.FullMethod, func() error { return handler(srv, stream) })
}

// countedStream counts what it sends, and does not wait for ever until it is read.
type countedStream struct {
	grpc.ServerStream
	conn *conn
}

func (s countedStream) SendMsg(m any) error {
	size := s.conn.hand(m)
	defer s.conn.sending()()
	err := s.ServerStream.SendMsg(m)
	if err != nil {
		s.conn.takeBack(size)
	}
	return err
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

// guard runs a call without letting out a panic or an error that is not for callers.
func (s *Server) guard(of *admitted, method string, call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		err = s.statusOf(of.id, method, err)
	}()
	return call()
}
