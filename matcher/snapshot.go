package matcher

import (
	"iter"
	"slices"
	"sync"

	"github.com/adrg/strutil"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// Snapshot is the index at one revision; it never changes. Any number of goroutines may use it at once.
type Snapshot struct {
	revision  uint64
	accounts  int // live ones
	dict      *dict
	segs      []live
	policy    *policy
	overrides *overrides
	rarity    rarityTable
	metric    strutil.StringMetric // nil: likeness

	killed []uint32 // while it is being made: words of the accounts that were marked dead, once an account
}

// live is a segment and which of its accounts were deleted or replaced since it was built.
type live struct {
	*segment
	dead      bitmap // accounts
	deadRows  bitmap // their rows
	deadCount int
	own       bool // dead and deadRows are a writer's own
}

func (l *live) isDead(a uint32) bool { return l.dead.has(a) }

// kill marks the account and its rows dead.
func (l *live) kill(a uint32) {
	l.dead = l.dead.with(a, l.own)
	var buf [1]uint32
	for _, row := range l.list(l.heads[a].rows, &buf) {
		l.deadRows = l.deadRows.with(row, l.own)
	}
	l.deadCount++
	l.own = true
}

// records yields the records of the live accounts.
func (l *live) records() iter.Seq[record] {
	return func(yield func(record) bool) {
		for a := range uint32(l.accounts()) {
			if !l.isDead(a) && !yield(l.record(a)) {
				return
			}
		}
	}
}

// recordsOf yields the records of the live accounts of several segments.
func recordsOf(segs []live) iter.Seq[record] {
	return func(yield func(record) bool) {
		for i := range segs {
			for r := range segs[i].records() {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// clone returns a copy for a writer to change: kill and the dict's add copy what they change.
func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.segs = slices.Clone(s.segs)
	for i := range c.segs {
		c.segs[i].own = false
	}
	d := *s.dict
	c.dict = &d
	c.killed = nil
	return &c
}

// kill marks the account dead, if it is there, and notes its words.
func (s *Snapshot) kill(id string) {
	hash := hashID(id)
	for i := len(s.segs) - 1; i >= 0; i-- {
		l := &s.segs[i]
		a, ok := l.findLive(id, hash)
		if !ok {
			continue
		}
		l.kill(a)
		s.accounts--
		s.killed = append(s.killed, l.wordsOf(a)...)
		return
	}
}

func (l *live) findLive(id string, hash uint64) (uint32, bool) {
	var buf [8]uint32
	for _, a := range l.ids.each(buf[:0], hash, len(buf)) {
		if !l.isDead(a) && l.record(a).id() == id {
			return a, true
		}
	}
	return 0, false
}

// wordsOf returns the numbers of the account's words, each once.
func (s *segment) wordsOf(a uint32) (ids []uint32) {
	var buf [1]uint32
	for _, row := range s.list(s.heads[a].rows, &buf) {
		for _, w := range s.rows.words(row) {
			if w.class() != classLegal {
				ids = append(ids, w.id())
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// live returns the segment as it is in the snapshot; nil when it is not.
func (s *Snapshot) live(seg *segment) *live {
	for i := range s.segs {
		if s.segs[i].segment == seg {
			return &s.segs[i]
		}
	}
	return nil
}

// find returns where the live account with the id is.
func (s *Snapshot) find(id string) (seg int, account uint32, ok bool) {
	hash := hashID(id)
	for i := len(s.segs) - 1; i >= 0; i-- {
		if a, ok := s.segs[i].findLive(id, hash); ok {
			return i, a, true
		}
	}
	return 0, 0, false
}

// hasDomain reports whether a live account has one of the domains.
func (s *Snapshot) hasDomain(domains []uint64) bool {
	var buf [1]uint32
	for i := range s.segs {
		for _, d := range domains {
			for _, a := range s.segs[i].keys.get(d^saltDomain, &buf) {
				if !s.segs[i].isDead(a) {
					return true
				}
			}
		}
	}
	return false
}

// bits returns the rarity of a row's word.
func (s *Snapshot) bits(w rowWord) float32 {
	stat := s.dict.stat(w.id())
	return s.rarity.bits(about(stat.count), stat.world, w.class())
}

// ready fills in what is derived, before the snapshot is published.
func (s *Snapshot) ready() {
	s.rarity = rarity(s.accounts)
	s.killed = nil
}

// MatchOptions says what to return; it never changes the decision.
type MatchOptions struct {
	Limit    int             // candidates to return; 0 means 5, at most 50
	Explain  bool            // fill in evidence and look-ups, which allocates
	Features bool            // fill in each candidate's features, and what its probability is held to
	Reads    bool            // fill in what was read of the book
	Done     <-chan struct{} // closed when the deadline has passed; looked at between stages. Nil: no deadline
}

// Versions returns what matches against the snapshot are made with.
func (s *Snapshot) Versions() Versions {
	return Versions{s.revision, s.policy.set.Version, normalize.Version, ModelVersion, s.policy.set.Proposed}
}

// CompiledPolicy is a policy made ready to decide by. It never changes.
type CompiledPolicy struct{ policy *policy }

// Compile makes a policy ready, which must have passed Check.
func Compile(p *Policy) CompiledPolicy { return CompiledPolicy{compilePolicy(p)} }

// Under returns the snapshot under another policy: the same accounts, overrides and revision. It costs next to nothing.
func (s *Snapshot) Under(p CompiledPolicy) *Snapshot {
	c := *s
	c.policy = p.policy
	return &c
}

// Policy returns the policy in force, as it was set.
func (s *Snapshot) Policy() Policy { return s.policy.set }

// scratches holds the scratch of matches, for all snapshots.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Match decides one lead and writes the answer to out, whose slices it reuses. It has no side effect, takes no lock,
// and, unless explaining, allocates nothing in steady state.
func (s *Snapshot) Match(out *Outcome, lead *Lead, opts MatchOptions) {
	x := scratches.Get().(*scratch)
	x.match(s, out, lead, opts)
	scratches.Put(x)
}
