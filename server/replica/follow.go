package replica

import (
	"context"
	"errors"

	"github.com/leadmatch/leadmatch/server/store"
)

// pending are messages that were read and are not stored yet. They are stored when nothing more has come, or when they
// are many.
type pending struct {
	entries []store.Entry
	writes  []string // the Append of each entry
	to      uint64   // sequence of the last message; 0: there is none
	bytes   int
	reader  string
	gap     bool   // messages were missed: what there is now is no state of the log
	end     uint64 // where the log ended after the reader had changed; with a gap, that must be reached
}

// stepBytes is how much is stored in one step, if more comes: about a transaction of the store. A test makes it less.
var stepBytes = 2 << 20

// reread is for when the log is read anew, after the last message that was stored.
func (r *Replica) reread() { r.pending = pending{gap: r.store.State().GetUnsettled()} }

// take adds a message to those pending, and stores them when it is time.
func (r *Replica) take(ctx context.Context, m *Message) error {
	p := &r.pending
	if m.Reader != p.reader {
		if err := r.newReader(ctx, m.Reader); err != nil {
			return err
		}
	}
	at := max(r.read, p.to)
	if m.Sequence <= at {
		return nil
	}
	p.gap = p.gap || m.Sequence != at+1
	p.to = m.Sequence
	e, changes, err := entryOf(m)
	switch {
	case err != nil: // it is the same for all replicas
		r.say.Error("a message of the log is left out: it cannot be read", "sequence", m.Sequence, "cause", err)
	case changes:
		p.entries, p.writes = append(p.entries, e), append(p.writes, m.Write)
		p.bytes += len(m.Data) + len(m.Subject)
	}
	if m.End && !m.More && m.Sequence >= p.end {
		p.gap = false
	}
	whole := !m.More && !p.gap
	if whole && m.End || p.bytes > stepBytes {
		return r.flush(ctx, !whole)
	}
	return nil
}

// newReader notes that the log is read in another place, which may not have come as far as the one before: what ends a
// gap here must not be older than what made it there.
func (r *Replica) newReader(ctx context.Context, reader string) error {
	last, err := r.log.Last(ctx)
	if err != nil {
		return err
	}
	if r.pending.reader != "" {
		r.reconnects.Add(1)
	}
	r.noteLast(last)
	r.pending.reader, r.pending.end = reader, last
	return nil
}

// flush stores what is pending, and tells those who wait for it. It goes on trying: what is in the log stays there.
func (r *Replica) flush(ctx context.Context, unsettled bool) error {
	p := &r.pending
	step := &store.Step{Entries: p.entries, Revision: p.to, Unsettled: unsettled}
	for {
		effects, err := r.store.Apply(ctx, step)
		if err == nil {
			r.flushed(effects, unsettled)
			*p = pending{reader: p.reader, gap: p.gap, end: p.end, entries: p.entries[:0], writes: p.writes[:0]}
			clear(p.entries[:cap(p.entries)])
			return nil
		}
		if errors.Is(err, store.ErrClosed) || ctx.Err() != nil {
			return err
		}
		r.mu.Lock()
		r.stuck = err
		r.wake()
		r.mu.Unlock()
		r.say.Error("what is in the log of changes cannot be stored; it is tried again", "cause", err)
		if !sleep(ctx, 10*retryAfter) {
			return ctx.Err()
		}
	}
}

func (r *Replica) flushed(effects []store.Effect, unsettled bool) {
	p := &r.pending
	r.read = p.to
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck = nil
	for i, effect := range effects {
		if w := r.waiting[p.writes[i]]; w != nil {
			w.effects[p.entries[i].ID], w.timeMS = effect, p.entries[i].TimeMS
		}
	}
	r.last = max(r.last, p.to)
	if unsettled {
		return
	}
	r.applied = p.to
	r.reach()
	r.wake()
}
