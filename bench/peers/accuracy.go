package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/client/eval"
)

// quality returns what a system decides on each set, measured. A searcher is fitted a rule to all sets first.
func (s *system) quality(ctx context.Context, sets []*labelled.Set) ([]eval.Metrics, error) {
	var all [][]found
	var metrics []eval.Metrics
	for _, set := range sets {
		err := s.with(ctx, set.All, func(o opened, _ time.Duration) error {
			if s.searches {
				f, err := findAll(ctx, o.(searcher), set.Leads)
				all = append(all, f)
				return err
			}
			pairs, err := decideAll(ctx, o.(decider), set.Leads)
			metrics = append(metrics, eval.Measure(pairs))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if s.searches {
		s.rule = fitRule(all)
		for _, set := range all {
			metrics = append(metrics, eval.Measure(s.rule.answers(set)))
		}
	}
	return metrics, nil
}

// with does something with the system on some accounts, in a folder that it removes, and says how long loading them took.
func (s *system) with(ctx context.Context, all accounts, do func(o opened, loaded time.Duration) error) (err error) {
	dir, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o, err := s.open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	start := time.Now()
	if err := o.load(ctx, all); err != nil {
		return err
	}
	return do(o, time.Since(start))
}

// findAll searches for every lead, on all cores.
func findAll(ctx context.Context, o searcher, leads []labelled.Lead) ([]found, error) {
	out := make([]found, len(leads))
	err := spread(ctx, len(leads), func(ctx context.Context) (func(i int) error, error) {
		find, err := o.finder(ctx)
		var read reader
		return func(i int) (err error) {
			out[i] = found{lead: read.lead(&leads[i].Typed), truth: &leads[i].Truth}
			out[i].hits, err = find(ctx, &out[i].lead, nil)
			return err
		}, err
	})
	return out, err
}

// decideAll decides every lead, on all cores.
func decideAll(ctx context.Context, o decider, leads []labelled.Lead) ([]eval.Pair, error) {
	out := make([]eval.Pair, len(leads))
	err := spread(ctx, len(leads), func(ctx context.Context) (func(i int) error, error) {
		decide, err := o.worker(ctx)
		return func(i int) error {
			out[i] = eval.Pair{Lead: &leads[i].Truth, Answer: &eval.Answer{}}
			return decide(ctx, &leads[i].Typed, out[i].Answer)
		}, err
	})
	return out, err
}

// spread calls what start returns for each number below n, on a worker for each core.
func spread(ctx context.Context, n int, start func(context.Context) (func(i int) error, error)) error {
	workers := workers()
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			do, err := start(ctx)
			for i := w; err == nil && i < n; i += workers {
				err = errors.Join(do(i), ctx.Err())
			}
			return err
		})
	}
	return g.Wait()
}

func workers() int { return runtime.GOMAXPROCS(0) }
