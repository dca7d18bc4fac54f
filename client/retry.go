package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// withDeadline gives calls one that have none.
func withDeadline(timeout time.Duration) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if _, ok := ctx.Deadline(); !ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// obeyRetryInfo repeats a call that an overloaded server refused, or one that cannot make changes at the moment, when the
// server says and while the deadline allows: of several servers, mostly at another one.
// The retries of gRPC's service config know nothing of RetryInfo.
func obeyRetryInfo(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	for {
		err := invoke(ctx, method, req, reply, cc, opts...)
		delay, ok := RetryAfter(err)
		if code := status.Code(err); !ok || code != codes.ResourceExhausted && code != codes.Unavailable {
			return err
		}
		if deadline, has := ctx.Deadline(); has && time.Until(deadline) <= delay {
			return err
		}
		if sleep(ctx, delay) != nil {
			return err
		}
	}
}

// RetryAfter returns how long a server asks to wait before the call is tried again, when the error says so.
func RetryAfter(err error) (time.Duration, bool) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok && info.GetRetryDelay() != nil {
			return max(info.GetRetryDelay().AsDuration(), minRetryDelay), true
		}
	}
	return 0, false
}

const (
	minRetryDelay = 10 * time.Millisecond
	maxRetryDelay = 3 * time.Second
)

// patience is how long bulk work goes on trying while no server answers, and how it waits in between. Not for use by
// several goroutines at once.
type patience struct {
	limit   time.Duration
	waiting func(error) // told of each failure that is waited out; may be nil
	since   time.Time   // the first failure after the last success; zero after a success
	delay   time.Duration
}

// defaultPatience outlasts a server's restart with millions of accounts.
const defaultPatience = 2 * time.Minute

func newPatience(limit time.Duration, waiting func(error)) *patience {
	if limit == 0 {
		limit = defaultPatience
	}
	return &patience{limit: limit, waiting: waiting}
}

// success starts the time over.
func (p *patience) success() { p.since, p.delay = time.Time{}, 0 }

// wait waits before the next try; it returns the error when another try makes no sense or the time is over.
func (p *patience) wait(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !passing(err) {
		return err
	}
	if p.since.IsZero() {
		p.since = time.Now()
	}
	if p.delay = min(max(2*p.delay, 50*time.Millisecond), maxRetryDelay); p.limit < 0 {
		return err
	} else if gone := time.Since(p.since); gone+p.delay > p.limit {
		return fmt.Errorf("no server has answered for %v: %w", gone.Round(time.Second), err)
	}
	if p.waiting != nil {
		p.waiting(err)
	}
	asked, _ := RetryAfter(err)
	return sleep(ctx, max(p.delay, asked))
}

var (
	// errEndedEarly is a stream that a server ended without having answered everything, as one does that shuts down.
	errEndedEarly = errors.New("the server ended the stream before it had answered everything")

	// errHangs is a server that takes leads and does not answer.
	errHangs = errors.New("the server does not answer")
)

// passing says whether an error will go away by itself.
func passing(err error) bool {
	if errors.Is(err, errEndedEarly) || errors.Is(err, errHangs) {
		return true
	}
	_, asked := RetryAfter(err)
	return asked || status.Code(err) == codes.Unavailable
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
