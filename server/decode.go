package server

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// gRPC answers a message that cannot be decoded with INTERNAL, though it is the caller who sent it: mostly, a text that
// is not UTF-8. It does so before any interceptor sees the error. So the codec keeps the error of one of our messages to
// itself, and the service's own wrapping collects it right after, in the same goroutine, and says INVALID_ARGUMENT.

// codec is the one for protobuf, except for errors in messages of leadmatch.v1.
type codec struct {
	encoding.CodecV2
	faults *faults
}

func newCodec(f *faults) codec { return codec{encoding.GetCodecV2(protocodec.Name), f} }

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok || !isOwn(m) {
		return c.CodecV2.Unmarshal(data, v)
	}
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	err := checkEntries(whole.ReadOnlyData(), m.ProtoReflect().Descriptor())
	if err == nil {
		err = c.CodecV2.Unmarshal(mem.BufferSlice{whole}, v)
	}
	if err != nil {
		c.faults.put(m, err)
	}
	return nil
}

func isOwn(m proto.Message) bool {
	return strings.HasPrefix(string(m.ProtoReflect().Descriptor().FullName()), "leadmatch.v1.")
}

// faults are errors of messages that were not collected yet.
type faults struct {
	count atomic.Int64
	byMsg sync.Map // proto.Message to error
}

func (f *faults) put(m any, err error) {
	f.byMsg.Store(m, err)
	f.count.Add(1)
}

// take returns why the message could not be decoded; mostly, that is one atomic load.
func (f *faults) take(m any) error {
	if f.count.Load() == 0 {
		return nil
	}
	err, found := f.byMsg.LoadAndDelete(m)
	if !found {
		return nil
	}
	f.count.Add(-1)
	return status.Errorf(codes.InvalidArgument, "the message cannot be read: %v", err)
}

// wrap returns a service that collects the faults of the messages that it receives.
func (f *faults) wrap(desc *grpc.ServiceDesc) *grpc.ServiceDesc {
	out := *desc
	out.Methods = make([]grpc.MethodDesc, len(desc.Methods))
	for i, m := range desc.Methods {
		handler := m.Handler
		m.Handler = func(srv any, ctx context.Context, dec func(any) error, in grpc.UnaryServerInterceptor) (any, error) {
			return handler(srv, ctx, func(m any) error { return f.after(dec(m), m) }, in)
		}
		out.Methods[i] = m
	}
	out.Streams = make([]grpc.StreamDesc, len(desc.Streams))
	for i, d := range desc.Streams {
		handler := d.Handler
		d.Handler = func(srv any, stream grpc.ServerStream) error { return handler(srv, faultyStream{stream, f}) }
		out.Streams[i] = d
	}
	return &out
}

func (f *faults) after(err error, m any) error {
	if err != nil {
		return err
	}
	return f.take(m)
}

type faultyStream struct {
	grpc.ServerStream
	faults *faults
}

func (s faultyStream) RecvMsg(m any) error { return s.faults.after(s.ServerStream.RecvMsg(m), m) }
