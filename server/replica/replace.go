package replica

import (
	"context"
	"errors"
	"strconv"
	"sync"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

// Replacement is a new set of accounts that is written into the log beside the present one, until Commit makes it the
// present one. One goroutine may use it. Either Commit or Discard ends it; Discard does nothing afterwards.
type Replacement struct {
	replica    *Replica
	ctx        context.Context // of the whole replacement
	generation uint64
	expect     Expect // that no other replacement ends before
	accounts   uint64 // that were added
	end        sync.Once
}

// Replace begins a replacement, which ends with the context at the latest. This server does one at a time, and of two
// by different servers the one that ends later fails: store.ErrReplacing.
func (r *Replica) Replace(ctx context.Context) (*Replacement, error) {
	if err := r.writable(); err != nil {
		return nil, err
	}
	if !r.replacing.TryLock() {
		return nil, store.ErrReplacing
	}
	begun, err := r.begin(ctx)
	if err != nil {
		r.replacing.Unlock()
		return nil, err
	}
	return begun, nil
}

func (r *Replica) begin(ctx context.Context) (*Replacement, error) {
	if err := r.barrier(ctx); err != nil {
		return nil, err
	}
	expect := Expect{subjectSet, r.store.State().GetGenerationRevision()}
	at, err := r.log.Append(ctx, []Message{{Subject: subjectBegin}})
	if err != nil {
		return nil, err
	}
	return &Replacement{replica: r, ctx: ctx, generation: at + 1, expect: expect}, nil
}

// Add writes accounts of the new set. An id that was added before is replaced.
func (p *Replacement) Add(accounts []*storev1.AccountRecord) error {
	messages, err := messagesOf(&store.Batch{Upsert: lastOfEach(accounts)}, p.generation)
	if err != nil || len(messages) == 0 {
		return err
	}
	p.accounts += uint64(len(messages))
	_, err = p.replica.log.Append(p.ctx, messages)
	return err
}

// lastOfEach returns the last account of each id.
func lastOfEach(accounts []*storev1.AccountRecord) []*storev1.AccountRecord {
	last := make(map[string]*storev1.AccountRecord, len(accounts))
	for _, a := range accounts {
		last[a.GetId()] = a
	}
	out := make([]*storev1.AccountRecord, 0, len(last))
	for _, a := range accounts {
		if last[a.GetId()] == a {
			out = append(out, a)
		}
	}
	return out
}

// Commit makes the new set the present one, and returns when it is visible here.
func (p *Replacement) Commit(ctx context.Context) (store.Replaced, error) {
	r := p.replica
	old, err := r.store.Generations()
	if err != nil {
		return store.Replaced{}, err
	}
	last, w, err := r.append(ctx, []Message{{
		Subject: subjectSet, Data: strconv.AppendUint(nil, p.generation, 10), Expect: &p.expect,
	}})
	if errors.Is(err, ErrConflict) {
		return store.Replaced{}, store.ErrReplacing
	}
	p.end.Do(r.replacing.Unlock) // it may be in the log, also with an error: the new set must stay there
	if err != nil {
		return store.Replaced{}, err
	}
	for _, g := range old {
		if g < p.generation {
			r.purge(ctx, g)
		}
	}
	out := store.Replaced{Revision: last, Accounts: p.accounts}
	if e, seen := w.effects[""]; seen {
		out.Accounts, out.Deleted = e.Accounts, e.Deleted
	}
	return out, nil
}

// Discard ends the replacement; what was added and not committed is removed.
func (p *Replacement) Discard() {
	p.end.Do(func() {
		p.replica.purge(p.ctx, p.generation)
		p.replica.replacing.Unlock()
	})
}

// purge removes accounts that are not, or no longer, present ones. What it fails to remove takes space and nothing else.
func (r *Replica) purge(ctx context.Context, generation uint64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*pollWithin)
	defer cancel()
	if err := r.log.Purge(ctx, accountSubjects(generation)); err != nil {
		r.say.Warn("accounts of an earlier set stay in the log of changes", "generation", generation, "cause", err)
	}
}
