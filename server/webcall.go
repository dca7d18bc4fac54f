package server

import (
	"context"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
)

// webCall is a request that is being answered, and its answer.
type webCall struct {
	http.ResponseWriter
	web     *web
	request *http.Request
	control *http.ResponseController
	id      string // the request's, its caller's or ours
	key     string // by which the pipe's end finds it
	peer    *peer.Peer
	rule    rule  // of the method that is called; none until it is known
	body    *body // nil when there is none

	begun  bool                    // the answer
	told   bool                    // with an error; nothing follows it
	failed atomic.Pointer[failure] // of the request's own: of its body, or of who makes it
}

// failure is an error, and what HTTP calls it.
type failure struct {
	status *status.Status
	code   int
}

// webCalls are the calls that come from HTTP. The pipe carries a number; this says whose.
type webCalls struct {
	last atomic.Uint64
	open sync.Map // key to *webCall
}

type webCallKey struct{}

func webCallOf(ctx context.Context) *webCall { return ctx.Value(webCallKey{}).(*webCall) }

// callHeader is the metadata that says, in the pipe, which webCall a call is of.
const callHeader = "leadmatch-call"

func (w *web) begin(rw http.ResponseWriter, r *http.Request) *webCall {
	c := &webCall{
		ResponseWriter: rw, web: w, control: http.NewResponseController(rw), id: requestIDOf(r.Header["X-Request-Id"]),
		key: strconv.FormatUint(w.calls.last.Add(1), 36), peer: peerOf(r),
	}
	if c.id == "" {
		c.id = newID()
	}
	c.request = r.WithContext(context.WithValue(r.Context(), webCallKey{}, c))
	if r.Body != http.NoBody {
		c.body = newBody(c, r.Body)
		c.request.Body = c.body
	}
	w.calls.open.Store(c.key, c)
	return c
}

// end is deferred: it tells the caller of what has gone wrong since, and a panic.
func (c *webCall) end() {
	c.web.calls.open.Delete(c.key)
	p := recover()
	if p == http.ErrAbortHandler {
		panic(p)
	}
	if p != nil {
		c.web.server.log.Error("panic in an answer by HTTP", "request_id", c.id, "cause", p, "stack", string(debug.Stack()))
		c.failed.Store(&failure{status.Newf(codes.Internal, "internal error; it is in the server's log under %s", c.id), 500})
	}
	if f := c.failed.Load(); f != nil && !c.told {
		c.answer(f.status, f.code)
	}
	if c.body != nil {
		c.body.leave()
	}
}

// peerOf returns what gRPC knows of a connection, for one of HTTP.
func peerOf(r *http.Request) *peer.Peer {
	p := &peer.Peer{}
	if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		p.Addr, p.LocalAddr = c.RemoteAddr(), c.LocalAddr()
	}
	if r.TLS != nil {
		p.AuthInfo = credentials.TLSInfo{
			State: *r.TLS, CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
		}
	}
	return p
}

// outgoing returns the metadata of a call that is about to be made by gRPC. Its method is known now, and its body has not
// been read: whoever may not make it is refused here, and gets nowhere at the pipe's end.
func (w *web) outgoing(ctx context.Context, r *http.Request) metadata.MD {
	c := webCallOf(ctx)
	method, _ := runtime.RPCMethod(ctx)
	c.rule = rules[method]
	if c.body != nil {
		c.body.begin()
		if r.URL.RawQuery != "" && r.Method != http.MethodGet {
			_ = c.fail(status.New(codes.InvalidArgument, "this path has no parameters: they go into the body"), 0)
		} else if err := w.server.allow(&admitted{rule: c.rule}, method, r.Header["Authorization"]); err != nil {
			_ = c.fail(status.Convert(err), 0)
		}
	}
	if c.failed.Load() != nil {
		return nil
	}
	md := metadata.Pairs(callHeader, c.key, requestIDHeader, c.id)
	for _, name := range passedOn {
		if value := r.Header.Get(name); value != "" && !strings.ContainsFunc(value, notPrintable) {
			md.Set(name, value)
		}
	}
	return md
}

// passedOn are headers that mean to gRPC what they mean to HTTP: the trace that a call is part of, and its priority.
var passedOn = []string{"traceparent", "tracestate", priorityHeader}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }

// tap stands before every call from the pipe, and gives it its true origin.
func (w *web) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	for _, key := range info.Header[callHeader] {
		if c, ok := w.calls.open.Load(key); ok {
			return w.server.tap(peer.NewContext(ctx, c.(*webCall).peer), info)
		}
	}
	return nil, status.Error(codes.Canceled, "the request has ended")
}

// fail keeps the first error of the request's own; code is HTTP's, 0 for that of the status.
func (c *webCall) fail(s *status.Status, code int) error {
	if code == 0 {
		code = runtime.HTTPStatusFromCode(s.Code())
	}
	c.failed.CompareAndSwap(nil, &failure{s, code})
	return s.Err()
}

func (c *webCall) WriteHeader(code int) {
	if !c.told {
		c.head(code)
	}
}

// head writes the head of the answer.
func (c *webCall) head(code int) {
	if !c.begun {
		c.begun = true
		c.web.server.counters.answers[min(code/100, 5)].Add(1)
		c.ResponseWriter.WriteHeader(code)
	}
}

func (c *webCall) Write(p []byte) (int, error) {
	if c.told {
		return len(p), nil
	}
	c.head(http.StatusOK)
	return c.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (c *webCall) Unwrap() http.ResponseWriter { return c.ResponseWriter }
