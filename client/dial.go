package client

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // client-side health checks, which the service config asks for
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// DefaultAddr is where leadmatchd listens unless told otherwise.
const DefaultAddr = "127.0.0.1:7411"

// Options set a Client up. The zero value, and nil, are right for a server on the same machine.
type Options struct {
	// Timeout is the deadline of calls whose context has none; 0 means 10 seconds. Streams have none.
	Timeout time.Duration
	// Credentials secure the connection, mostly those of a TLS; nil means plain text.
	Credentials credentials.TransportCredentials
	// Token is shown with every call, to servers that ask for one. In plain text it is sent to this machine only.
	Token string
	// Once makes every call just once: what a server refuses, or does not answer, is not tried again. MatchAll and Import have
	// a patience of their own.
	Once bool
	// Hedge makes Match ask a second time when no answer has come after it, of several servers mostly another one, and take
	// the answer that comes first. 0, the default, never does. It shortens the slowest calls at the price of more of them:
	// take what 99 of 100 calls stay below, so that the servers get one call in a hundred more.
	Hedge time.Duration
	// DialOptions are added to the client's own and win over them.
	DialOptions []grpc.DialOption
}

const (
	defaultTimeout = 10 * time.Second

	// maxAnswer bounds a message from the server. The largest is a thousand outcomes with all their evidence.
	maxAnswer = 64 << 20

	// A broken connection that nobody closed is noticed after these two. Servers cut clients off that ping more often.
	pingAfter   = time.Minute
	pingTimeout = 15 * time.Second
)

// Client is a connection to one leadmatchd or several that hold the same. Any number of goroutines may use it at once.
type Client struct {
	hedge     time.Duration
	conn      *grpc.ClientConn
	matches   leadmatchv1.MatchServiceClient
	accounts  leadmatchv1.AccountServiceClient
	overrides leadmatchv1.OverrideServiceClient
	admin     leadmatchv1.AdminServiceClient
	health    grpc_health_v1.HealthClient
}

// Dial prepares a Client for the server or servers at addr; "" is DefaultAddr. It connects when first used, so that an
// error here means that the address or the options make no sense. A nil opts is the zero value.
func Dial(addr string, opts *Options) (*Client, error) {
	if opts == nil {
		opts = &Options{}
	}
	if addr == "" {
		addr = DefaultAddr
	}
	target, more, err := resolve(addr)
	if err != nil {
		return nil, err
	}
	if opts.Token != "" {
		if err := checkToken(opts.Token); err != nil {
			return nil, err
		}
		local := isLocal(addr)
		if !local && opts.Credentials == nil {
			return nil, fmt.Errorf("address %q: a token is not sent in plain text to another machine; use TLS", addr)
		}
		more = append(more, grpc.WithPerRPCCredentials(bearer{opts.Token, local}))
	}
	conn, err := grpc.NewClient(target, append(append(dialOptions(opts), more...), opts.DialOptions...)...)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", addr, err)
	}
	return &Client{
		hedge:     opts.Hedge,
		conn:      conn,
		matches:   leadmatchv1.NewMatchServiceClient(conn),
		accounts:  leadmatchv1.NewAccountServiceClient(conn),
		overrides: leadmatchv1.NewOverrideServiceClient(conn),
		admin:     leadmatchv1.NewAdminServiceClient(conn),
		health:    grpc_health_v1.NewHealthClient(conn),
	}, nil
}

func dialOptions(opts *Options) []grpc.DialOption {
	timeout := opts.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	creds := opts.Credentials
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	calls := []grpc.UnaryClientInterceptor{withDeadline(timeout)}
	if !opts.Once {
		calls = append(calls, obeyRetryInfo)
	}
	out := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: .2, MaxDelay: 3 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithChainUnaryInterceptor(calls...),
	}
	if opts.Once {
		out = append(out, grpc.WithDisableRetry())
	}
	return out
}

// serviceConfig is gRPC's own way to say how calls are spread and repeated. Not repeated are calls whose second run
// would answer differently (SetPolicy, DeleteOverride), and streams, which MatchAll takes up again by itself.
const serviceConfig = `{
	"loadBalancingConfig": [{"round_robin": {}}],
	"healthCheckConfig": {"serviceName": ""},
	"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
	"methodConfig": [{
		"name": [
			{"service": "leadmatch.v1.MatchService", "method": "Match"},
			{"service": "leadmatch.v1.MatchService", "method": "BatchMatch"},
			{"service": "leadmatch.v1.MatchService", "method": "Normalize"},
			{"service": "leadmatch.v1.AccountService", "method": "UpsertAccounts"},
			{"service": "leadmatch.v1.AccountService", "method": "GetAccount"},
			{"service": "leadmatch.v1.AccountService", "method": "DeleteAccounts"},
			{"service": "leadmatch.v1.AccountService", "method": "ListAccounts"},
			{"service": "leadmatch.v1.OverrideService", "method": "SetOverride"},
			{"service": "leadmatch.v1.OverrideService", "method": "ListOverrides"},
			{"service": "leadmatch.v1.AdminService", "method": "GetStatus"},
			{"service": "leadmatch.v1.AdminService", "method": "GetPolicy"},
			{"service": "leadmatch.v1.AdminService", "method": "ListPolicies"},
			{"service": "leadmatch.v1.AdminService", "method": "ListDecisions"}
		],
		"retryPolicy": {
			"maxAttempts": 4,
			"initialBackoff": "0.1s",
			"maxBackoff": "2s",
			"backoffMultiplier": 3,
			"retryableStatusCodes": ["UNAVAILABLE"]
		}
	}]
}`

// resolve turns an address into gRPC's target. Several addresses become one name that a resolver of their own answers.
// What has a slash is one of gRPC's own targets: "dns:///leadmatchd.internal:7411", "unix:///run/leadmatchd".
func resolve(addr string) (string, []grpc.DialOption, error) {
	if strings.Contains(addr, "/") {
		return addr, nil, nil
	}
	if !strings.Contains(addr, ",") {
		return addr, nil, checkHostPort(addr)
	}
	var state resolver.State
	for one := range strings.SplitSeq(addr, ",") {
		if one = strings.TrimSpace(one); one != "" {
			if err := checkHostPort(one); err != nil {
				return "", nil, err
			}
			a := resolver.Address{Addr: one, ServerName: one}
			state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{a}})
		}
	}
	if len(state.Endpoints) == 0 {
		return "", nil, fmt.Errorf("address %q: expected host:port, or several with commas between", addr)
	}
	r := manual.NewBuilderWithScheme("leadmatch-list")
	r.InitialState(state)
	return "leadmatch-list:///leadmatchd", []grpc.DialOption{grpc.WithResolvers(r)}, nil
}

func checkHostPort(addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return fmt.Errorf("address %q: expected host:port", addr)
	}
	return nil
}

// Close ends the connections; calls that are under way fail.
func (c *Client) Close() error { return c.conn.Close() }

// Conn returns what the calls go through, for a call that Client has no method for. It is closed with the Client.
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }

// WaitReady waits until a server is connected and serving. When the context ends before, the error says why there was
// none.
func (c *Client) WaitReady(ctx context.Context) error {
	c.conn.Connect()
	for {
		state := c.conn.GetState()
		if state == connectivity.Ready {
			return nil
		}
		if state == connectivity.Idle {
			c.conn.Connect()
		}
		if !c.conn.WaitForStateChange(ctx, state) {
			return c.whyNot(ctx)
		}
	}
}

// whyNot asks for the reason that gRPC keeps to itself until a call fails.
func (c *Client) whyNot(ctx context.Context) error {
	if context.Cause(ctx) == context.Canceled {
		return context.Canceled
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := lookUp(ctx, c.conn.Target()); err != nil {
		return err
	}
	if _, err := c.health.Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil {
		return err
	}
	return nil
}

// lookUp returns why the host of a target of the form host:port has no address, which gRPC does not tell; nil for other
// targets.
func lookUp(ctx context.Context, target string) error {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil
	}
	_, err = net.DefaultResolver.LookupHost(ctx, host)
	return err
}
