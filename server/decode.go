package server

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// readable returns a service whose calls answer a message that cannot be decoded with INVALID_ARGUMENT. gRPC itself says
// INTERNAL, though it is the caller who sent it: mostly, a text that is not UTF-8.
func readable(desc *grpc.ServiceDesc) *grpc.ServiceDesc {
	out := *desc
	out.Methods = make([]grpc.MethodDesc, len(desc.Methods))
	for i, m := range desc.Methods {
		handler := m.Handler
		m.Handler = func(srv any, ctx context.Context, dec func(any) error, in grpc.UnaryServerInterceptor) (any, error) {
			return handler(srv, ctx, func(m any) error { return unreadable(dec(m)) }, in)
		}
		out.Methods[i] = m
	}
	out.Streams = make([]grpc.StreamDesc, len(desc.Streams))
	for i, d := range desc.Streams {
		handler := d.Handler
		d.Handler = func(srv any, stream grpc.ServerStream) error { return handler(srv, readableStream{stream}) }
		out.Streams[i] = d
	}
	return &out
}

type readableStream struct{ grpc.ServerStream }

func (s readableStream) RecvMsg(m any) error { return unreadable(s.ServerStream.RecvMsg(m)) }

const undecoded = "grpc: error unmarshalling request: "

func unreadable(err error) error {
	s, ok := status.FromError(err)
	if !ok || s.Code() != codes.Internal || !strings.HasPrefix(s.Message(), undecoded) {
		return err
	}
	return status.Error(codes.InvalidArgument, "the message cannot be read: "+strings.TrimPrefix(s.Message(), undecoded))
}
