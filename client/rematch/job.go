package rematch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Source is where the leads come from. It has handed them out in order.
type Source interface {
	// Settle says where the source was when it had handed out the lead, whose outcome is there now.
	Settle(lead *leadmatchv1.Lead) Place
	// Refuse is told of a lead that the server did not take; an error is to be the end.
	Refuse(at Place, why error) error
}

// Job says what to do with results. Stdout is where an Output of "-" goes.
type Job struct {
	Source Source
	// Was returns the outcome that a result's is compared with, nil when there is none. A nil Was compares nothing, unless
	// results have a proposed outcome, which is compared with the one in force.
	Was         func(*client.Result) (*leadmatchv1.Outcome, error)
	Changes     bool // write what was and what is in place of outcomes
	ChangedOnly bool // and only where something is to be done about it
	Output      string
	Stdout      io.Writer
	Format      rows.WriterOptions
	Checkpoint  *Checkpoint          // nil: a job that is not gone on with. Output is a file then
	Every       time.Duration        // between checkpoints; 0 means 5 s
	Added       func(counted *Tally) // told of each result; may be nil
	Tally       *Tally               // set by Run: what was counted, also before it was gone on with
	Took        time.Duration        // set by Run: likewise
}

const defaultEvery = 5 * time.Second

// run is a Job under way.
type run struct {
	*Job
	at    Place
	out   *rows.Output
	write func(was, now *leadmatchv1.Outcome) error
	flush func() error
	begun time.Time
	saved time.Time
}

// Run takes the results, which are in the order of the leads, and writes the output, which has its name when Run returns
// nil. After an error a job that has a checkpoint can be gone on with.
func (j *Job) Run(results iter.Seq2[*client.Result, error]) (err error) {
	j.Tally = NewTally()
	if c := j.Checkpoint; c != nil {
		j.Tally, j.Took = c.Tally, c.Took
		if c.Done {
			return j.rename()
		}
	}
	r := &run{Job: j, begun: time.Now(), saved: time.Now()}
	if err := r.open(); err != nil {
		return err
	}
	defer r.out.Discard()
	defer func() { j.Took += time.Since(r.begun) }()
	for result, err := range results {
		if err != nil {
			return errors.Join(err, r.save(false))
		}
		if err := r.add(result); err != nil {
			return err
		}
		if time.Since(r.saved) >= r.every() {
			if err := r.save(false); err != nil {
				return err
			}
		}
	}
	return r.finish()
}

func (r *run) every() time.Duration {
	if r.Every == 0 {
		return defaultEvery
	}
	return r.Every
}

// rename does what is left of a job whose output is whole: a kill may have come before or after it got its name.
func (j *Job) rename() error {
	partial := rows.PartialName(j.Output)
	if err := os.Rename(partial, j.Output); errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Stat(j.Output); err != nil || info.Size() != j.Checkpoint.Bytes {
			return fmt.Errorf("%s says that all is done, but neither %s nor %s is what was written", j.Checkpoint.path, partial, j.Output)
		}
	} else if err != nil {
		return err
	}
	return errors.Join(rows.SyncFolder(j.Output), j.Checkpoint.remove())
}

func (r *run) open() (err error) {
	format := r.Format
	if c := r.Checkpoint; c != nil {
		r.at, format.GoesOn = c.At, c.Bytes > 0
		r.out, err = rows.Resume(r.Output, c.Bytes)
	} else {
		r.out, err = rows.Create(r.Output, r.Stdout)
	}
	if err != nil {
		return err
	}
	if r.Changes {
		w, err := rows.NewChangeWriter(r.out, format)
		if err != nil {
			return err
		}
		r.write, r.flush = w.Write, w.Flush
		return nil
	}
	w, err := rows.NewOutcomeWriter(r.out, format)
	if err != nil {
		return err
	}
	r.write, r.flush = func(_, now *leadmatchv1.Outcome) error { return w.Write(now) }, w.Flush
	return nil
}

// add takes one result.
func (r *run) add(result *client.Result) error {
	r.at = r.Source.Settle(result.Lead)
	if result.Err != nil {
		r.Tally.Refused++
		return r.Source.Refuse(r.at, result.Err)
	}
	was, now, err := r.compared(result)
	if err != nil {
		return fmt.Errorf("the previous outcomes: %w", err)
	}
	r.Tally.Add(was, now)
	if r.Added != nil {
		r.Added(r.Tally)
	}
	if r.ChangedOnly && was != nil && Flip(was, now) == "" {
		return nil
	}
	return r.write(was, now)
}

// compared returns which outcome is compared with which.
func (r *run) compared(result *client.Result) (was, now *leadmatchv1.Outcome, err error) {
	switch {
	case result.Proposed != nil:
		return result.Outcome, result.Proposed, nil
	case r.Was != nil:
		was, err = r.Was(result)
	}
	return was, result.Outcome, err
}

// save makes a checkpoint, if there are to be any.
func (r *run) save(done bool) (err error) {
	c := r.Checkpoint
	if c == nil {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	if c.Bytes, err = r.out.Sync(); err != nil {
		return err
	}
	c.At, c.Done, c.Took = r.at, done, r.Took+time.Since(r.begun)
	if err := c.save(); err != nil {
		return err
	}
	r.saved = time.Now()
	return nil
}

// finish gives the output its name.
func (r *run) finish() error {
	if err := r.save(true); err != nil {
		return err
	}
	if err := r.flush(); err != nil {
		return err
	}
	if err := r.out.Commit(); err != nil {
		return err
	}
	if r.Checkpoint == nil {
		return nil
	}
	return r.Checkpoint.remove()
}
