package matcher

import (
	"cmp"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/adrg/strutil"
)

// Options sets an index up; the zero value works.
type Options struct {
	// Workers is how many goroutines read names while many accounts are loaded; 0 means two.
	Workers int
	// Metric grades pairs of words that are not equal, when a candidate is scored; its grades from 0.85 to 1 count. Nil
	// means the engine's own: abbreviations, and two typos in a long word. Any strutil metric can be put here, those of
	// the package similarity among them. It must be safe for use by several goroutines. Its allocations are Match's.
	Metric strutil.StringMetric
}

// Index is the accounts, overrides and policy that are being changed. Any number of goroutines may call its methods at
// once; changes are applied one after the other.
//
// The accounts are in segments that never change: one big one and a few small ones, the newest last. A change adds a
// small segment and marks the accounts that it replaces as dead in a copy of a bitmap; small segments are merged as they
// come, big ones in the background. What a match answers does not depend on how the accounts are divided.
type Index struct {
	current atomic.Pointer[Snapshot]
	workers int

	mu         sync.Mutex // guards changes: whoever stores a new snapshot holds it
	writer     writer
	background background
	turn       sync.Mutex     // held by whoever computes in the background: one at a time
	done       sync.WaitGroup // background merging
	closed     atomic.Bool    // set with mu held

	rebuilds atomic.Uint64
}

// Changes is one step from a revision to the next: all of it becomes visible at once.
type Changes struct {
	Revision        uint64    // revision that the index is at afterwards; it never goes back
	Upsert          []Account // an id may occur once; the engine keeps none of the slices
	Delete          []string  // account ids; unknown ones are ignored
	SetOverrides    []Override
	DeleteOverrides []string // override ids; unknown ones are ignored
	Policy          *Policy  // nil: unchanged. It must have passed Check
}

// New returns an empty index at revision 0 with the default policy.
func New(opts *Options) *Index {
	x := &Index{workers: 2}
	s := &Snapshot{dict: &dict{}, policy: compilePolicy(&Policy{}), overrides: &overrides{}}
	if opts != nil {
		s.metric = opts.Metric
		if opts.Workers > 0 {
			x.workers = opts.Workers
		}
	}
	s.ready()
	x.current.Store(s)
	return x
}

// Snapshot returns the newest state: one atomic load.
func (x *Index) Snapshot() *Snapshot { return x.current.Load() }

// Rebuilds returns how often all accounts were merged into one segment in the background.
func (x *Index) Rebuilds() uint64 { return x.rebuilds.Load() }

// Close has a rebuild in the background given up, and waits for what else is merged there to end. The snapshots stay usable; the
// index can be changed no more.
func (x *Index) Close() {
	x.mu.Lock()
	x.closed.Store(true)
	x.mu.Unlock()
	x.done.Wait()
}

// Apply makes the changes visible before it returns. It must not be given accounts where the book is full: see [Snapshot.Full].
func (x *Index) Apply(c Changes) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.current.Load().clone()
	for _, id := range c.Delete {
		s.kill(id)
	}
	x.writer.fresh.reset()
	for i := range c.Upsert {
		s.kill(c.Upsert[i].ID)
		x.writer.fresh.add(&c.Upsert[i])
	}
	s.dict.add(s.killed, -1)
	x.writer.add(s)
	s.setBeside(&c)
	x.publish(s)
	x.compact()
}

// setBeside makes all changes that are not to accounts.
func (s *Snapshot) setBeside(c *Changes) {
	s.revision = max(s.revision, c.Revision)
	if len(c.SetOverrides)+len(c.DeleteOverrides) > 0 {
		s.overrides = s.overrides.with(c.SetOverrides, c.DeleteOverrides)
	}
	if c.Policy != nil {
		s.policy = compilePolicy(c.Policy)
	}
}

// writer is what adds accounts to a snapshot that is being made. One goroutine at a time may use it.
type writer struct {
	parser parser
	fresh  chunk // the accounts that are to be added
	recent chunk // those of the segments that they are merged with
}

// add adds the fresh accounts to s as a segment, together with those of the small ones before it while these are not much bigger:
// each account is then merged a few times until it is in a segment of mergeInline accounts. What was read in it is kept until then.
func (w *writer) add(s *Snapshot) {
	size := len(w.fresh.recEnd)
	if size == 0 {
		return
	}
	s.accounts += size
	n := len(s.segs)
	from := min(n, n+1-smallSuffix(n+1, mergeInline, func(i int) int {
		if i == n {
			return size
		}
		return s.segs[i].live()
	}))
	b := newBuilder(s.dict)
	w.recent.reset()
	for i := range s.segs[from:] {
		w.recent.addLive(&s.segs[from+i])
		w.parser.read(&w.recent)
	}
	b.add(&w.recent)
	b.counted = b.counted[:0] // they are
	w.parser.read(&w.fresh)
	if b.add(&w.fresh); b.full != nil {
		panic(b.full) // see Full
	}
	if len(w.recent.recEnd)+size < mergeInline {
		w.recent.append(&w.fresh.columns)
		b.seg.read = w.recent.clone()
	}
	seg, d := b.finish(true)
	s.dict = d
	s.dict.layers = mergeSmallLayers(d.layers)
	s.segs = append(s.segs[:from:from], live{segment: seg})
}

const (
	mergeInline = 1024 // accounts, or words, that a writer merges at most, in some milliseconds; see compact.go for the others
	mergeFactor = 4    // a segment is merged into the one before it unless that one is as many times bigger
)

// smallSuffix returns how many of the last of n segments, or layers, are to be merged at once, to at most a size.
func smallSuffix(n, most int, size func(i int) int) int {
	sum := 0
	for i := n - 1; i >= 0; i-- {
		next := size(i)
		if i < n-1 && next > sum*mergeFactor || sum+next > most {
			return n - 1 - i
		}
		sum += next
	}
	return n
}

// mergeSmallLayers keeps the dict's layers few, in the same way.
func mergeSmallLayers(layers []*layer) []*layer {
	n := smallSuffix(len(layers), mergeInline, func(i int) int { return len(layers[i].hashes) })
	if n < 2 {
		return layers
	}
	from := len(layers) - n
	return append(slices.Clone(layers[:from]), mergeLayers(layers[from:]))
}

// merge makes one segment of the live accounts of several, calmly; the words are in d already. x.mu need not be held.
func (x *Index) merge(d *dict, segs []live) *segment {
	b := newBuilder(d)
	x.feedCalmly(b, recordsOf(segs))
	seg, _ := b.finish(false)
	return seg
}

// Replace makes the accounts, whose ids differ, the whole set in one step, and keeps overrides and policy. An error
// from the sequence, or a [*FullError], is returned and leaves everything as it was. The account that is yielded may be reused by the
// sequence afterwards. Where there are accounts already, it leaves the other cores to matches; else it takes what it can
// get.
func (x *Index) Replace(revision uint64, accounts iter.Seq2[*Account, error]) error {
	return x.ReplaceWith(Changes{Revision: revision}, accounts)
}

// ReplaceWith is Replace with changes to overrides and policy in the same step. The accounts of c do not count.
func (x *Index) ReplaceWith(c Changes, accounts iter.Seq2[*Account, error]) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	feed := x.feed
	if x.current.Load().accounts > 0 {
		feed = x.feedCalmly
	}
	return x.replace(c, func(b *builder) (failed error) {
		var buf []byte
		feed(b, func(yield func(record) bool) {
			for a, err := range accounts {
				if err != nil {
					failed = err
					return
				}
				if buf = appendRecord(buf[:0], a); !yield(buf) {
					return
				}
			}
		})
		return failed
	})
}

// replace makes what fill adds to a builder the whole set. x.mu is held.
func (x *Index) replace(c Changes, fill func(*builder) error) error {
	seg, d, err := buildAll(fill)
	if err != nil {
		return err
	}
	s := x.current.Load().clone()
	s.dict, s.segs, s.accounts = d, []live{{segment: seg}}, seg.accounts()
	s.setBeside(&c)
	x.publish(s)
	return nil
}

// buildAll makes a segment and a dict of all that fill adds. The error is fill's, or a *FullError.
func buildAll(fill func(*builder) error) (*segment, *dict, error) {
	b := newBuilder(&dict{})
	if err := cmp.Or(fill(b), b.full); err != nil {
		return nil, nil, err
	}
	seg, d := b.finish(true)
	seg.inHugePages()
	d.inHugePages()
	return seg, d, nil
}

// calmChunk is after how many accounts feedCalmly lets others go first: a fraction of a millisecond.
const calmChunk = 16

// feedCalmly is feed on one core, and the builder takes no other either, and lets others have their turn.
func (x *Index) feedCalmly(b *builder, records iter.Seq[record]) {
	b.turn = &x.turn
	var p parser
	var c chunk
	add := func() {
		x.turn.Lock()
		p.read(&c)
		b.add(&c)
		x.turn.Unlock()
		c.reset()
		giveWay()
	}
	for r := range records {
		if c.addRecord(r); len(c.recEnd) == calmChunk {
			add()
		}
	}
	add()
}

// feedChunk is how many accounts are read at once: enough to make passing them on cheap.
const feedChunk = 512

// feed reads records, several chunks at a time on as many goroutines, and adds them to a builder in order. A record may be
// overwritten after it was yielded.
func (x *Index) feed(b *builder, records iter.Seq[record]) {
	type job struct {
		chunk *chunk
		done  chan struct{}
	}
	work := make(chan job)
	inOrder := make(chan job, 2*x.workers)
	free := make(chan *chunk, 4*x.workers)
	var readers sync.WaitGroup
	for range x.workers {
		readers.Go(func() {
			var p parser
			for j := range work {
				p.read(j.chunk)
				close(j.done)
			}
		})
	}
	added := make(chan struct{})
	go func() {
		defer close(added)
		for j := range inOrder {
			<-j.done
			b.add(j.chunk)
			j.chunk.reset()
			free <- j.chunk
		}
	}()
	for range cap(free) {
		free <- new(chunk)
	}
	c := <-free
	send := func() {
		j := job{c, make(chan struct{})}
		inOrder <- j
		work <- j
		c = <-free
	}
	for r := range records {
		if c.addRecord(r); len(c.recEnd) == feedChunk {
			send()
		}
	}
	if len(c.recEnd) > 0 {
		send()
	}
	close(work)
	close(inOrder)
	readers.Wait()
	<-added
}

// publish makes s the current snapshot. x.mu is held.
func (x *Index) publish(s *Snapshot) {
	s.ready()
	x.current.Store(s)
}
