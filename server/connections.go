package server

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A client that asks and does not read keeps its answers in the server's memory: gRPC holds them until HTTP/2's windows
// let them go, and its handlers have ended long before. So each connection counts what was handed to gRPC and what went
// out: one with too much in between gets no more calls, and one whose answers stand still is closed.

// maxUnread is how many bytes of answers may wait in a connection before it is refused further calls.
const maxUnread = 32 << 20

// connections are those that are open.
type connections struct {
	net.Listener
	most  int
	stall time.Duration
	over  func() // told of each that was one too many

	mu   sync.Mutex // guards open
	open map[*conn]struct{}
}

func newConnections(l net.Listener, most int, stall time.Duration, over func()) *connections {
	return &connections{Listener: l, most: most, stall: stall, over: over, open: map[*conn]struct{}{}}
}

// Accept returns the next connection. One that is too many is closed at once: who waits in the listener's queue would
// not know why.
func (l *connections) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: accepted, from: l}
		if l.add(c) {
			return c, nil
		}
		accepted.Close()
		l.over()
	}
}

func (l *connections) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == l.most {
		return false
	}
	l.open[c] = struct{}{}
	return true
}

// count returns how many are open.
func (l *connections) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

func (l *connections) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// watch closes connections that stand still, until the context ends.
func (l *connections) watch(ctx context.Context) {
	ticks := time.NewTicker(l.stall / stallSteps)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			l.closeStalled()
		case <-ctx.Done():
			return
		}
	}
}

// stallSteps is how often a connection is looked at before it counts as standing still.
const stallSteps = 4

func (l *connections) closeStalled() {
	l.mu.Lock()
	var stalled []*conn
	for c := range l.open {
		if c.standsStill() {
			stalled = append(stalled, c)
		}
	}
	l.mu.Unlock()
	for _, c := range stalled {
		c.Close()
	}
}

// conn is a connection that counts.
type conn struct {
	net.Conn
	from   *connections
	handed atomic.Int64 // bytes of answers that were handed to gRPC
	out    atomic.Int64 // bytes that went out, with HTTP/2's and TLS's own

	seen  int64 // of out, when it was last looked at; the watcher's
	still int   // times that it was looked at since out moved; the watcher's
}

// standsStill says whether answers wait and none has gone out for a while.
func (c *conn) standsStill() bool {
	out := c.out.Load()
	if out != c.seen || c.unread() <= 0 {
		c.seen, c.still = out, 0
		return false
	}
	c.still++
	return c.still >= stallSteps
}

// unread is about how many bytes of answers wait. What gRPC itself sends makes it less; where that would make it less than
// nothing, hand sets it right.
func (c *conn) unread() int64 { return c.handed.Load() - c.out.Load() }

func (c *conn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.from.stall)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	return n, err
}

func (c *conn) Close() error {
	c.from.remove(c)
	return c.Conn.Close()
}

// RemoteAddr lets a call find its connection: gRPC gives calls their peer's address, and nothing else of the kind.
func (c *conn) RemoteAddr() net.Addr { return connAddr{c.Conn.RemoteAddr(), c} }

type connAddr struct {
	net.Addr
	conn *conn
}

// connOf returns the connection of a call; nil when it came by another listener.
func connOf(ctx context.Context) *conn {
	if p, ok := peer.FromContext(ctx); ok {
		if addr, ok := p.Addr.(connAddr); ok {
			return addr.conn
		}
	}
	return nil
}

// full refuses a call of who has not read the answers to others.
func (c *conn) full() error {
	if c == nil || c.unread() <= maxUnread {
		return nil
	}
	return withDetail(codes.ResourceExhausted, "more than 32 MiB of answers wait in this connection to be read, which is the limit",
		&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
}

// hand counts an answer, and returns its size. Should its caller cancel the call while it waits, it is counted and never
// goes out; what gRPC sends of its own with the next few thousand answers makes up for it.
func (c *conn) hand(message any) (size int64) {
	m, ok := message.(proto.Message)
	if !ok || c == nil {
		return 0
	}
	size = int64(proto.Size(m))
	for {
		handed := c.handed.Load()
		if c.handed.CompareAndSwap(handed, max(handed, c.out.Load())+size) {
			return size
		}
	}
}

// takeBack uncounts an answer that was not sent.
func (c *conn) takeBack(size int64) {
	if c != nil {
		c.handed.Add(-size)
	}
}

// sending closes the connection when it takes too long until sent is called: a stream whose answers are not read would
// hold its place for ever.
func (c *conn) sending() (sent func() bool) {
	if c == nil {
		return func() bool { return true }
	}
	return time.AfterFunc(c.from.stall, func() { c.Close() }).Stop
}
