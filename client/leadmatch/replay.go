package main

import (
	"errors"
	"iter"
	"sync"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rematch"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type replayCmd struct {
	Logs        []string `arg:"" help:"Decision logs, read one after the other; '-' is standard input." placeholder:"LOG"`
	ChangedOnly bool     `help:"Write only leads that get another decision, account or owner now: what was and what is."`
	Streams     int      `help:"Streams at once." default:"4"`
	patienceFlags
	readFlags
	writeFlags
	optionFlags
}

func (cmd *replayCmd) Run(a *app) error {
	format, err := cmd.writeFlags.options()
	if err != nil {
		return err
	}
	log, err := newIntake(a, cmd.Logs, &cmd.readFlags, rows.Options{Extra: true}, rows.NewDecisions)
	if err != nil {
		return err
	}
	r := &replay{log: log, logged: map[*leadmatchv1.Lead]*rows.Decision{}}
	r.job = &rematch.Job{
		Source: r, Was: r.was, Changes: cmd.ChangedOnly, ChangedOnly: cmd.ChangedOnly, Output: cmd.Output, Stdout: a.stdout, Format: format,
	}
	options := cmd.optionFlags.options()
	options.Unlogged = true // or the log would have each lead once more
	err = a.withServer(func(c *client.Client) error {
		return r.run(a, c.MatchAll(a.ctx, r.leads(), &client.MatchAllOptions{
			Match: options, Streams: cmd.Streams, Patience: cmd.limit(), Waiting: a.noteWaiting(),
		}))
	})
	if err != nil {
		return err
	}
	return log.close()
}

// replay is the leads of a decision log on their way to be decided again.
type replay struct {
	log *intake[*rows.Decision]
	job *rematch.Job

	mu         sync.Mutex // guards the rest
	logged     map[*leadmatchv1.Lead]*rows.Decision
	bare       int // decisions of which the log has no lead
	cut        int // leads that were decided by more than the log has of them
	cutChanged int // of them, those that changed
}

// leads yields the leads that can be decided again.
func (r *replay) leads() iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for d, err := range r.log.all() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !r.take(d) {
				continue
			}
			if !yield(d.Lead, nil) {
				return
			}
		}
	}
}

// take notes a decision, and says whether its lead is there to be decided again.
func (r *replay) take(d *rows.Decision) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Lead == nil {
		r.log.Settle(d)
		r.bare++
		return false
	}
	r.logged[d.Lead] = d
	return true
}

// was returns what was decided about a lead, which is then forgotten.
func (r *replay) was(result *client.Result) (*leadmatchv1.Outcome, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.logged[result.Lead]
	delete(r.logged, result.Lead)
	if d.Cut {
		r.cut++
		if rematch.Flip(d.Outcome, result.Outcome) != "" {
			r.cutChanged++
		}
	}
	return d.Outcome, nil
}

// Settle says where the lead's decision stands in the log.
func (r *replay) Settle(lead *leadmatchv1.Lead) rematch.Place {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Settle(r.logged[lead])
}

// Refuse names a lead that the server took then and does not take now.
func (r *replay) Refuse(at rematch.Place, why error) error { return r.log.Refuse(at, why) }

func (r *replay) run(a *app, results iter.Seq2[*client.Result, error]) error {
	p := newProgress(a, "lead", r.log.position)
	r.job.Added = func(*rematch.Tally) { p.add(1) }
	err := r.job.Run(results)
	summary := p.end()
	if err != nil {
		return err
	}
	if r.bare > 0 && r.job.Tally.Leads == 0 {
		return errors.New("the log has only the ids of its leads; leadmatchd --decision-log-leads says what else is written")
	}
	a.note("%s%s", summary, describeDecisions(r.job.Tally.Decisions))
	for _, line := range describeTally(r.job) {
		a.note("%s", line)
	}
	if r.bare > 0 {
		a.note("%s left out: the log has only the ids of their leads", count(r.bare, "decision"))
	}
	if r.cut > 0 {
		a.note("%s decided by a phone number or a person's e-mail address that the log does not have; %s of what changed may come from that",
			count(r.cut, "lead")+" may have been", thousands(r.cutChanged))
	}
	return nil
}
