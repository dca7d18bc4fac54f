package matcher

import (
	"errors"
	"iter"
	"math"
	"slices"
)

// What is done in the background, so that writers need not wait for it: small segments are merged when there are so many
// that each look-up feels it, and everything is rebuilt when small segments or dead accounts have become a good part of
// the whole.
//
// One goroutine at a time computes (x.turn), and none holds x.mu meanwhile: matches have the other cores, and writes go
// on. What was written meanwhile is done again before the result is put in its place; while that is much, it is done
// without the lock, too.
const (
	rebuildShare = 8 // rebuild everything when one account in as many is outside of the first segment, or dead
	rebuildMin   = 20_000
	maxSettled   = 4 // segments, or layers of the dict, beside the first and those that writers merge

	// followUp is how many accounts are done again under the lock at most, unless they never become as few.
	followUp  = 2 * mergeInline
	maxRounds = 8
)

// background is what runs in the background; x.mu guards it.
type background struct {
	merging    bool
	rebuilding int // segments that are being rebuilt; 0: none
}

// compact starts what is due. x.mu is held.
func (x *Index) compact() {
	s := x.current.Load()
	if x.closed.Load() || len(s.segs) == 0 || x.background.merging {
		return
	}
	if x.background.rebuilding == 0 && s.wantsRebuild() {
		x.background.rebuilding = len(s.segs)
		x.done.Go(func() { x.rebuild(s) })
		return
	}
	segs, layers := s.settled(max(1, x.background.rebuilding)), s.dict.settled()
	if segs.to-segs.from > maxSettled || layers.to-layers.from > maxSettled {
		x.background.merging = true
		x.done.Go(func() { x.mergeSmall(s, segs, layers) })
	}
}

func (s *Snapshot) wantsRebuild() bool {
	small, dead := 0, s.segs[0].deadCount
	for _, l := range s.segs[1:] {
		small += l.accounts()
		dead += l.deadCount
	}
	return max(small, dead) > max(rebuildMin, s.accounts/rebuildShare)
}

// stretch is some of several things that stand in a row.
type stretch struct{ from, to int }

// settled returns the segments from the given one on that are too big for writers to merge.
func (s *Snapshot) settled(from int) stretch {
	return settled(from, len(s.segs), func(i int) int { return s.segs[i].live() })
}

func (d *dict) settled() stretch {
	return settled(1, len(d.layers), func(i int) int { return len(d.layers[i].hashes) })
}

func settled(from, to int, size func(int) int) stretch {
	for sum := 0; to > from; to-- {
		if sum += size(to - 1); sum > mergeInline {
			break
		}
	}
	return stretch{min(from, to), to}
}

// cheapest returns those of a stretch that are to be merged: few accounts, and many segments less. The third power makes
// it that an account is merged some three times, and a look-up finds five segments, while a book grows by an eighth.
func (s stretch) cheapest(size func(int) int) stretch {
	best, least := stretch{s.from, s.from}, math.Inf(1)
	for i := s.from; i < s.to; i++ {
		sum := size(i)
		for j := i + 1; j < s.to; j++ {
			sum += size(j)
			if cost := float64(sum) / math.Pow(float64(j-i), 3); cost < least {
				best, least = stretch{i, j + 1}, cost
			}
		}
	}
	return best
}

// mergeSmall merges some of the settled segments, and some of the settled layers of the dict, where there are too many.
func (x *Index) mergeSmall(old *Snapshot, segs, layers stretch) {
	segs = segs.cheapest(func(i int) int { return old.segs[i].live() })
	layers = layers.cheapest(func(i int) int { return len(old.dict.layers[i].hashes) })
	var seg *segment
	if segs.to > segs.from {
		seg = x.merge(old.dict, old.segs[segs.from:segs.to])
	}
	var merged *layer
	if layers.to > layers.from {
		merged = mergeLayers(old.dict.layers[layers.from:layers.to])
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.background.merging = false
	s := x.current.Load().clone()
	if seg != nil && sameSegments(s.segs, old.segs, segs.to) {
		target := Snapshot{segs: []live{{segment: seg}}, dict: old.dict}
		target.killChanged(old.segs[segs.from:segs.to], s)
		s.segs = slices.Replace(s.segs, segs.from, segs.to, target.segs[0])
	}
	if d := s.dict; merged != nil && len(d.layers) >= layers.to && slices.Equal(d.layers[:layers.to], old.dict.layers[:layers.to]) {
		d.layers = slices.Replace(slices.Clone(d.layers), layers.from, layers.to, merged)
	}
	x.publish(s)
	x.compact()
}

// live returns how many accounts are not dead.
func (l *live) live() int { return l.accounts() - l.deadCount }

// sameSegments reports whether the first n are the same: whether nothing was rebuilt or replaced meanwhile.
func sameSegments(a, b []live, n int) bool {
	return len(a) >= n && slices.EqualFunc(a[:n], b[:n], func(a, b live) bool { return a.segment == b.segment })
}

// rebuild makes one segment of all accounts, with a dict of the words that are still in use.
func (x *Index) rebuild(old *Snapshot) {
	seg, d, err := buildAll(func(b *builder) error {
		b.expect = old.accounts
		x.feedCalmly(b, x.whileOpen(recordsOf(old.segs)))
		if x.closed.Load() {
			return errClosed
		}
		return nil
	})
	if err != nil {
		return // leaving x.background.rebuilding as it is: it is not tried again
	}
	s := old.clone()
	s.segs, s.dict, s.accounts = []live{{segment: seg}}, d, seg.accounts()
	var w writer
	at := old
	for range maxRounds {
		now := x.Snapshot()
		if countAdded(at, now) <= followUp {
			break
		}
		w.follow(s, at, now)
		at = now
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.background.rebuilding = 0
	now := x.current.Load()
	if now.segs[0].segment != old.segs[0].segment {
		return // everything was replaced meanwhile
	}
	w.follow(s, at, now)
	done := now.clone()
	done.segs, done.dict, done.accounts = s.segs, s.dict, s.accounts
	x.publish(done)
	x.rebuilds.Add(1)
	x.compact()
}

var errClosed = errors.New("the index is closed")

// whileOpen yields the records until the index is closed: of ten million, reading them takes minutes.
func (x *Index) whileOpen(records iter.Seq[record]) iter.Seq[record] {
	return func(yield func(record) bool) {
		for r := range records {
			if x.closed.Load() || !yield(r) {
				return
			}
		}
	}
}

// follow makes s, which holds the accounts of one snapshot, hold those of a later one. Nobody else may see s yet.
func (w *writer) follow(s, from, to *Snapshot) {
	s.killChanged(from.segs, to)
	s.dict.add(s.killed, -1)
	s.killed = nil
	w.fresh.reset()
	for _, l := range added(from.segs, to.segs) {
		w.fresh.addLive(&l)
		w.parser.read(&w.fresh)
	}
	w.add(s)
}

// countAdded returns how many accounts are in segments that were added between two snapshots.
func countAdded(from, to *Snapshot) (n int) {
	for _, l := range added(from.segs, to.segs) {
		n += l.live()
	}
	return n
}

// killChanged marks the accounts dead that were live in the old segments and are dead now, or in another segment.
func (s *Snapshot) killChanged(old []live, now *Snapshot) {
	for i := range old {
		l := &old[i]
		current := now.live(l.segment)
		for a := range uint32(l.accounts()) {
			if !l.isDead(a) && (current == nil || current.isDead(a)) {
				s.kill(l.record(a).id())
			}
		}
	}
}

// added returns the segments of now that are not in old.
func added(old, now []live) (rest []live) {
	for _, l := range now {
		if !contains(old, l.segment) {
			rest = append(rest, l)
		}
	}
	return rest
}

func contains(segs []live, s *segment) bool {
	for i := range segs {
		if segs[i].segment == s {
			return true
		}
	}
	return false
}
