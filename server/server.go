package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/tap"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/decisionlog"
)

// Server is one leadmatchd.
type Server struct {
	cfg     Config
	log     *slog.Logger
	grpc    *grpc.Server
	web     *web // nil: no HTTP
	health  *health.Server
	started time.Time

	webListener net.Listener // of HTTP; nil: none

	opened       atomic.Pointer[book] // nil until the index is loaded
	followed     []reloaded
	certificates *certificates       // nil: no TLS
	connections  *connections        // set by run
	draining     chan struct{}       // closed when streams have to end
	helpers      *semaphore.Weighted // goroutines that bulk calls may use beside their own
	lanes        *lanes              // that bulk calls match on
	limits       [kinds]limiter
	tokens       *access.Tokens // nil: everybody may do everything
	refused      refusals       // calls that were too many
	denied       refusals       // calls that were not allowed
	surplus      refusals       // connections that were too many
	noSpace      refusals       // writes that the disk had no space for
	faults       faults
	counters     counters
	decisions    *decisionlog.Log // nil: decisions are not logged
	shadow       *shadow          // nil: there is no policy to try
}

// Run listens, loads the index, serves until the context ends, and then lets the calls that are under way end. It
// returns nil when all of that went well; ExitCode says what else there is.
func Run(ctx context.Context, cfg Config, log *slog.Logger) error {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return err
	}
	s, err := newServer(cfg, log)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	listener, err := listen(cfg.Listen)
	if err != nil {
		return err
	}
	if cfg.HTTPListen != Off {
		if s.webListener, err = listen(cfg.HTTPListen); err != nil {
			return errors.Join(fmt.Errorf("HTTP: %w; --http-listen says where else, or off", err), listener.Close())
		}
	}
	return s.run(ctx, listener)
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err // without the address, which stands there already
		}
		return nil, fmt.Errorf("%w on %s: %w", ErrListen, address, err)
	}
	return listener, nil
}

func newServer(cfg Config, log *slog.Logger) (*Server, error) {
	s := &Server{
		cfg:      cfg,
		log:      log,
		health:   health.NewServer(),
		started:  time.Now(),
		draining: make(chan struct{}),
		lanes:    newLanes(),
		helpers:  semaphore.NewWeighted(int64(processors())),
	}
	s.counters.init()
	s.limits[outside].most = outsideEach * int64(cfg.MaxConnections)
	s.limits[live].most = int64(cfg.MaxLive)
	s.limits[bulk].most = int64(cfg.MaxBulk)
	s.limits[writing].most = int64(cfg.MaxWrites)
	creds, err := s.openFiles()
	if err != nil {
		return nil, err
	}
	if cfg.ShadowPolicy != "" {
		if s.shadow, err = openShadow(cfg.ShadowPolicy, cfg.ShadowShare); err != nil {
			return nil, err
		}
	}
	s.grpc = s.newGRPC(creds, s.tap,
		grpc.MaxHeaderListSize(uint32(cfg.MaxHeaderBytes)),
		grpc.MaxConcurrentStreams(uint32(cfg.MaxStreams)), // without a limit, a flood of resets stops everybody else
		grpc.ConnectionTimeout(cfg.ConnectionTimeout),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: idlePing, Timeout: pingTimeout}),
	)
	s.setHealth(healthv1.HealthCheckResponse_NOT_SERVING)
	return s, nil
}

// newGRPC returns a server with all services. What stands before every call is for its connections to say.
func (s *Server) newGRPC(creds credentials.TransportCredentials, before tap.ServerInHandle, options ...grpc.ServerOption) *grpc.Server {
	if s.cfg.Traces != nil {
		options = append(options, grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(s.cfg.Traces),
			otelgrpc.WithPropagators(propagation.TraceContext{}), otelgrpc.WithMeterProvider(noop.NewMeterProvider()))))
	}
	g := grpc.NewServer(append(options,
		grpc.Creds(creds),
		grpc.InTapHandle(before),
		grpc.ForceServerCodecV2(newCodec(&s.faults)),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(s.cfg.MaxMessageBytes),
		grpc.NumStreamWorkers(streamWorkers), // spares unary calls the growing of a fresh stack
		grpc.WaitForHandlers(true),           // the store is closed after the last handler
	)...)
	s.register(g)
	return g
}

// openFiles reads certificates and tokens, as far as there are any, and makes s follow them.
func (s *Server) openFiles() (credentials.TransportCredentials, error) {
	cfg, creds := s.cfg, insecure.NewCredentials()
	if cfg.TLSCert != "" {
		c, err := openCertificates(cfg.TLSCert, cfg.TLSKey, cfg.TLSClientCA)
		if err != nil {
			return nil, err
		}
		s.certificates = c
		creds = credentials.NewTLS(c.config("h2"))
		s.followed = append(s.followed, reloaded{"certificates", []string{cfg.TLSCert, cfg.TLSKey, cfg.TLSClientCA}, c.reload})
	}
	if cfg.Tokens != "" {
		t, err := access.Open(cfg.Tokens, cfg.MaxRate)
		if err != nil {
			return nil, fmt.Errorf("the tokens file: %w", err)
		}
		s.tokens = t
		s.followed = append(s.followed, reloaded{"tokens", []string{cfg.Tokens}, t.Reload})
	}
	if cfg.Policy != "" {
		s.followed = append(s.followed, reloaded{"policy", []string{cfg.Policy}, func() error { return s.loadPolicy(s.opened.Load()) }})
	}
	return creds, nil
}

// Values for connections that are not worth a flag.
const (
	outsideEach   = 4                // calls about the server that there may be for each connection; a client watches its health with one
	streamWorkers = 128              // of 64 calls in flight, 32 leave a third to fresh stacks, which grow thrice; 256 are no better, nor are buffers of 128 KiB, or shared ones
	minPing       = 5 * time.Second  // clients may ping as often; load balancers do every 10 s
	idlePing      = 60 * time.Second // after which a silent client is asked whether it is there
	pingTimeout   = 20 * time.Second
)

// services are those whose health can be asked for by name; the empty name is the server.
var services = []string{
	"",
	leadmatchv1.MatchService_ServiceDesc.ServiceName,
	leadmatchv1.AccountService_ServiceDesc.ServiceName,
	leadmatchv1.OverrideService_ServiceDesc.ServiceName,
	leadmatchv1.AdminService_ServiceDesc.ServiceName,
}

func (s *Server) register(g *grpc.Server) {
	g.RegisterService(s.faults.wrap(&leadmatchv1.MatchService_ServiceDesc), &matchService{server: s})
	g.RegisterService(s.faults.wrap(&leadmatchv1.AccountService_ServiceDesc), &accountService{server: s})
	g.RegisterService(s.faults.wrap(&leadmatchv1.OverrideService_ServiceDesc), &overrideService{server: s})
	g.RegisterService(s.faults.wrap(&leadmatchv1.AdminService_ServiceDesc), &adminService{server: s})
	healthv1.RegisterHealthServer(g, s.health)
	reflection.Register(g)
}

func (s *Server) setHealth(h healthv1.HealthCheckResponse_ServingStatus) {
	for _, name := range services {
		s.health.SetServingStatus(name, h)
	}
}

// book returns the open book; calls get here only once there is one.
func (s *Server) book() *book { return s.opened.Load() }

// run serves on the listener while the index is loaded, so that health can be asked for, and until the context ends.
func (s *Server) run(ctx context.Context, listener net.Listener) error {
	s.lanes.openThreads(s.log)
	defer s.lanes.closeThreads()
	failed := make(chan error, 2)
	s.connections = newConnections(listener, s.cfg.MaxConnections, s.cfg.IdleTimeout, s.surplusConnection)
	go func() { failed <- s.grpc.Serve(s.connections) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go s.connections.watch(ctx)
	go s.follow(ctx, s.followed)
	if err := s.serveWeb(ctx, failed); err != nil {
		s.stop()
		return err
	}
	if err := s.openDecisionLog(); err != nil {
		s.stop()
		return fmt.Errorf("%w: the decision log: %w", ErrConfig, err)
	}
	book, err := openBook(ctx, s.cfg, s.log, &s.counters)
	if err != nil {
		s.stop()
		return errors.Join(err, s.closeDecisionLog())
	}
	if err := s.loadPolicy(book); err != nil {
		s.stop()
		return errors.Join(fmt.Errorf("%w: %w", ErrConfig, err), book.close(), s.closeDecisionLog())
	}
	s.opened.Store(book)
	s.setHealth(healthv1.HealthCheckResponse_SERVING)
	go s.watchLag(ctx, book)
	s.log.Info("leadmatchd is serving", "address", listener.Addr().String(), "http", s.webAddress(), "data", s.cfg.DataDir,
		"accounts", book.store.State().GetAccounts(), "revision", book.store.State().GetRevision(),
		"loaded_in", book.loadTime.Round(time.Millisecond), "version", Version())
	select {
	case <-ctx.Done():
		err = s.drain()
	case err = <-failed:
		err = fmt.Errorf("%w: %w", ErrListen, err)
		s.stop()
	}
	if err = errors.Join(err, book.close(), s.closeDecisionLog()); err == nil {
		s.log.Info("leadmatchd has ended; everything is stored")
	}
	return err
}

// serveWeb serves HTTP beside gRPC, if it is asked for; how that ends early goes to failed.
func (s *Server) serveWeb(ctx context.Context, failed chan<- error) (err error) {
	if s.webListener == nil {
		return nil
	}
	if s.web, err = newWeb(s, s.webListener); err != nil {
		return errors.Join(err, s.webListener.Close())
	}
	go func() {
		if err := s.web.serve(ctx); err != nil {
			failed <- fmt.Errorf("HTTP: %w", err)
		}
	}()
	return nil
}

// webAddress is where HTTP is, for the log.
func (s *Server) webAddress() string {
	if s.webListener == nil {
		return Off
	}
	return s.webListener.Addr().String()
}

// stop cuts off the calls that are under way.
func (s *Server) stop() { both(s.grpc.Stop, s.web.stop) }

func (s *Server) surplusConnection() {
	s.counters.refused[whyConnections].Add(1)
	if count, due := s.surplus.note(); due {
		s.log.Warn("connections were refused: too many at once", "refused", count, "limit", s.cfg.MaxConnections)
	}
}

// drain lets the calls that are under way end, and cuts off those that take too long.
func (s *Server) drain() error {
	s.log.Info("leadmatchd is shutting down", "within", s.cfg.ShutdownTimeout)
	s.health.Shutdown()
	close(s.draining)
	done := make(chan struct{})
	go func() {
		both(s.grpc.GracefulStop, s.web.shut)
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(s.cfg.ShutdownTimeout):
		s.stop()
		<-done
		return fmt.Errorf("%w after %v", ErrForced, s.cfg.ShutdownTimeout)
	}
}
