package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/replica/natslog"
	"github.com/leadmatch/leadmatch/server/store"
)

// follower is what a server has that keeps its store in step with others by a log.
type follower struct {
	*replica.Replica
	log  replica.Log
	stop context.CancelFunc
	done chan struct{}
}

// startPatience is how long a server that starts waits for the log before it serves what it has stored.
const startPatience = 10 * time.Second

// follow makes the book's store follow the log, up to its end.
func (b *book) follow(ctx context.Context, cfg Config) error {
	stream, _, _ := strings.Cut(b.store.State().GetLog(), "@")
	if stream != "" && stream != cfg.LogStream && cfg.openLog == nil {
		return fmt.Errorf("%w: the folder follows %s, not %s", store.ErrOtherLog, stream, cfg.LogStream)
	}
	open := cfg.openLog
	if open == nil {
		open = func(ctx context.Context, known string) (replica.Log, error) {
			return natslog.Open(ctx, cfg.logOptions(b.log), known)
		}
	}
	log, err := open(ctx, b.store.State().GetLog())
	if err != nil {
		return err
	}
	r, err := replica.Open(b.store, log, b.log)
	if err == nil {
		err = r.CatchUp(ctx, startPatience)
	}
	if err != nil {
		log.Close()
		return err
	}
	b.following, b.writes = &follower{Replica: r, log: log, done: make(chan struct{})}, following{r}
	return nil
}

// Seed fills the log of a configuration, which must be new, from a backup.
func Seed(ctx context.Context, cfg Config, backup io.Reader, say *slog.Logger) (Report, error) {
	cfg = cfg.withDefaults()
	options := cfg.logOptions(say)
	if err := errors.Join(cfg.checkLog(), options.Check()); err != nil {
		return Report{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	log, err := natslog.Open(ctx, options, "")
	if err != nil {
		return Report{}, err
	}
	defer log.Close()
	return replica.Seed(ctx, log, backup)
}

// start goes on following once the index is loaded.
func (f *follower) start() {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	go func() {
		f.Run(ctx)
		close(f.done)
	}()
}

func (f *follower) close() {
	if f == nil {
		return
	}
	if f.stop != nil {
		f.stop()
		<-f.done
	}
	f.log.Close()
}

// staleSince is when this server last knew that it had all changes; nil while it knows.
func (b *book) staleSince() *timestamppb.Timestamp {
	if b.following == nil {
		return nil
	}
	if since := b.following.Stale(); !since.IsZero() {
		return timestamppb.New(since)
	}
	return nil
}

// replicaStatus is nil where there is no log.
func (b *book) replicaStatus() *leadmatchv1.Replica {
	if b.following == nil {
		return nil
	}
	s := b.following.Status()
	return &leadmatchv1.Replica{
		Log: b.following.log.ID(), Reachable: s.Reachable, Last: s.Last, Lag: s.Lag(), StaleSince: b.staleSince(),
	}
}

// lagEvery is how often it is looked whether a replica is too far behind.
const lagEvery = 200 * time.Millisecond

// watchLag says by its health whether this server is further behind the log than it may be. That it cannot reach the log
// is no reason not to serve: how far it is behind is then unknown, its answers say so, and the others may be no better
// off.
func (s *Server) watchLag(ctx context.Context, b *book) {
	if b.following == nil {
		return
	}
	late := false
	for ticks := time.NewTicker(lagEvery); ; {
		select {
		case <-ctx.Done():
			ticks.Stop()
			return
		case <-ticks.C:
		}
		lag := b.following.Status().Lag()
		if now := lag > s.cfg.LogMaxLag; now != late {
			late = now
			s.log.Warn("how far this server is behind the log has changed its health", "serving", !late, "lag", lag, "limit", s.cfg.LogMaxLag)
			health := healthv1.HealthCheckResponse_SERVING
			if late {
				health = healthv1.HealthCheckResponse_NOT_SERVING
			}
			s.setHealth(health)
		}
	}
}

func (c Config) logOptions(log *slog.Logger) natslog.Options {
	return natslog.Options{
		URL: c.Log, Stream: c.LogStream, Replicas: c.LogReplicas, Memory: c.LogStorage == logMemory,
		Credentials: c.LogCredentials, CA: c.LogCA, Cert: c.LogCert, Key: c.LogKey, Say: log,
	}
}

// Where a log's stream is held.
const (
	logFile   = "file"
	logMemory = "memory"
)

// checkLog returns what is wrong with the options of a log.
func (c Config) checkLog() error {
	var errs []error
	for url := range strings.SplitSeq(c.Log, ",") {
		if scheme, rest, ok := strings.Cut(strings.TrimSpace(url), "://"); c.Log != "" &&
			(!ok || rest == "" || scheme != "nats" && scheme != "tls") {
			errs = append(errs, fmt.Errorf("log is %q, must be nats://host:port or tls://host:port, or several with commas between", redacted(url)))
		}
	}
	if strings.Contains(c.Log, "@") {
		errs = append(errs, errors.New("log must not say who this server is, which others could read; use log-credentials"))
	}
	if (c.LogCert == "") != (c.LogKey == "") {
		errs = append(errs, errors.New("log-cert and log-key need each other"))
	}
	if strings.ContainsAny(c.LogStream, " \t\r\n.*>/\\") {
		errs = append(errs, fmt.Errorf("log-stream is %q, must be a name without spaces and without . * > / \\", c.LogStream))
	}
	if c.LogReplicas < 1 || c.LogReplicas > 5 {
		errs = append(errs, fmt.Errorf("log-replicas is %d, must be 1 to 5", c.LogReplicas))
	}
	if c.LogStorage != logFile && c.LogStorage != logMemory {
		errs = append(errs, fmt.Errorf("log-storage is %q, must be %s or %s", c.LogStorage, logFile, logMemory))
	}
	return errors.Join(errs...)
}

// redacted is a URL without what it asks for to be let in.
func redacted(url string) string {
	if _, after, ok := strings.Cut(url, "@"); ok {
		return "…@" + after
	}
	return url
}
