package matcher

// When the index is rebuilt in the background: when the small segments or the dead accounts have become a good part of
// the whole, and when there are so many segments that each look-up feels it.
const (
	rebuildShare = 8 // rebuild everything when one account in as many is outside of the first segment, or dead
	rebuildMin   = 20_000
	maxSegments  = 6
)

// compact starts a background merge if one is due and none is running. x.mu is held.
func (x *Index) compact() {
	s := x.current.Load()
	if x.compacting || x.closed || len(s.segs) == 0 {
		return
	}
	first := &s.segs[0]
	small, dead := 0, first.deadCount
	for _, l := range s.segs[1:] {
		small += l.accounts()
		dead += l.deadCount
	}
	var job func(*Snapshot)
	switch {
	case max(small, dead) > max(rebuildMin, s.accounts/rebuildShare):
		job = x.rebuild
	case len(s.segs) > maxSegments:
		job = x.mergeSmall
	default:
		return
	}
	x.compacting = true
	x.done.Go(func() { job(s) })
}

// mergeSmall merges all segments but the first.
func (x *Index) mergeSmall(old *Snapshot) {
	seg := x.merge(old.dict, old.segs[1:])
	x.swap(old, 1, seg, nil)
}

// rebuild makes one segment of all accounts, with a dict of the words that are still in use.
func (x *Index) rebuild(old *Snapshot) {
	seg, d := x.buildAll(recordsOf(old.segs))
	x.swap(old, 0, seg, d)
}

// swap puts seg, made of old's segments from the given one on, in their place, and does again what was changed since.
// With a dict the segment's words are numbered by it, and whatever is not in seg is added anew.
func (x *Index) swap(old *Snapshot, from int, seg *segment, d *dict) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.compacting = false
	now := x.current.Load()
	if now.segs[0].segment != old.segs[0].segment {
		return // everything was replaced meanwhile
	}
	target := Snapshot{segs: []live{{segment: seg}}, dict: old.dict}
	if d != nil {
		target.dict = d
	}
	target.killChanged(old.segs[from:], now)
	rest := added(old.segs[from:], now.segs[from:])
	s := now.clone()
	s.segs = append(s.segs[:from:from], target.segs[0])
	if d == nil {
		s.segs = append(s.segs, rest...)
		x.publish(s)
		return
	}
	s.dict, s.accounts = d, seg.accounts()-target.segs[0].deadCount
	s.dict.add(target.killed, -1)
	var again chunk
	for i := range rest {
		for r := range rest[i].records() {
			again.addRecord(r)
		}
	}
	x.addChunk(s, &again)
	x.publish(s)
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
