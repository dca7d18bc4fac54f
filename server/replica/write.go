package replica

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/leadmatch/leadmatch/server/store"
)

// Commit appends a batch to the log and returns when it is visible here. Its contract is that of store.Commit; beside
// its errors there is ErrLog. With that, and when the context ends, the batch may or may not be in the log.
func (r *Replica) Commit(ctx context.Context, b *store.Batch) (store.Result, error) {
	if err := r.writable(); err != nil {
		return store.Result{}, err
	}
	for sure := false; ; sure = true { // whether the store was up to date when it was looked at
		p, err := r.plan(b)
		var last uint64
		var w *writes
		if err == nil {
			last, w, err = r.append(ctx, p.messages)
		}
		switch {
		case err == nil && !r.stale(p, last, w):
			r.forget(ctx, b.Policy.GetVersion())
			return p.result(last, w), nil
		case err == nil, errors.Is(err, ErrConflict), isRefusal(err) && !sure:
		default:
			return store.Result{}, err
		}
		if err := r.barrier(ctx); err != nil {
			return store.Result{}, err
		}
	}
}

// plan is what a batch comes to.
type plan struct {
	batch      *store.Batch
	messages   []Message
	needs      int // the first of them, which only say what must be there
	generation uint64
}

// plan looks at what is stored. The errors are those of a batch that is refused.
func (r *Replica) plan(b *store.Batch) (*plan, error) {
	v, err := r.store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	p := &plan{batch: b, generation: v.State().GetGeneration()}
	if b.Policy != nil {
		have := v.State().GetPolicyVersion()
		if b.PolicyVersion != 0 && b.PolicyVersion != have {
			return nil, &store.PolicyVersionError{Want: b.PolicyVersion, Have: have}
		}
		b.Policy.Version = have + 1
	}
	if err := p.need(v); err != nil {
		return nil, err
	}
	p.needs = len(p.messages)
	messages, err := messagesOf(b, p.generation)
	p.messages = append(p.messages, messages...)
	if err != nil {
		return nil, err
	}
	return p, p.expect(v)
}

// need checks what must be there, and lets the messages depend on its staying there.
func (p *plan) need(v *store.View) error {
	for _, id := range p.batch.NeedAccounts {
		a, err := v.Account(id)
		if err != nil {
			return err
		}
		p.messages = append(p.messages, Message{
			Subject: subjectMark, Expect: &Expect{accountSubject(p.generation, id), a.GetRevision()},
		})
	}
	for _, id := range p.batch.DeleteOverrides {
		if _, err := v.Override(id); err != nil {
			return err
		}
	}
	if p.batch.Policy != nil {
		policy, err := v.Policy()
		if err != nil {
			return err
		}
		p.messages = append(p.messages, Message{
			Subject: subjectMark, Expect: &Expect{policySubject(policy.GetVersion()), policy.GetRevision()},
		})
	}
	return nil
}

// expect lets each message depend on what was there when it was made. A message may be on its way for a long time, when a
// server or a connection stands still; it must not then take the place of something that was acknowledged meanwhile. For
// that, also the removal of what is not there is a message.
func (p *plan) expect(v *store.View) error {
	at, failed := p.needs, error(nil)
	next := func(revision uint64, err error) {
		m := &p.messages[at]
		m.Expect = &Expect{m.Subject, revision}
		failed = errors.Join(failed, err)
		at++
	}
	for _, a := range p.batch.Upsert {
		next(v.AccountRevision(a.GetId()))
	}
	for _, id := range p.batch.Delete {
		next(v.AccountRevision(id))
	}
	for _, o := range p.batch.SetOverrides {
		next(v.OverrideRevision(o.GetId()))
	}
	for _, id := range p.batch.DeleteOverrides {
		next(v.OverrideRevision(id))
	}
	if p.batch.Policy != nil {
		next(0, nil)
	}
	return failed
}

func isRefusal(err error) bool {
	var notFound *store.NotFoundError
	var version *store.PolicyVersionError
	return errors.As(err, &notFound) || errors.As(err, &version)
}

// result says what the batch did, as far as it was seen: an account whose message was not seen any more was there for
// the one that took its place.
func (p *plan) result(last uint64, w *writes) store.Result {
	r := store.Result{Revision: last}
	for _, a := range p.batch.Upsert {
		if e, seen := w.effects[a.GetId()]; seen && !e.Found {
			r.Created++
		} else {
			r.Updated++
		}
	}
	for _, id := range p.batch.Delete {
		if e, seen := w.effects[id]; seen && !e.Found {
			r.Missing = append(r.Missing, id)
		} else {
			r.Deleted++
		}
	}
	if w.timeMS == 0 {
		w.timeMS = time.Now().UnixMilli()
	}
	for _, o := range p.batch.SetOverrides {
		o.Revision, o.CreateTimeMs = last, w.timeMS
	}
	return r
}

// stale says whether other accounts had become the present ones before the batch was in the log: then it did nothing.
func (r *Replica) stale(p *plan, last uint64, w *writes) bool {
	if len(p.batch.Upsert)+len(p.batch.Delete) == 0 {
		return false
	}
	for _, e := range w.effects {
		return e.Stale
	}
	state := r.store.State()
	return state.GetGeneration() != p.generation && last > state.GetGenerationRevision()
}

// append appends messages and waits until they are visible here.
func (r *Replica) append(ctx context.Context, messages []Message) (uint64, *writes, error) {
	w, name := &writes{effects: map[string]store.Effect{}}, rand.Text()
	for i := range messages {
		messages[i].Write = name
	}
	r.mu.Lock()
	r.waiting[name] = w
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, name)
		r.mu.Unlock()
	}()
	last, err := r.log.Append(ctx, messages)
	if err != nil {
		if !errors.Is(err, ErrConflict) {
			r.failures.Add(1)
		}
		return 0, nil, err
	}
	return last, w, r.wait(ctx, last)
}

// barrier waits until all that is in the log now is visible here.
func (r *Replica) barrier(ctx context.Context) error {
	last, err := r.log.Last(ctx)
	if err != nil {
		return err
	}
	r.noteLast(last)
	return r.wait(ctx, last)
}

// writable refuses a change early: when the log is not there, or this server could not apply it.
func (r *Replica) writable() error {
	if !r.Status().Reachable {
		return fmt.Errorf("%w: %s", ErrAway, r.log.ID())
	}
	return r.store.Writable()
}

// keptPolicies are as many policies as stores keep, the one in force among them.
const keptPolicies = 100

// forget removes the policy that is kept no longer when there is one of a version.
func (r *Replica) forget(ctx context.Context, version uint64) {
	if version <= keptPolicies {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollWithin)
	defer cancel()
	if err := r.log.Purge(ctx, policySubject(version-keptPolicies)); err != nil {
		r.say.Warn("a former policy stays in the log of changes", "version", version-keptPolicies, "cause", err)
	}
}
