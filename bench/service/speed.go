package main

import (
	"context"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

const (
	rounds     = 5
	noopMethod = "/leadmatch.v1.MatchService/Noop" // see server/noop.go
)

// series is one thing that was measured in every round.
type series []cost

func (s series) perSecond() float64 {
	return median(s.each(func(c cost) float64 { return c.perSecond }))
}

func (s series) cpu() time.Duration {
	return time.Duration(median(s.each(func(c cost) float64 { return float64(c.cpu) })))
}

func (s series) each(f func(cost) float64) (out []float64) {
	for _, c := range s {
		out = append(out, f(c))
	}
	return out
}

// ratio is the median of the rounds' ratios.
func ratio(a, b series, of func(cost) float64) float64 {
	var out []float64
	for i := range a {
		if d := of(b[i]); d > 0 {
			out = append(out, of(a[i])/d)
		}
	}
	return median(out)
}

func rate(c cost) float64 { return c.perSecond }
func cpu(c cost) float64  { return float64(c.cpu) }

// unaryRow is Match beside a call that does nothing, with the same messages.
type unaryRow struct {
	mix         string
	match, noop series
	latency     []*load.Result // of match
}

func (m *measurement) measureUnary(ctx context.Context) error {
	for _, mix := range []string{usual, domain} {
		row := unaryRow{mix: mix}
		match := m.plan(mix, load.Unary, 1)
		noop := *match
		noop.Method = noopMethod
		if err := m.remember(ctx, &noop); err != nil {
			return err
		}
		for range rounds {
			r, c, err := m.run(ctx, match)
			if err != nil {
				return err
			}
			row.match, row.latency = append(row.match, c), append(row.latency, r)
			if _, c, err = m.run(ctx, &noop); err != nil {
				return err
			}
			row.noop = append(row.noop, c)
		}
		m.unary = append(m.unary, row)
	}
	return nil
}

// remember asks for each lead once, so that the server has all answers ready.
func (m *measurement) remember(ctx context.Context, p *load.Plan) error {
	for _, l := range p.Leads {
		var res leadmatchv1.MatchResponse
		if err := m.clients[0].Conn().Invoke(ctx, noopMethod, &leadmatchv1.MatchRequest{Lead: l}, &res); err != nil {
			return err
		}
	}
	return nil
}

// bulkFigures are leads in batches and streams, and the engine alone on all cores.
type bulkFigures struct{ batch, stream, engine series }

// Leads a message.
const (
	batchLeads  = 100
	streamLeads = 128
)

func (m *measurement) measureBulk(ctx context.Context) error {
	batch, stream := m.plan(usual, load.Batch, batchLeads), m.plan(usual, load.Stream, streamLeads)
	batch.InFlight, stream.InFlight = 8, 16
	for range rounds {
		_, b, err := m.run(ctx, batch)
		if err != nil {
			return err
		}
		_, s, err := m.run(ctx, stream)
		if err != nil {
			return err
		}
		m.bulk.batch, m.bulk.stream = append(m.bulk.batch, b), append(m.bulk.stream, s)
		m.bulk.engine = append(m.bulk.engine, m.runEngine(ctx))
	}
	return nil
}

// runEngine matches in this process, on as many goroutines as there are cores.
func (m *measurement) runEngine(ctx context.Context) cost {
	ctx, cancel := context.WithTimeout(ctx, m.span)
	defer cancel()
	leads, snapshot := m.leads[usual].engine, m.index.Snapshot()
	var done atomic.Int64
	var working sync.WaitGroup
	before, start := local.CPUTime(os.Getpid()), time.Now()
	for w := range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			var out matcher.Outcome
			n := w * len(leads) / 2
			for ; ctx.Err() == nil; n++ {
				snapshot.Match(&out, leads[n%len(leads)], matcher.MatchOptions{})
				done.Add(1)
			}
		})
	}
	working.Wait()
	n := max(1, done.Load())
	return cost{float64(n) / time.Since(start).Seconds(), (local.CPUTime(os.Getpid()) - before) / time.Duration(n)}
}

// median returns the middle one of some figures.
func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	if len(of) == 0 {
		return 0
	}
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}
