package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// web is HTTP and JSON beside gRPC. A call that comes by HTTP is made anew by gRPC, over a pipe in memory, so that there
// is one code for tokens, limits, deadlines and errors; what gRPC would know of its connection goes with it (see webCall).
//
// It speaks HTTP/1.1 only: a connection has one call at a time then, and one answer that waits to be read. Who wants many
// at once has gRPC.
type web struct {
	server *Server
	http   *http.Server
	inner  *grpc.Server // the services once more, for the pipe's end
	pipe   *bufconn.Listener
	client *grpc.ClientConn
	calls  webCalls

	connections *connections
}

// pipeBytes is how much the pipe holds in each direction.
const pipeBytes = 256 << 10

func newWeb(s *Server, listener net.Listener) (*web, error) {
	w := &web{server: s, pipe: bufconn.Listen(pipeBytes)}
	w.connections = newConnections(listener, s.cfg.MaxConnections, s.cfg.IdleTimeout, s.surplusConnection)
	w.inner = s.newGRPC(insecure.NewCredentials(), w.tap,
		grpc.MaxHeaderListSize(uint32(2*s.cfg.MaxHeaderBytes+innerHeaderBytes))) // HTTP's bound is what counts
	var err error
	w.client, err = grpc.NewClient("passthrough:leadmatchd",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return w.pipe.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxInnerBytes)),
		grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(), grpc.WithIdleTimeout(0))
	if err != nil {
		return nil, err
	}
	w.http = &http.Server{
		Handler:           w.handler(),
		ReadHeaderTimeout: s.cfg.ConnectionTimeout,
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    s.cfg.MaxHeaderBytes,
		Protocols:         new(http.Protocols),
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // handshakes that fail, with addresses
	}
	w.http.Protocols.SetHTTP1(true)
	return w, nil
}

const (
	innerHeaderBytes = 8 << 10                 // beside those that came by HTTP
	maxInnerBytes    = maxAnswerBytes + 16<<20 // the estimate of an answer's size is no bound to the byte
)

type connKey struct{}

// serve serves until shut or stop is called; it returns an error when it ends otherwise.
func (w *web) serve(ctx context.Context) error {
	go w.connections.watch(ctx)
	go func() { _ = w.inner.Serve(w.pipe) }() // which ends as it is told to
	listener := net.Listener(w.connections)
	if c := w.server.certificates; c != nil {
		listener = tls.NewListener(listener, c.config("http/1.1"))
	}
	if err := w.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shut takes no new calls and waits for those that are under way.
func (w *web) shut() {
	if w == nil {
		return
	}
	_ = w.http.Shutdown(context.Background()) // stop ends it, too
	w.inner.GracefulStop()
	w.client.Close()
}

// stop cuts off the calls that are under way.
func (w *web) stop() {
	if w == nil {
		return
	}
	w.http.Close()
	w.inner.Stop()
	w.client.Close()
}

// both waits until two things are done.
func both(f, g func()) {
	var all sync.WaitGroup
	all.Go(f)
	all.Go(g)
	all.Wait()
}
