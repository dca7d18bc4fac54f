package matcher

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// NewRandom is newRandom for the tests outside of the package.
var NewRandom = newRandom

// ScoreAll returns the best account of a lead when every account is scored, found by the search or not, and whether
// anything links it to the lead: a key, or a word of its name. It is the slow twin of the search, for books of up to
// maxFound accounts whose keys' lists are not cut.
func (s *Snapshot) ScoreAll(lead *Lead) (id string, linked bool) {
	var x scratch
	x.snap = s
	x.finder.reset(s)
	x.query.read(s, lead)
	x.finder.keys(&x.query)
	x.query.readTerms(s, x.finder.keyed.name == 0)
	for seg := range s.segs {
		for a := range uint32(s.segs[seg].accounts()) {
			if !s.segs[seg].isDead(a) && x.finder.at(seg, a) == nil {
				panic("more accounts than a search can hold")
			}
		}
	}
	x.score(x.finder.found)
	x.interplay()
	x.rank(1)
	first := x.first()
	if first == nil {
		return "", false
	}
	return s.segs[first.seg].record(first.account).id(), first.hits != 0 || first.name.matched > 0
}

// StageNames are the stages of a match, in order.
var StageNames = []string{"read", "keys", "terms", "lists", "choice", "scores", "probabilities", "outcome"}

// Stages matches a lead as Match does, without overrides and deadline, and adds how long each stage took.
func (s *Snapshot) Stages(took []time.Duration, out *Outcome, lead *Lead) {
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	stage, from := 0, time.Now()
	done := func() {
		now := time.Now()
		took[stage] += now.Sub(from)
		stage, from = stage+1, now
	}
	x.snap, x.opts = s, MatchOptions{}
	out.reset(lead, s.Versions())
	x.scored, x.ranked = x.scored[:0], x.ranked[:0]
	x.finder.reset(s)
	x.query.read(s, lead)
	done()
	f, q := &x.finder, &x.query
	f.start(q)
	f.keys(q)
	done()
	q.readTerms(s, f.keyed.name == 0)
	done()
	f.owned(q)
	if !f.settled(q) {
		f.terms(q)
	}
	done()
	found := f.choose(q)
	done()
	x.score(found)
	x.interplay()
	done()
	x.probabilities()
	done()
	x.decide(out)
	x.fill(out)
	done()
}

// Settle waits until the background has nothing more to do. Nobody may write meanwhile.
func (x *Index) Settle() { x.done.Wait() }

// Hold has a rebuild given up, waits for what else the background has begun, and lets it begin nothing more until RebuildFrom or MergeFrom
// is done.
func (x *Index) Hold() {
	x.hold(true, false)
	x.done.Wait()
	x.hold(false, true)
}

func (x *Index) hold(closed, merging bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed.Store(closed)
	x.background = background{merging: merging}
}

// RebuildFrom and MergeFrom do what the background does, as if it had begun at an old snapshot.
func (x *Index) RebuildFrom(old *Snapshot) { x.rebuild(old) }

func (x *Index) MergeFrom(old *Snapshot) { x.mergeSmall(old, old.settled(0), old.dict.settled()) }

// Kept counts the accounts, and the dead ones of them, of the segments that keep what was read in them. An error says where that is
// not what is read in them now.
func (s *Snapshot) Kept() (accounts, dead int, err error) {
	for i := range s.segs {
		l := &s.segs[i]
		if l.read == nil {
			continue
		}
		var c chunk
		for a := range uint32(l.accounts()) {
			c.addRecord(l.record(a))
		}
		new(parser).read(&c)
		if !l.read.same(&c.columns) || !slices.Equal(l.read.accounts, c.accounts) || !bytes.Equal(l.read.text, c.text) {
			return accounts, dead, fmt.Errorf("segment %d of %d, with %d accounts: what was kept is not what is read", i, len(s.segs), l.accounts())
		}
		accounts, dead = accounts+l.accounts(), dead+l.deadCount
	}
	return accounts, dead, nil
}
