package server

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/metrics"
)

// limiter bounds how many calls run at once. A call that is one too many is refused rather than queued: the caller
// knows better whether to wait.
type limiter struct {
	most    int64
	running atomic.Int64
}

func (l *limiter) enter() bool {
	if l.running.Add(1) > l.most {
		l.running.Add(-1)
		return false
	}
	return true
}

func (l *limiter) leave() { l.running.Add(-1) }

// refusals keeps the log readable when calls are refused by the thousand: one line a second, with how many there were.
type refusals struct {
	count atomic.Int64
	last  atomic.Int64 // when a line was written, in nanoseconds since 1970
}

// note counts a refusal, and says how many there were when it is time for a line.
func (r *refusals) note() (count int64, due bool) {
	r.count.Add(1)
	last, now := r.last.Load(), time.Now().UnixNano()
	if now-last < int64(time.Second) || !r.last.CompareAndSwap(last, now) {
		return 0, false
	}
	return r.count.Swap(0), true
}

// admitted is what is known of a call once it is let in.
type admitted struct {
	rule    rule
	caller  *access.Caller // nil when there are no tokens
	conn    *conn          // nil when a test serves on a listener of its own
	id      string         // the request's, when the caller has named one
	count   *metrics.Calls // of the method
	refusal error          // why it is answered with an error instead
}

type admittedKey struct{}

func admittedOf(ctx context.Context) *admitted {
	a, _ := ctx.Value(admittedKey{}).(*admitted)
	if a == nil {
		return &admitted{refusal: errNoRule}
	}
	return a
}

// tap stands before every call, when its metadata has come and no message yet: who is refused has cost little. It runs
// in the goroutine that reads the connection and waits for nothing. A call holds its place until its context ends, that
// is until it is answered, cancelled or late.
func (s *Server) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	call := &admitted{
		rule: rules[info.FullMethodName], conn: connOf(ctx), id: requestIDOf(info.Header[requestIDHeader]),
		count: s.counters.of(info.FullMethodName),
	}
	if err := s.admit(call, info.FullMethodName, info.Header); err != nil {
		call.count.Refused(status.Code(err))
		return s.refuse(ctx, err)
	}
	ctx = context.WithValue(ctx, admittedKey{}, call)
	limit := &s.limits[call.rule.kind]
	if deadline, ok := ctx.Deadline(); call.rule.stream || ok && time.Until(deadline) < s.cfg.MaxCall {
		context.AfterFunc(ctx, limit.leave)
		return ctx, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.MaxCall)
	context.AfterFunc(ctx, func() {
		cancel()
		limit.leave()
	})
	return ctx, nil
}

// How long a refused call may last: see refuse.
const (
	maxRefused     = time.Minute
	refusedMessage = 5 * time.Second
)

// refuse answers a call with an error before its message is read. gRPC does not end the context of such a call, so that
// a timer stays until its deadline. Who sets one far off gets the error only when the message has come, which must be
// soon.
func (s *Server) refuse(ctx context.Context, err error) (context.Context, error) {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) < maxRefused {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, refusedMessage)
	context.AfterFunc(ctx, cancel)
	return context.WithValue(ctx, admittedKey{}, &admitted{refusal: err}), nil
}

var (
	errNoRule  = status.Error(codes.PermissionDenied, "there is no such method, or nobody may call it")
	errLoading = status.Error(codes.Unavailable, "the index is being loaded")
)

// admit lets a call in: it is known who calls, they may call this, there is an index to answer from, and there are not
// too many already. It has a place among the running calls then.
func (s *Server) admit(call *admitted, method string, header metadata.MD) (err error) {
	if err := s.allow(call, method, header["authorization"]); err != nil {
		return err
	}
	if call.rule.kind != outside && s.opened.Load() == nil {
		return s.counters.refuse(whyLoading, errLoading)
	}
	if err := call.prioritize(header[priorityHeader]); err != nil {
		return err
	}
	if call.rule.kind == live {
		s.lanes.live()
	}
	limit := &s.limits[call.rule.kind]
	reason := whyUnread
	if err = call.conn.full(); err == nil && !limit.enter() {
		reason, err = whyBusy+why(call.rule.kind), busy(kindWords[call.rule.kind], int(limit.most))
	}
	if err == nil {
		return nil
	}
	s.counters.refused[reason].Add(1)
	if count, due := s.refused.note(); due {
		s.log.Warn("calls were refused: too many at once", "refused", count, "kind", kindWords[call.rule.kind],
			"limit", limit.most)
	}
	return err
}

// allow lets in who may call, and says in the log that others may not.
func (s *Server) allow(call *admitted, method string, authorization []string) error {
	err := s.authorize(call, authorization)
	if err == nil {
		return nil
	}
	reason := whyScope
	if status.Code(err) == codes.Unauthenticated {
		reason = whyToken
	}
	s.counters.refused[reason].Add(1)
	if count, due := s.denied.note(); due {
		s.log.Warn("calls were refused: not allowed", "refused", count, "method", known(method), "code", status.Code(err),
			"caller", call.name())
	}
	return err
}

// priorityHeader is the metadata with which a caller says that nobody waits for the answer to a call that is live by
// itself: it then counts as bulk work, and makes room for others. The other way round nobody may jump the queue.
const priorityHeader = "leadmatch-priority"

func (a *admitted) prioritize(asked []string) error {
	for _, priority := range asked {
		switch {
		case priority == kindWords[bulk] && a.rule.kind == live:
			a.rule.kind = bulk
		case priority != kindWords[bulk] && priority != kindWords[live]:
			return status.Errorf(codes.InvalidArgument, "%s: expected %s or %s, not %.40q", priorityHeader, kindWords[live], kindWords[bulk], priority)
		}
	}
	return nil
}

// authorize finds out who calls, and whether they may.
func (s *Server) authorize(call *admitted, authorization []string) (err error) {
	if call.rule == (rule{}) {
		return errNoRule
	}
	if call.rule.scopes == anybody || s.tokens == nil {
		return nil
	}
	if call.caller, err = s.tokens.Find(authorization); err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	if call.caller.Scopes&call.rule.scopes == 0 {
		return status.Errorf(codes.PermissionDenied, "the token's scopes are %v; this needs %v", call.caller.Scopes,
			call.rule.scopes)
	}
	return nil
}

// name is the caller's, for the log.
func (a *admitted) name() string {
	if a.caller == nil {
		return ""
	}
	return a.caller.Name
}

// known keeps what strangers make up out of the log.
func known(method string) string {
	if _, ok := rules[method]; ok {
		return method
	}
	return "(unknown)"
}
