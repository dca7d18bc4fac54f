package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/decisionlog"
	"github.com/leadmatch/leadmatch/server/replica"
)

// Config is all that leadmatchd is told. The zero value works: every field that is zero takes its default.
type Config struct {
	DataDir string // where the store is; default: DefaultDataDir
	Listen  string // host:port; default: DefaultListen
	// HTTPListen is host:port of HTTP and JSON, or Off; default: 127.0.0.1 and the port after that of Listen, or any for any.
	HTTPListen string
	// Console is served under /console/, when there is one. It is for everybody who reaches HTTP, without a token.
	Console http.Handler
	// Traces gets a span of every call, when there is one; the caller's sampling decision is followed.
	Traces trace.TracerProvider
	// ListenAnywhere allows addresses that other machines can reach, without TLS or without anything that says who calls.
	ListenAnywhere bool

	TLSCert, TLSKey string // files with the certificate and its key, in PEM; without them there is no TLS
	TLSClientCA     string // file with what signs the clients' certificates, which they then must have
	Tokens          string // tokens file, see package access; without it everybody may do everything
	Policy          string // file with the policy, in YAML or JSON, which is then set by nobody else; without it SetPolicy does
	// Reload makes these files be read again; they are, too, when they change.
	Reload <-chan os.Signal

	MaxMessageBytes   int           // of one message received; 4 MiB, 64 KiB to 4 MiB
	MaxConnections    int           // at once; 1,024, 1 to 65,536
	MaxRate           int           // leads, accounts or calls a second of a token that names no rate; 0: any, to 1,000,000
	MaxCall           time.Duration // for a call with one answer; 1 min, 1 s to 1 h
	MaxHeaderBytes    int           // of the metadata of one call; 16 KiB, 1 KiB to 1 MiB
	MaxStreams        int           // calls at once of one connection; 256, 1 to 65,536
	MaxLive           int           // Match and other short calls at once; 1,024, 1 to 65,536
	MaxBulk           int           // BatchMatch, StreamMatch and Backup at once; 64, 1 to 65,536
	MaxWrites         int           // writing calls at once; 64, 1 to 65,536
	ConnectionTimeout time.Duration // for a connection to say hello, which also holds up the end; 5 s, 1 ms to 1 min
	IdleTimeout       time.Duration // for the next message of an import or a replacement, and for answers to be read; 2 min, 1 ms to 1 h
	MaxWait           time.Duration // for a min_revision, without an earlier deadline; 10 s, 1 ms to 10 min
	ShutdownTimeout   time.Duration // for calls to end after a signal; 15 s, 1 ms to 10 min
	SlowCall          time.Duration // live calls that take longer are logged, others when they take ten times as long; 250 ms, 1 ms to 1 h
	MinFreeBytes      uint64        // that stay free on the disk; 512 MiB, at least 1

	// Log is where NATS is, whose stream LogStream then holds all changes; other servers with the same log are replicas of
	// this one. Without it, the data folder alone does.
	Log            string
	LogStream      string // LEADMATCH
	LogReplicas    int    // servers of NATS that hold the stream, when it is made; 1, 1 to 5
	LogStorage     string // "file" or "memory", when it is made; file
	LogCredentials string // file with NATS credentials, an NKey's seed, a user and below it a password, or a token
	LogCA          string // file with what signs the certificates of NATS; otherwise what the machine trusts
	LogCert        string // file with this server's own certificate, for NATS
	LogKey         string // its key
	LogMaxLag      uint64 // changes that this server may be behind and say that it serves; 10,000

	// DecisionLog is a file into which decisions are written, as package decisionlog does it; without it none is.
	DecisionLog         string
	DecisionLogLeads    string        // how much of a lead is in it: "id", "company" or "whole"; id
	DecisionLogShare    float64       // of decisions that are in it; 1, above 0 to 1
	DecisionLogMaxBytes int64         // after which a file is ended; 100 MiB, at least 1 MiB
	DecisionLogMaxAge   time.Duration // likewise; 24 h, at least 1 s
	DecisionLogKeep     int           // ended files that are kept; 10, 1 to 10,000

	// ShadowPolicy is a file with a policy, as leadmatch policy set reads it, that decides a share of live leads beside the
	// one in force; where it would decide otherwise is counted and, now and then, logged.
	ShadowPolicy string
	ShadowShare  float64 // 0.01, above 0 to 1

	reloadEvery time.Duration
	openLog     func(ctx context.Context, known string) (replica.Log, error) // nil: natslog.Open
}

// Defaults.
const (
	DefaultListen            = "127.0.0.1:7411"
	Off                      = "off"
	defaultMaxConnections    = 1024
	defaultMaxCall           = time.Minute
	defaultMaxMessageBytes   = 4 << 20
	defaultMaxHeaderBytes    = 16 << 10
	defaultMaxStreams        = 256
	defaultMaxLive           = 1024
	defaultMaxBulk           = 64
	defaultMaxWrites         = 64
	defaultConnectionTimeout = 5 * time.Second
	defaultIdleTimeout       = 2 * time.Minute
	defaultMaxWait           = 10 * time.Second
	defaultShutdownTimeout   = 15 * time.Second
	defaultSlowCall          = 250 * time.Millisecond
	defaultMinFreeBytes      = 512 << 20
	defaultLogMaxBytes       = 100 << 20
	defaultLogMaxAge         = 24 * time.Hour
	defaultLogKeep           = 10
	defaultShadowShare       = .01
	defaultLogStream         = "LEADMATCH"
	defaultLogMaxLag         = 10_000
)

// DefaultDataDir is the folder for data of the user who runs leadmatchd: $XDG_DATA_HOME/leadmatch, or
// ~/.local/share/leadmatch; in the working folder when the user has no home.
func DefaultDataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "leadmatch")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "leadmatch-data"
	}
	return filepath.Join(home, ".local", "share", "leadmatch")
}

// Defaults returns the configuration that the zero value stands for.
func Defaults() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	orDefault(&c.DataDir, DefaultDataDir())
	orDefault(&c.Listen, DefaultListen)
	orDefault(&c.HTTPListen, besides(c.Listen))
	orDefault(&c.MaxConnections, defaultMaxConnections)
	orDefault(&c.MaxCall, defaultMaxCall)
	orDefault(&c.reloadEvery, reloadEvery)
	orDefault(&c.MaxMessageBytes, defaultMaxMessageBytes)
	orDefault(&c.MaxHeaderBytes, defaultMaxHeaderBytes)
	orDefault(&c.MaxStreams, defaultMaxStreams)
	orDefault(&c.MaxLive, defaultMaxLive)
	orDefault(&c.MaxBulk, defaultMaxBulk)
	orDefault(&c.MaxWrites, defaultMaxWrites)
	orDefault(&c.ConnectionTimeout, defaultConnectionTimeout)
	orDefault(&c.IdleTimeout, defaultIdleTimeout)
	orDefault(&c.MaxWait, defaultMaxWait)
	orDefault(&c.ShutdownTimeout, defaultShutdownTimeout)
	orDefault(&c.SlowCall, defaultSlowCall)
	orDefault(&c.MinFreeBytes, defaultMinFreeBytes)
	orDefault(&c.DecisionLogLeads, string(decisionlog.ID))
	orDefault(&c.DecisionLogShare, 1)
	orDefault(&c.DecisionLogMaxBytes, defaultLogMaxBytes)
	orDefault(&c.DecisionLogMaxAge, defaultLogMaxAge)
	orDefault(&c.DecisionLogKeep, defaultLogKeep)
	orDefault(&c.ShadowShare, defaultShadowShare)
	orDefault(&c.LogStream, defaultLogStream)
	orDefault(&c.LogReplicas, 1)
	orDefault(&c.LogStorage, logFile)
	orDefault(&c.LogMaxLag, defaultLogMaxLag)
	return c
}

// besides returns the address for HTTP beside that of gRPC; nothing when that is none.
func besides(listen string) string {
	_, text, err := net.SplitHostPort(listen)
	if err != nil {
		return Off
	}
	port, err := net.LookupPort("tcp", text)
	if err != nil || port == 0 {
		return "127.0.0.1:0"
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1))
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Check returns everything that is wrong with a configuration, and with the files that it names, as one ErrConfig.
func (c Config) Check() error {
	c = c.withDefaults()
	errs := []error{c.check()}
	if c.checkTLS() == nil && c.TLSCert != "" {
		_, err := openCertificates(c.TLSCert, c.TLSKey, c.TLSClientCA)
		errs = append(errs, err)
	}
	if c.Tokens != "" {
		if _, err := access.Open(c.Tokens, 0); err != nil {
			errs = append(errs, fmt.Errorf("the tokens file: %w", err))
		}
	}
	if c.Log != "" && c.checkLog() == nil {
		options := c.logOptions(nil)
		errs = append(errs, options.Check())
	}
	if c.Policy != "" {
		_, err := readPolicy(policyFile, c.Policy)
		errs = append(errs, err)
	}
	if c.ShadowPolicy != "" {
		_, err := openShadow(c.ShadowPolicy, c.ShadowShare)
		errs = append(errs, err)
	}
	err := errors.Join(errs...)
	if err == nil || errors.Is(err, ErrConfig) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrConfig, err)
}

// check returns everything that is wrong with a configuration whose defaults are filled in, as one ErrConfig.
func (c Config) check() error {
	var errs []error
	within := func(name string, value, low, high int) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %d, must be %d to %d", name, value, low, high))
		}
	}
	lasts := func(name string, value, low, high time.Duration) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %v, must be %v to %v", name, value, low, high))
		}
	}
	within("max-message-bytes", c.MaxMessageBytes, 64<<10, 4<<20)
	within("max-connections", c.MaxConnections, 1, 1<<16)
	within("max-rate", c.MaxRate, 0, access.MaxRate)
	within("max-header-bytes", c.MaxHeaderBytes, 1<<10, 1<<20)
	within("max-streams", c.MaxStreams, 1, 1<<16)
	within("max-live", c.MaxLive, 1, 1<<16)
	within("max-bulk", c.MaxBulk, 1, 1<<16)
	within("max-writes", c.MaxWrites, 1, 1<<16)
	lasts("max-call", c.MaxCall, time.Second, time.Hour)
	lasts("connection-timeout", c.ConnectionTimeout, time.Millisecond, time.Minute)
	lasts("idle-timeout", c.IdleTimeout, time.Millisecond, time.Hour)
	lasts("max-wait", c.MaxWait, time.Millisecond, 10*time.Minute)
	lasts("shutdown-timeout", c.ShutdownTimeout, time.Millisecond, 10*time.Minute)
	lasts("slow-call", c.SlowCall, time.Millisecond, time.Hour)
	lasts("decision-log-max-age", c.DecisionLogMaxAge, time.Second, 10*365*24*time.Hour)
	within("decision-log-keep", c.DecisionLogKeep, 1, 10_000)
	if c.DecisionLogMaxBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("decision-log-max-bytes is %d, must be at least %d", c.DecisionLogMaxBytes, 1<<20))
	}
	if _, err := decisionlog.ParseLeads(c.DecisionLogLeads); err != nil {
		errs = append(errs, fmt.Errorf("decision-log-leads: %w", err))
	}
	for what, share := range map[string]float64{"decision-log-share": c.DecisionLogShare, "shadow-share": c.ShadowShare} {
		if !(share > 0 && share <= 1) {
			errs = append(errs, fmt.Errorf("%s is %v, must be above 0 to 1", what, share))
		}
	}
	errs = append(errs, c.checkTLS(), c.checkLog(), c.checkListen(c.Listen))
	if c.HTTPListen != Off {
		errs = append(errs, c.checkListen(c.HTTPListen))
	}
	if _, port, _ := net.SplitHostPort(c.Listen); c.HTTPListen == c.Listen && port != "0" {
		errs = append(errs, fmt.Errorf("listen and http-listen are both %s; they must differ", c.Listen))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

func (c Config) checkTLS() error {
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("a certificate needs its key, and a key its certificate: --tls-cert and --tls-key go together")
	case c.TLSClientCA != "" && c.TLSCert == "":
		return errors.New("--tls-client-ca needs --tls-cert and --tls-key")
	}
	return nil
}

// checkListen refuses an address that other machines can reach, unless calls are encrypted and it is known who makes
// them, or it is asked for.
func (c Config) checkListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address %q is not host:port: %w", address, err)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("the address %q has no port that there is: %w", address, err)
	}
	if ip := net.ParseIP(host); c.ListenAnywhere || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	var lack []string
	if c.TLSCert == "" {
		lack = append(lack, "encryption (--tls-cert and --tls-key)")
	}
	if c.Tokens == "" && c.TLSClientCA == "" {
		lack = append(lack, "authentication (--tokens or --tls-client-ca)")
	}
	if len(lack) == 0 {
		return nil
	}
	return fmt.Errorf("the address %q can be reached from other machines, and there is no %s; use 127.0.0.1, or say %s",
		address, strings.Join(lack, " and no "), listenAnywhereFlag)
}

const listenAnywhereFlag = "--listen-anywhere-without-authentication"
