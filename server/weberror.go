package server

import (
	"context"
	"math"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Errors are google.rpc.Status in JSON, with their details, and the code of HTTP that the gateway maps theirs to.

// answer ends a call with an error: as the whole answer, or, when a stream has begun its own, as its last line.
func (c *webCall) answer(s *status.Status, code int) {
	if c.told {
		return
	}
	c.told = true
	h := c.Header()
	switch {
	case !c.begun:
		c.describe(s)
		h.Set("Content-Type", "application/json")
		c.head(code)
		c.write(s.Proto())
	case h.Get("Content-Type") == lines:
		c.write(map[string]proto.Message{"error": s.Proto()})
	default:
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
}

// write writes what does not fail to be JSON; the caller gets it, or has left.
func (c *webCall) write(v any) {
	text, err := newMarshaler().Marshal(v)
	if err != nil {
		panic(err)
	}
	_, _ = c.ResponseWriter.Write(text)
}

// describe says in HTTP's words what the status says.
func (c *webCall) describe(s *status.Status) {
	h := c.Header()
	if s.Code() == codes.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	for _, d := range s.Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			h.Set("Retry-After", strconv.Itoa(int(math.Ceil(r.GetRetryDelay().AsDuration().Seconds()))))
		}
	}
}

// answerError answers with the error of a call; what the request itself was refused for comes first.
func answerError(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, _ http.ResponseWriter, _ *http.Request, err error) {
	streamError(ctx, err)
}

// streamError answers with the error that a stream ends with. The gateway would put it into a line even where there is no
// line before it, and no code; what it writes after this goes nowhere.
func streamError(ctx context.Context, err error) *status.Status {
	c := webCallOf(ctx)
	s := status.Convert(err)
	f := &failure{s, runtime.HTTPStatusFromCode(s.Code())}
	if own := c.failed.Load(); own != nil {
		f = own
	}
	c.answer(f.status, f.code)
	return f.status
}

func answerRoutingError(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, _ http.ResponseWriter, _ *http.Request, code int) {
	s := status.New(codes.NotFound, "there is no such path; /openapi.json has those that there are")
	switch code {
	case http.StatusMethodNotAllowed:
		s = status.New(codes.Unimplemented, "this path is not for this HTTP method; /openapi.json has those that it is for")
	case http.StatusBadRequest:
		s = status.New(codes.InvalidArgument, "the path is not a path")
	}
	webCallOf(ctx).answer(s, code)
}

// What streams are in.
const (
	lines  = "application/x-ndjson"
	octets = "application/octet-stream"
)

// rewrite makes a backup its bytes, and an import that has not read all of its body an error.
func rewrite(ctx context.Context, m proto.Message) (any, error) {
	switch m := m.(type) {
	case *leadmatchv1.BackupResponse:
		return &httpbody.HttpBody{ContentType: octets, Data: m.GetChunk()}, nil
	case *leadmatchv1.ImportAccountsResponse:
		if f := webCallOf(ctx).failed.Load(); f != nil {
			return nil, f.status.Err()
		}
	}
	return m, nil
}

func isBackup(v any) bool {
	_, ok := v.(*httpbody.HttpBody)
	return ok
}
