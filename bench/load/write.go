package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Writes are accounts that are written beside the leads: first new ones and, once there are Accounts of them, the same ones
// again with another name and domain. Their ids begin with "leadbench-". Remove takes them away.
type Writes struct {
	Rate     float64 // accounts a second; 0 is a closed loop
	Batch    int     // accounts a call, 1 to 1,000
	InFlight int     // calls at most on their way
	Accounts int
	Seed     uint64

	next atomic.Int64 // number of the next account to be written; goes on from run to run
}

// apart is how many rounds of writes there are at least between two of one account.
const apart = 4

func (w *Writes) check() error {
	switch {
	case w == nil:
		return nil
	case w.Batch < 1 || w.Batch > 1000:
		return fmt.Errorf("load: %d accounts a write, expected 1 to 1,000", w.Batch)
	case w.InFlight < 1:
		return fmt.Errorf("load: %d writes in flight, expected 1 or more", w.InFlight)
	case w.Accounts < apart*w.Batch*w.InFlight:
		return fmt.Errorf("load: %d accounts to write, expected %d or more: one that is looked for must not be written again meanwhile",
			w.Accounts, apart*w.Batch*w.InFlight)
	case !(w.Rate >= 0):
		return fmt.Errorf("load: the rate of writes is %v, expected 0 or more", w.Rate)
	}
	return nil
}

// WriteResult is how writes went.
type WriteResult struct {
	Accounts          int       `json:"accounts"` // acknowledged
	AccountsPerSecond float64   `json:"accounts_per_second"`
	Latency           Latency   `json:"latency"` // of a call, until it was acknowledged
	Unsent            int       `json:"unsent,omitempty"`
	Checked           int       `json:"checked"`             // acknowledged writes of which one account was looked for
	NotVisible        int       `json:"not_visible"`         // of them, those that a match did not find
	Missing           string    `json:"missing,omitempty"`   // what the first of these was
	Failures          []Failure `json:"failures,omitempty"`  // of writes
	Unchecked         []Failure `json:"unchecked,omitempty"` // matches that were to look for an account and failed
}

// writing is writes that are under way.
type writing struct {
	*Writes
	*arrivals
	*recorder
	corpus *corpus.Corpus
	checks *recorder // counts failures alone

	mu       sync.Mutex // guards the rest
	checked  int
	unseen   int
	firstOne string
}

func startWriting(ctx context.Context, p *Plan, begin time.Time, window span, running *sync.WaitGroup) *writing {
	w := &writing{
		Writes: p.Writes, arrivals: newArrivals(begin, window.end, p.Writes.Rate/float64(p.Writes.Batch)),
		recorder: newRecorder(window), checks: newRecorder(window), corpus: corpus.New(p.Writes.Seed, 1),
	}
	for i := range w.InFlight {
		c, other := p.Clients[i%len(p.Clients)], p.Clients[(i+1)%len(p.Clients)]
		running.Go(func() { w.run(ctx, c, other) })
	}
	return w
}

// run writes until the run is over, and looks for an account of each write over another connection.
func (w *writing) run(ctx context.Context, c, other *client.Client) {
	clock := newWaiter()
	for {
		_, due, ok := w.take(ctx, clock)
		if !ok {
			return
		}
		sent, call := time.Now(), context.WithoutCancel(ctx)
		accounts := w.make(w.corpus, w.next.Add(int64(w.Batch))-int64(w.Batch), w.Batch)
		res, err := c.UpsertAccounts(call, accounts)
		if err != nil {
			w.fail(due, len(accounts), err)
			if w.closed() {
				clock.pause(ctx, err)
			}
			continue
		}
		w.answer(due, sent, answers{leads: len(accounts)})
		w.look(call, other, accounts[int(res.GetRevision())%len(accounts)], res.GetRevision())
	}
}

// make makes n accounts, from a number on.
func (w *Writes) make(c *corpus.Corpus, first int64, n int) []*leadmatchv1.Account {
	out := make([]*leadmatchv1.Account, n)
	for i := range out {
		n := first + int64(i)
		a := c.Account(int(n))
		out[i] = &leadmatchv1.Account{
			Id: w.id(n), Name: a.Name, Domains: []string{"leadbench" + strconv.FormatInt(n, 36) + ".com"}, OwnerId: a.OwnerID,
		}
		for _, p := range a.Addresses {
			out[i].Addresses = append(out[i].Addresses, &leadmatchv1.Address{Country: p.Country, City: p.City})
		}
	}
	return out
}

func (w *Writes) id(n int64) string { return "leadbench-" + strconv.FormatInt(n%int64(w.Accounts), 10) }

// look asks for a lead that only the account fits, as it was just written: no other has had that domain. A name beside it
// could fit many others better.
func (w *writing) look(ctx context.Context, c *client.Client, a *leadmatchv1.Account, revision uint64) {
	o, err := c.Match(ctx, &leadmatchv1.Lead{Email: "jo@" + a.GetDomains()[0]}, nil)
	if err != nil {
		w.checks.fail(time.Now(), 1, err)
		return
	}
	visible := slices.ContainsFunc(o.GetCandidates(), func(c *leadmatchv1.Candidate) bool { return c.GetAccountId() == a.GetId() })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checked++
	if now := o.GetVersions().GetRevision(); !visible || now < revision {
		w.unseen++
		if w.firstOne == "" {
			w.firstOne = fmt.Sprintf("%s, written at revision %d, was not found at revision %d", a.GetId(), revision, now)
		}
	}
}

func (w *writing) result() *WriteResult {
	r := w.recorder.result(w.arrivals)
	out := &WriteResult{
		Accounts: r.Leads, AccountsPerSecond: r.LeadsPerSecond, Latency: r.Latency, Unsent: r.Unsent, Failures: r.Failures,
		Unchecked: w.checks.result(w.arrivals).Failures,
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out.Checked, out.NotVisible, out.Missing = w.checked, w.unseen, w.firstOne
	return out
}

// Add writes, without measuring it, until n accounts have been written in all.
func (w *Writes) Add(ctx context.Context, c *client.Client, n int) error {
	const most = 1000
	made := corpus.New(w.Seed, 1)
	for {
		first := w.next.Load()
		some := min(most, int64(n)-first)
		if some <= 0 {
			return nil
		}
		if _, err := c.UpsertAccounts(ctx, w.make(made, w.next.Add(some)-some, int(some))); err != nil {
			return err
		}
	}
}

// Remove deletes what was written. The server's revision goes on.
func (w *Writes) Remove(ctx context.Context, c *client.Client) error {
	const most = 1000
	var ids []string
	for n := range min(w.next.Load(), int64(w.Accounts)) {
		ids = append(ids, w.id(n))
	}
	for part := range slices.Chunk(ids, most) {
		if _, err := c.DeleteAccounts(ctx, part); err != nil {
			return errors.Join(errors.New("accounts whose ids begin with leadbench- may be left"), err)
		}
	}
	return nil
}
