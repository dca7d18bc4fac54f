package leadbeam

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/secure"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// Fleet is one leadmatchd or several that hold the same. Files and the variable LEADMATCH_TOKEN are those of the workers: no
// token is part of a pipeline.
type Fleet struct {
	Addr     string        // host:port, several with commas between, or a target of gRPC, as of client.Dial
	Secure   secure.Flags  // TLS and the file with the token
	Streams  int           // at once, for each bundle; 0 means 2, at most 64
	Timeout  time.Duration // how long an answer to 128 leads may take; 0 means a minute
	Patience time.Duration // how long to go on while no server answers; 0 means two minutes, less than 0 not at all
}

const defaultStreams = 2

// decider decides leads and yields one result for each, in their order, and an error last.
type decider interface {
	decide(ctx context.Context, leads []*leadmatchv1.Lead) iter.Seq2[*client.Result, error]
}

var (
	clients shared[*client.Client]
	engines shared[*engine.Engine]
)

// newDecider returns the decider that the options ask for, and what lets it go.
func newDecider(ctx context.Context, o *Options) (decider, func(), error) {
	match := &leadmatchv1.MatchOptions{Limit: o.Limit, Explain: o.Explain, MinRevision: o.MinRevision}
	if o.Fleet == nil {
		e, release, err := engines.get(o.Snapshot, func() (*engine.Engine, error) { return load(ctx, o.Snapshot) }, func(*engine.Engine) {})
		return &local{e, match}, release, err
	}
	c, release, err := clients.get(fmt.Sprintf("%+v", o.Fleet), o.Fleet.dial, func(c *client.Client) { c.Close() })
	return &remote{c, o.Fleet.options(match)}, release, err
}

func (f *Fleet) dial() (*client.Client, error) {
	opts := &client.Options{}
	if err := f.Secure.Fill(opts); err != nil {
		return nil, err
	}
	return client.Dial(f.Addr, opts)
}

func (f *Fleet) options(match *leadmatchv1.MatchOptions) *client.MatchAllOptions {
	o := &client.MatchAllOptions{Match: match, Streams: f.Streams, Timeout: f.Timeout, Patience: f.Patience}
	if o.Streams == 0 {
		o.Streams = defaultStreams
	}
	return o
}

// remote has a fleet decide.
type remote struct {
	client *client.Client
	opts   *client.MatchAllOptions
}

func (r *remote) decide(ctx context.Context, leads []*leadmatchv1.Lead) iter.Seq2[*client.Result, error] {
	return r.client.MatchAll(ctx, func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, l := range leads {
			if !yield(l, nil) {
				return
			}
		}
	}, r.opts)
}

// local decides in this process.
type local struct {
	engine *engine.Engine
	match  *leadmatchv1.MatchOptions
}

// load reads a snapshot from any file system that the program has registered with Beam.
func load(ctx context.Context, path string) (*engine.Engine, error) {
	fs, err := filesystem.New(ctx, path)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	f, err := fs.OpenRead(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, err := engine.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// share is how many leads a goroutine has at least.
const share = 64

// decide takes all processors: a runner may have one bundle at a time.
func (l *local) decide(_ context.Context, leads []*leadmatchv1.Lead) iter.Seq2[*client.Result, error] {
	return func(yield func(*client.Result, error) bool) {
		results, failed := make([]client.Result, len(leads)), make([]error, len(leads)/share+1)
		shares := max(1, min(runtime.GOMAXPROCS(0), len(leads)/share))
		var working sync.WaitGroup
		for i := range shares {
			from, to := i*len(leads)/shares, (i+1)*len(leads)/shares
			working.Go(func() { failed[i] = l.some(results[from:to], leads[from:to]) })
		}
		working.Wait()
		for _, err := range failed {
			if err != nil {
				yield(nil, err)
				return
			}
		}
		for i := range results {
			if !yield(&results[i], nil) {
				return
			}
		}
	}
}

func (l *local) some(results []client.Result, leads []*leadmatchv1.Lead) error {
	for i, lead := range leads {
		leads[i], _ = client.Mend(lead)
	}
	outcomes, wrong, err := l.engine.Match(leads, l.match)
	for i := range outcomes {
		results[i].Outcome = outcomes[i]
		if w := wrong[i]; w != nil {
			results[i].Err = &client.LeadError{Field: w.GetField(), Description: w.GetDescription()}
		}
	}
	return err
}
