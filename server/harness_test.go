package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server of a test, and its clients.
type running struct {
	leadmatchv1.MatchServiceClient
	leadmatchv1.AccountServiceClient
	leadmatchv1.OverrideServiceClient
	leadmatchv1.AdminServiceClient
	healthv1.HealthClient
	listener *bufconn.Listener
	conn     *grpc.ClientConn
	server   *Server
	stop     func() error // ends the server; the end of the test calls it too
}

// start runs a server over a pipe in memory, and HTTP where the configuration says so. It is serving when start returns.
func start(t testing.TB, cfg Config, options ...grpc.DialOption) *running {
	t.Helper()
	cfg.MinFreeBytes = 1
	wantsWeb := cfg.HTTPListen != ""
	cfg = cfg.withDefaults()
	listener := bufconn.Listen(1 << 20)
	s := newTestServer(t, cfg, io.Discard)
	if wantsWeb {
		var err error
		if s.webListener, err = listen(cfg.HTTPListen); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var runErr error
	go func() {
		defer close(ended)
		runErr = s.run(ctx, listener)
	}()
	conn := dial(t, listener, options...)
	r := &running{
		listener:              listener,
		conn:                  conn,
		MatchServiceClient:    leadmatchv1.NewMatchServiceClient(conn),
		AccountServiceClient:  leadmatchv1.NewAccountServiceClient(conn),
		OverrideServiceClient: leadmatchv1.NewOverrideServiceClient(conn),
		AdminServiceClient:    leadmatchv1.NewAdminServiceClient(conn),
		HealthClient:          healthv1.NewHealthClient(conn),
		server:                s,
		stop: func() error {
			cancel()
			<-ended
			return runErr
		},
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
	r.waitServing(t, ended)
	return r
}

// newTestServer returns a server that does not run yet.
func newTestServer(t testing.TB, cfg Config, log io.Writer) *Server {
	t.Helper()
	s, err := newServer(cfg.withDefaults(), slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dial(t testing.TB, listener *bufconn.Listener, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:leadmatchd", append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(32 << 20)),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func (r *running) waitServing(t testing.TB, ended <-chan struct{}) {
	t.Helper()
	for {
		res, err := r.Check(t.Context(), &healthv1.HealthCheckRequest{})
		if err == nil && res.GetStatus() == healthv1.HealthCheckResponse_SERVING {
			return
		}
		select {
		case <-ended:
			t.Fatal("the server ended before it served")
		case <-time.After(time.Millisecond):
		}
	}
}

// upsert stores accounts and returns the revision.
func (r *running) upsert(t testing.TB, accounts ...*leadmatchv1.Account) uint64 {
	t.Helper()
	res, err := r.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetRevision()
}

func (r *running) match(t *testing.T, lead *leadmatchv1.Lead) *leadmatchv1.Outcome {
	t.Helper()
	res, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: lead})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetOutcome()
}

func wantCode(t *testing.T, err error, code codes.Code) *status.Status {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != code {
		t.Fatalf("%v: %s, want %v", s.Code(), s.Message(), code)
	}
	return s
}

// acme is an account that a lead can be told to belong to.
func acme() *leadmatchv1.Account {
	return &leadmatchv1.Account{
		Id: "acme", Name: "Acme Rocket Works Inc", Aliases: []string{"ARW"}, Domains: []string{"acmerockets.com"},
		Phones: []string{"+1 415 392 0202"}, Addresses: []*leadmatchv1.Address{{Country: "US", City: "Oakland"}},
		ParentId: "coyote", OwnerId: "wile", Labels: map[string]string{"type": "customer"},
		Numbers: map[string]float64{"open": 3},
	}
}

func acmeLead(id string) *leadmatchv1.Lead {
	return &leadmatchv1.Lead{Id: id, Company: "Acme Rocket Works", Email: "jo@acmerockets.com"}
}

// syncBuffer is a log that any number of goroutines write.
type syncBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
