package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/leadmatch/leadmatch/server"
	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/console"
)

const about = "Says over gRPC and HTTP which account a lead belongs to, how sure it is, and why. Options may also be in a file " +
	"(--config) and in the environment (LEADMATCHD_MAX_LIVE is --max-live)."

type flags struct {
	common
	Version     kong.VersionFlag `help:"Print the version and end."`
	Serve       serve            `cmd:"" default:"withargs" help:"Serve (the default)."`
	CheckConfig checkConfig      `cmd:"" help:"Say all that is wrong with the options and the files that they name, or what is in force, and end."`
	Restore     restore          `cmd:"" help:"Make a data folder from a backup, or fill the log of --log with it."`
	Token       token            `cmd:"" help:"Make a token, add it to a tokens file, and print it; it is kept nowhere."`
	Health      health           `cmd:"" help:"Ask the server of this machine whether it serves; exit code 0 when it does."`
	Verify      verify           `cmd:"" help:"Read everything in a data folder and check it; no server may have it open."`
}

// common are the flags of every command.
type common struct {
	Config    string `help:"File with options, in YAML: \"max-live: 2048\" is --max-live 2048." placeholder:"FILE" env:"LEADMATCHD_CONFIG"`
	Data      string `help:"Folder with the data." default:"${data}"`
	LogLevel  string `help:"Least level that is logged: ${enum}." enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"How the log is written: ${enum}." enum:"text,json" default:"text"`

	settings *settings // nil until the command line is read
}

func (c *common) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // the parser has checked it
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

type serve struct {
	Listen         string `help:"Address to listen on." default:"${listen}"`
	HTTPListen     string `name:"http-listen" help:"Address to listen on for HTTP and JSON, or off; otherwise 127.0.0.1 and the port after --listen's." placeholder:"ADDRESS"`
	ListenAnywhere bool   `name:"listen-anywhere-without-authentication" help:"Allow an address that other machines can reach without TLS, or without tokens or client certificates: whoever reaches it can read and change everything."`

	TLSCert     string `name:"tls-cert" help:"Certificate to show, in PEM; TLS 1.3 is then all that is spoken." placeholder:"FILE"`
	TLSKey      string `name:"tls-key" help:"The certificate's key." placeholder:"FILE"`
	TLSClientCA string `name:"tls-client-ca" help:"Let in only clients with a certificate that one in this file has signed." placeholder:"FILE"`
	Tokens      string `help:"Let in only calls with a token of this file, as far as its scopes go; leadmatchd token adds one. This file and those of TLS are read again when they change, and on SIGHUP." placeholder:"FILE"`

	Policy string `help:"Keep to the policy in this file, in YAML or JSON: it is set at start, when the file changes and on SIGHUP, and SetPolicy is refused." placeholder:"FILE"`

	MaxConnections  int           `help:"Most connections at once; more are closed." default:"${max_connections}"`
	MaxRate         int           `help:"Most leads, accounts or calls a second of a token that names no rate of its own; 0 is any number." default:"0"`
	MaxCall         time.Duration `help:"Longest time of a call with one answer." default:"${max_call}"`
	IdleTimeout     time.Duration `help:"Longest time that an import waits for its next message, and that answers wait to be read." default:"${idle_timeout}"`
	MaxMessageBytes int           `help:"Longest message that is received." default:"${max_message_bytes}"`
	MaxStreams      int           `help:"Most calls at once of one connection." default:"${max_streams}"`
	MaxLive         int           `help:"Most short calls at once; more are refused." default:"${max_live}"`
	MaxBulk         int           `help:"Most bulk calls at once; more are refused." default:"${max_bulk}"`
	MaxWrites       int           `help:"Most writing calls at once; more are refused." default:"${max_writes}"`
	MinFreeBytes    uint64        `help:"Bytes that stay free on the disk; writes are refused before." default:"${min_free_bytes}"`
	SlowCall        time.Duration `help:"Short calls that take longer are logged; bulk and writing ones when they take ten times as long." default:"${slow_call}"`
	ShutdownTimeout time.Duration `help:"Time for calls to end after a signal." default:"${shutdown_timeout}"`

	logFlags
	LogMaxLag uint64 `help:"Changes that this server may be behind the log and say by its health that it serves." default:"${log_max_lag}"`

	DecisionLog         string        `help:"Write down each decision, a JSON object a line; leadmatch replay reads it." placeholder:"FILE" env:"LEADMATCHD_DECISION_LOG"`
	DecisionLogLeads    string        `help:"How much of a lead: ${enum}. company is all but the phone number and what stands before the @; whole is personal data." enum:"id,company,whole" default:"id"`
	DecisionLogShare    float64       `help:"Share of decisions that are written down." default:"1"`
	DecisionLogMaxBytes int64         `help:"Length after which the file gets its time into its name, and a new one begins." default:"${log_max_bytes}"`
	DecisionLogMaxAge   time.Duration `help:"Age after which it does." default:"${log_max_age}"`
	DecisionLogKeep     int           `help:"How many of those are kept." default:"${log_keep}"`
	ShadowPolicy        string        `help:"Policy in YAML or JSON that decides a share of the leads of Match beside the one in force; where it would decide otherwise is counted and logged." placeholder:"FILE" env:"LEADMATCHD_SHADOW_POLICY"`
	ShadowShare         float64       `help:"That share." default:"${shadow_share}"`
}

// logFlags say where the log of changes is.
type logFlags struct {
	Log            string `help:"Keep accounts, overrides and policy in step with other servers by a log of changes in NATS JetStream: nats://host:port or tls://host:port, several with commas between." placeholder:"URL" env:"LEADMATCHD_LOG"`
	LogStream      string `help:"The log's stream; it is made when there is none." default:"${log_stream}"`
	LogReplicas    int    `help:"Servers of NATS that hold the stream, when it is made; 3 outlast one of them." default:"1"`
	LogStorage     string `help:"What holds the stream, when it is made: ${enum}." enum:"file,memory" default:"file"`
	LogCredentials string `help:"File by which NATS lets this server in: NATS credentials (.creds), the seed of an NKey, a user and in the next line a password, or a token." placeholder:"FILE"`
	LogCA          string `name:"log-ca" help:"File with what signs the certificates of NATS, in PEM; otherwise the machine's own. With it, or a tls:// URL, all connections are TLS." placeholder:"FILE"`
	LogCert        string `help:"Certificate to show to NATS, in PEM." placeholder:"FILE"`
	LogKey         string `help:"Its key." placeholder:"FILE"`
}

func (f *logFlags) set(c *server.Config) {
	c.Log, c.LogStream, c.LogReplicas, c.LogStorage = f.Log, f.LogStream, f.LogReplicas, f.LogStorage
	c.LogCredentials, c.LogCA, c.LogCert, c.LogKey = f.LogCredentials, f.LogCA, f.LogCert, f.LogKey
}

// Validate refuses what would otherwise be taken for the default.
func (s *serve) Validate() error {
	if s.DecisionLogShare <= 0 || s.ShadowShare <= 0 {
		return errors.New("--decision-log-share and --shadow-share are shares, above 0 to 1")
	}
	return nil
}

// vars are what the flags' texts refer to.
func vars() kong.Vars {
	d := server.Defaults()
	return kong.Vars{
		"version": server.Version(), "data": d.DataDir, "listen": d.Listen,
		"max_connections": fmt.Sprint(d.MaxConnections), "max_call": d.MaxCall.String(), "idle_timeout": d.IdleTimeout.String(),
		"max_message_bytes": fmt.Sprint(d.MaxMessageBytes), "max_streams": fmt.Sprint(d.MaxStreams),
		"max_live": fmt.Sprint(d.MaxLive), "max_bulk": fmt.Sprint(d.MaxBulk), "max_writes": fmt.Sprint(d.MaxWrites),
		"min_free_bytes": fmt.Sprint(d.MinFreeBytes), "slow_call": d.SlowCall.String(),
		"shutdown_timeout": d.ShutdownTimeout.String(),
		"log_max_bytes":    fmt.Sprint(d.DecisionLogMaxBytes), "log_max_age": d.DecisionLogMaxAge.String(),
		"log_keep": fmt.Sprint(d.DecisionLogKeep), "shadow_share": fmt.Sprint(d.ShadowShare),
		"log_stream": d.LogStream, "log_max_lag": fmt.Sprint(d.LogMaxLag),
	}
}

// config returns what the options say.
func (s *serve) config(c *common) server.Config {
	cfg := server.Config{
		DataDir: c.Data, Listen: s.Listen, HTTPListen: s.HTTPListen, Console: console.Handler(), ListenAnywhere: s.ListenAnywhere,
		TLSCert: s.TLSCert, TLSKey: s.TLSKey, TLSClientCA: s.TLSClientCA, Tokens: s.Tokens, Policy: s.Policy,
		MaxConnections: s.MaxConnections, MaxRate: s.MaxRate, MaxCall: s.MaxCall, IdleTimeout: s.IdleTimeout,
		MaxMessageBytes: s.MaxMessageBytes, MaxStreams: s.MaxStreams,
		MaxLive: s.MaxLive, MaxBulk: s.MaxBulk, MaxWrites: s.MaxWrites, MinFreeBytes: s.MinFreeBytes,
		SlowCall: s.SlowCall, ShutdownTimeout: s.ShutdownTimeout,
		DecisionLog: s.DecisionLog, DecisionLogLeads: s.DecisionLogLeads, DecisionLogShare: s.DecisionLogShare,
		DecisionLogMaxBytes: s.DecisionLogMaxBytes, DecisionLogMaxAge: s.DecisionLogMaxAge, DecisionLogKeep: s.DecisionLogKeep,
		ShadowPolicy: s.ShadowPolicy, ShadowShare: s.ShadowShare, LogMaxLag: s.LogMaxLag,
	}
	s.logFlags.set(&cfg)
	return cfg
}

func (s *serve) Run(ctx context.Context, c *common) error {
	cfg, log := s.config(c), c.logger()
	if err := errors.Join(c.settings.err(), cfg.Check()); err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	if s.TLSCert != "" || s.Tokens != "" || s.Policy != "" { // else there is nothing to reload, and a closed terminal ends it
		signal.Notify(reload, syscall.SIGHUP)
	}
	cfg.Reload = reload
	traces, flush, err := traces(ctx, log)
	if err != nil {
		return err
	}
	defer flush()
	cfg.Traces = traces
	server.ShareProcessors()
	return server.Run(ctx, cfg, log)
}

type checkConfig struct{ serve }

func (s *checkConfig) Run(c *common) error {
	if err := errors.Join(c.settings.err(), s.config(c).Check()); err != nil {
		return err
	}
	for _, o := range c.settings.given {
		fmt.Printf("%s: %s  # %s\n", o.name, o.value, o.from)
	}
	fmt.Println("# all other options have their defaults; nothing is wrong")
	return nil
}

type restore struct {
	Backup string `arg:"" help:"File with the backup; - is the standard input."`
	logFlags
}

func (r *restore) Run(ctx context.Context, c *common) error {
	if err := c.settings.err(); err != nil {
		return err
	}
	backup := io.Reader(os.Stdin)
	if r.Backup != "-" {
		file, err := os.Open(r.Backup)
		if err != nil {
			return err
		}
		defer file.Close()
		backup = file
	}
	if r.Log != "" {
		cfg := server.Config{}
		r.logFlags.set(&cfg)
		report, err := server.Seed(ctx, cfg, backup, c.logger())
		if err != nil {
			return err
		}
		print("filled", r.LogStream, report)
		return nil
	}
	report, err := server.Restore(c.Data, backup, c.logger())
	if err != nil {
		return err
	}
	print("restored", c.Data, report)
	return nil
}

type token struct {
	File    string        `arg:"" help:"Tokens file; it is made when there is none."`
	Name    string        `help:"Who the token is for, as the log says it." required:""`
	Scopes  string        `help:"What it may do: some of match, write, review, admin, with commas between." required:""`
	Expires time.Duration `help:"After how long it ends, as 2160h; otherwise it does not." placeholder:"TIME"`
	Rate    int           `help:"Most leads, accounts or calls a second; otherwise the server's --max-rate." placeholder:"N"`
}

func (t *token) Run() error {
	scopes, err := access.ParseScopes(t.Scopes)
	if err != nil {
		return fmt.Errorf("%w: %w", server.ErrConfig, err)
	}
	grant := access.Grant{Name: t.Name, Scopes: scopes, Rate: t.Rate}
	if t.Expires < 0 {
		return fmt.Errorf("%w: --expires must lie ahead; it is %v", server.ErrConfig, t.Expires)
	}
	if t.Expires > 0 {
		grant.Expires = time.Now().Add(t.Expires)
	}
	text, err := access.Add(t.File, grant)
	if err != nil {
		return err
	}
	_, err = fmt.Println(text)
	return err
}

type verify struct{}

func (*verify) Run(c *common) error {
	if err := c.settings.err(); err != nil {
		return err
	}
	report, err := server.Verify(c.Data, c.logger())
	if err != nil {
		return err
	}
	print("whole", c.Data, report)
	return nil
}

func print(what, dir string, r server.Report) {
	fmt.Printf("%s is %s: %d accounts, %d overrides, policy version %d, revision %d\n", dir, what, r.Accounts, r.Overrides,
		r.Policy, r.Revision)
}
