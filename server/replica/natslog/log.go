// Package natslog is a log of changes for package replica in a stream of NATS JetStream, version 2.12 or later.
//
// The stream keeps one message a subject. Messages that belong together are published as one atomic batch, so that a
// write of many accounts is in the stream as a whole or not at all. How many servers of NATS have to have a message
// before it counts is the stream's number of replicas; how it gets onto their disks is for NATS's own configuration to
// say (sync_interval).
package natslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/leadmatch/leadmatch/server/replica"
)

// Options say where the log is.
type Options struct {
	URL         string // nats://host:port or tls://host:port, several with commas between
	Stream      string // the stream's name
	Replicas    int    // servers of NATS that hold the stream, when it is made; 0: 1
	Memory      bool   // the stream is held in memory alone, when it is made
	Credentials string // file with NATS credentials, an NKey's seed, a user and below it a password, or a token
	CA          string // file with what signs the certificates of NATS; otherwise what the machine trusts
	Cert, Key   string // files with this server's own certificate and its key, for servers that ask for them
	Say         *slog.Logger
}

// Log is an open log.
type Log struct {
	opts   Options
	conn   *nats.Conn
	js     jetstream.JetStream
	id     string
	prefix string        // of subjects
	slots  chan struct{} // one is held by each Append
}

// Timings and bounds.
const (
	callTime   = 5 * time.Second
	retryTime  = 3 * time.Second // how long it is tried again what did nothing
	retryPause = 100 * time.Millisecond
	pingEvery  = time.Second     // a connection that hangs is given up after two of them
	leaderTime = 3 * time.Second // without hearing from the leader, servers of NATS elect no other one
	heartbeat  = time.Second     // a reader that is told nothing for twice as long reads anew
	readAhead  = 2000            // messages
	appends    = 12              // at once; a stream takes 50 of all its clients
	format     = "1"             // of subjects and records; it stands in the stream's metadata
	formatKey  = "leadmatch-format"
)

// Headers of messages.
const (
	headerWrite         = "Leadmatch-Write"
	headerBatch         = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

// Open connects, and makes the stream when there is none and known is empty. With known, the ID of a log that was
// opened before, it does not wait for a connection: the log is compared with it once it is reached. With replica.ErrRefused,
// NATS and this server do not have each other.
func Open(ctx context.Context, opts Options, known string) (*Log, error) {
	l := &Log{opts: opts, prefix: opts.Stream + ".", slots: make(chan struct{}, appends), id: known}
	options, err := opts.security()
	if err != nil {
		return nil, err
	}
	options = append(options,
		nats.Name("leadmatchd"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause),
		nats.ReconnectJitter(retryPause, retryPause), nats.ReconnectBufSize(-1), nats.Timeout(2*time.Second),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.say("the connection to NATS is lost", "cause", err) }),
		nats.ReconnectHandler(func(c *nats.Conn) { l.say("NATS is connected again", "server", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { l.say("NATS reports", "cause", err) }),
	)
	if l.conn, err = nats.Connect(opts.URL, options...); err != nil {
		return nil, fmt.Errorf("%w: %w", replica.ErrLog, err)
	}
	if l.js, err = jetstream.New(l.conn); err == nil && known == "" {
		err = l.ensure(ctx)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Log) say(what string, args ...any) { l.opts.Say.Warn(what, args...) }

// Close ends the connection.
func (l *Log) Close() { l.conn.Close() }

// ID is the stream's name and when it was made.
func (l *Log) ID() string { return l.id }

func idOf(info *jetstream.StreamInfo) string {
	return info.Config.Name + "@" + info.Created.UTC().Format(time.RFC3339Nano)
}

// config is what the stream is made as.
func (l *Log) config() jetstream.StreamConfig {
	storage := jetstream.FileStorage
	if l.opts.Memory {
		storage = jetstream.MemoryStorage
	}
	return jetstream.StreamConfig{
		Name: l.opts.Stream, Subjects: []string{l.prefix + ">"}, Description: "accounts, overrides and policy of leadmatch",
		Storage: storage, Replicas: max(1, l.opts.Replicas), MaxMsgsPerSubject: 1, AllowAtomicPublish: true, DenyDelete: true,
		Metadata: map[string]string{formatKey: format},
	}
}

// ensure waits for NATS, makes the stream when there is none, and checks it.
func (l *Log) ensure(ctx context.Context) error {
	for {
		info, err := l.find(ctx)
		if err == nil {
			l.id = idOf(info)
			return check(&info.Config)
		}
		var api *jetstream.APIError
		if errors.As(err, &api) && !transient(api) {
			return fmt.Errorf("%w: the stream %s: %w", replica.ErrLog, l.opts.Stream, err)
		}
		if err = l.because(err); errors.Is(err, replica.ErrRefused) {
			return fmt.Errorf("%w: %w", replica.ErrLog, err)
		}
		l.say("waiting for NATS", "url", l.opts.URL, "cause", err)
		select {
		case <-time.After(10 * retryPause):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", replica.ErrLog, err)
		}
	}
}

// transient says whether an error may go away by itself: NATS is starting, or has too few servers at the moment.
func transient(err *jetstream.APIError) bool { return err.Code >= 500 }

func (l *Log) find(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	stream, err := l.js.Stream(ctx, l.opts.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = l.js.CreateStream(ctx, l.config())
	}
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

// check refuses a stream that would lose what it must keep.
func check(c *jetstream.StreamConfig) error {
	var wrong []string
	must := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	must(c.Metadata[formatKey] == format, fmt.Sprintf("its metadata %s must be %s; it is %q", formatKey, format, c.Metadata[formatKey]))
	must(c.AllowAtomicPublish, "allow_atomic must be true")
	must(c.MaxMsgsPerSubject == 1, fmt.Sprintf("max_msgs_per_subject must be 1; it is %d", c.MaxMsgsPerSubject))
	must(c.MaxAge == 0 && c.MaxMsgs <= 0 && c.MaxBytes <= 0, "it must have no max_age, max_msgs and max_bytes")
	must(c.Retention == jetstream.LimitsPolicy, "its retention must be limits")
	must(len(c.Subjects) == 1 && c.Subjects[0] == c.Name+".>", "its subjects must be "+c.Name+".>")
	if len(wrong) > 0 {
		return fmt.Errorf("%w: the stream %s is none for this: %s", replica.ErrLog, c.Name, strings.Join(wrong, "; "))
	}
	return nil
}

// Last returns the stream's last sequence.
func (l *Log) Last(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	stream, err := l.js.Stream(ctx, l.opts.Stream)
	if err != nil {
		return 0, l.failed(err)
	}
	info := stream.CachedInfo()
	if id := idOf(info); id != l.id {
		return 0, fmt.Errorf("%w: there is %s, which is another one than %s", replica.ErrLog, id, l.id)
	}
	if err := leads(info.Cluster); err != nil {
		return 0, l.failed(err)
	}
	return info.State.LastSeq, nil
}

// leads says with an error that who answers may not know the stream's end: a server that is parted from the others, and has
// no leader or was it, tells what it has.
func leads(c *jetstream.ClusterInfo) error {
	if c == nil { // one server alone
		return nil
	}
	if c.Leader == "" {
		return errors.New("its servers have no leader")
	}
	heard := 0
	for _, other := range c.Replicas {
		if other.Active > 0 && other.Active < leaderTime { // 0: never
			heard++
		}
	}
	if heard < (len(c.Replicas)+1)/2 {
		return fmt.Errorf("its leader %s hears %d of %d others", c.Leader, heard, len(c.Replicas))
	}
	return nil
}

func (l *Log) failed(err error) error {
	if errors.Is(err, nats.ErrMaxPayload) {
		return tooLarge(err)
	}
	return fmt.Errorf("%w: %s: %w", replica.ErrLog, l.opts.Stream, l.because(err))
}

// Purge removes the messages with a subject.
func (l *Log) Purge(ctx context.Context, subject string) error {
	stream, err := l.js.Stream(ctx, l.opts.Stream)
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(l.prefix+subject))
	}
	if err != nil {
		return l.failed(err)
	}
	return nil
}

// Read calls the function with the messages after a sequence.
func (l *Log) Read(ctx context.Context, after uint64, each func(*replica.Message) error) error {
	if _, err := l.Last(ctx); err != nil { // it must be this log
		return err
	}
	consumer, err := l.js.OrderedConsumer(ctx, l.opts.Stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1, MaxResetAttempts: 1,
		InactiveThreshold: 20 * heartbeat,
	})
	if err != nil {
		return l.failed(err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(readAhead), jetstream.PullExpiry(5*heartbeat),
		jetstream.PullHeartbeat(heartbeat))
	if err != nil {
		return l.failed(err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return l.failed(err)
		}
		got, err := l.message(m)
		if err == nil {
			err = each(got)
		}
		if err != nil {
			return err
		}
	}
}

func (l *Log) message(m jetstream.Msg) (*replica.Message, error) {
	at, err := m.Metadata()
	if err != nil {
		return nil, l.failed(err)
	}
	h := m.Headers()
	return &replica.Message{
		Subject: strings.TrimPrefix(m.Subject(), l.prefix), Data: m.Data(), Write: h.Get(headerWrite),
		Sequence: at.Sequence.Stream, Time: at.Timestamp, Reader: at.Consumer, End: at.NumPending == 0,
		More: h.Get(headerBatch) != "" && h.Get(headerBatchCommit) == "",
	}, nil
}

// header returns the headers of a message that is to be appended.
func (l *Log) header(m *replica.Message) nats.Header {
	h := nats.Header{}
	if m.Write != "" {
		h.Set(headerWrite, m.Write)
	}
	if m.Expect != nil {
		h.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(m.Expect.Sequence, 10))
		if m.Expect.Subject != m.Subject {
			h.Set(jetstream.ExpectedLastSubjSeqSubjHeader, l.prefix+m.Expect.Subject)
		}
	}
	return h
}
