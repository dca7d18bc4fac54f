package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
)

// speed is what a system took for some accounts.
type speed struct {
	built     time.Duration
	resident  int              // bytes; 0 where the system does not tell
	latency   []timing.Summary // by kind
	perSecond float64          // leads, on all cores
}

const (
	seed      = 1
	leastRuns = 3 // leads of a kind that are timed, however long they take
)

// patience says how much is measured.
type patience struct {
	leads int           // of each kind, at most
	each  time.Duration // for the leads of a kind, and for the throughput
}

// measure opens the system with the accounts and times it on the leads, of each kind so many as there is time for.
func (s *system) measure(ctx context.Context, all accounts, leads [][]*matcher.Lead, p patience) (f speed, err error) {
	before := 0
	if s.inside {
		if before, err = ownMemory(); err != nil {
			return f, err
		}
	}
	err = s.with(ctx, all, func(o opened, loaded time.Duration) error {
		f.built = loaded
		decide, err := s.workerOf(ctx, o)
		if err != nil {
			return err
		}
		for _, kind := range leads {
			times, err := timeLeads(ctx, decide, kind, p.each)
			if err != nil {
				return err
			}
			f.latency = append(f.latency, timing.Summarize(times))
		}
		if f.perSecond, err = s.throughput(ctx, o, mixed(leads), p.each); err != nil {
			return err
		}
		f.resident, err = o.resident()
		f.resident = max(0, f.resident-before)
		return err
	})
	return f, err
}

// timeLeads returns how long each lead takes, one after the other, until the time is up. The last one goes first, untimed:
// it finds nothing prepared.
func timeLeads(ctx context.Context, decide decide, leads []*matcher.Lead, budget time.Duration) ([]time.Duration, error) {
	var times []time.Duration
	var out eval.Answer
	if err := decide(ctx, leads[len(leads)-1], &out); err != nil {
		return nil, err
	}
	for end := time.Now().Add(budget); len(times) < len(leads); {
		start := time.Now()
		if len(times) >= leastRuns && start.After(end) {
			break
		}
		if err := decide(ctx, leads[len(times)], &out); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

// mixed returns leads in turns, of all kinds but the worst, which would count for nearly all of the time.
func mixed(leads [][]*matcher.Lead) (mix []*matcher.Lead) {
	for i := range leads[0] {
		for at, kind := range corpus.Kinds {
			if kind != corpus.Worst {
				mix = append(mix, leads[at][i])
			}
		}
	}
	return mix
}

// throughput returns how many leads a second are decided by a worker for each core.
func (s *system) throughput(ctx context.Context, o opened, leads []*matcher.Lead, budget time.Duration) (float64, error) {
	var next atomic.Int64
	start := time.Now()
	err := spread(ctx, workers(), func(ctx context.Context) (func(int) error, error) {
		decide, err := s.workerOf(ctx, o)
		return func(int) error {
			var out eval.Answer
			for time.Since(start) < budget {
				i := int(next.Add(1)-1) % len(leads)
				if err := decide(ctx, leads[i], &out); err != nil {
					return err
				}
			}
			return nil
		}, err
	})
	return float64(next.Load()) / time.Since(start).Seconds(), err
}
