package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/client"
)

// rounds is how often live calls and bulk work are measured, each alone and both at once.
const rounds = 3

// round is one turn of live calls alone, bulk work alone, and both.
type round struct {
	alone, together       *load.Result // of live calls
	liveShare             float64      // of the processors that live calls take, with the sender's part, alone
	bulkAlone, bulkBeside float64      // leads a second
}

func (m *measurement) beside(ctx context.Context) error {
	var clients []*client.Client
	for range 4 {
		c, err := client.Dial(m.server.Addr, &client.Options{Once: true})
		if err != nil {
			return err
		}
		defer c.Close()
		clients = append(clients, c)
	}
	plan := &load.Plan{
		Clients: clients, Mode: load.Unary, Leads: load.Wire(m.leads), Rate: m.rate, Batch: 1, InFlight: 256,
		WarmUp: time.Second, Duration: m.live, Timeout: 10 * time.Second,
	}
	for range rounds {
		r := &round{}
		if err := r.measure(ctx, m, plan); err != nil {
			return err
		}
		m.rounds = append(m.rounds, r)
	}
	return nil
}

func (r *round) measure(ctx context.Context, m *measurement, plan *load.Plan) (err error) {
	before := m.cpuTime()
	if r.alone, err = load.Run(ctx, plan); err != nil {
		return err
	}
	r.liveShare = (m.cpuTime() - before).Seconds() / (plan.WarmUp + plan.Duration).Seconds() / float64(runtime.NumCPU())
	stop, err := m.bulk(ctx, plan.Clients[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop(), failures(r.alone), failures(r.together)) }()
	if r.bulkAlone, err = decidedDuring(ctx, plan.Clients[0], func() error { return pause(ctx, plan.Duration) }); err != nil {
		return err
	}
	r.bulkBeside, err = decidedDuring(ctx, plan.Clients[0], func() error {
		r.together, err = load.Run(ctx, plan)
		return err
	})
	if err == nil {
		r.bulkBeside -= r.together.LeadsPerSecond
	}
	return err
}

// cpuTime is what the server and this process have used.
func (m *measurement) cpuTime() time.Duration {
	return local.CPUTime(m.server.Pid()) + local.CPUTime(os.Getpid())
}

func failures(r *load.Result) error {
	if r != nil && r.Failed() > 0 {
		return fmt.Errorf("%d live calls failed: %v", r.Failed(), r.Failures)
	}
	return nil
}

// bulk begins a run that outlasts a round, and returns when leads are being decided.
func (m *measurement) bulk(ctx context.Context, c *client.Client) (stop func() error, err error) {
	times := max(50, 600_000/m.config.leads)
	before, err := decided(ctx, c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	j, err := m.beginWith(ctx, times, "-o", m.path("again.jsonl"))
	if err != nil {
		cancel()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- j.wait() }()
	stop = func() error {
		early := ctx.Err() == nil && len(ended) > 0
		cancel()
		if err := <-ended; early {
			return errors.Join(errors.New("the run ended before the round did: more -leads, or less -live"), err)
		}
		return nil
	}
	for now := before; now == before && len(ended) == 0; {
		err := pause(ctx, 10*time.Millisecond)
		if err == nil {
			now, err = decided(ctx, c)
		}
		if err != nil {
			return nil, errors.Join(err, stop())
		}
	}
	return stop, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decidedDuring is how many leads a second the server decides meanwhile.
func decidedDuring(ctx context.Context, c *client.Client, do func() error) (perSecond float64, err error) {
	before, err := decided(ctx, c)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	after, err := decided(ctx, c)
	return float64(after-before) / time.Since(start).Seconds(), err
}

// decided is how many leads the server has decided since it was started.
func decided(ctx context.Context, c *client.Client) (uint64, error) {
	s, err := c.Status(ctx)
	return s.GetLeadsMatched() + s.GetLeadsReview() + s.GetLeadsNoMatch() + s.GetLeadsInsufficient(), err
}

// p99Ratio is how many times as long the p99 of live calls is beside bulk work.
func (r *round) p99Ratio() float64 {
	return float64(r.together.Latency.P99) / float64(max(1, r.alone.Latency.P99))
}

// bulkShare is how much bulk work gets of what live calls leave: of what it gets alone, less the processors' share that
// live calls take alone.
func (r *round) bulkShare() float64 { return r.bulkBeside / (r.bulkAlone * (1 - r.liveShare)) }

// middle is the median of something in the rounds.
func (m *measurement) middle(of func(*round) float64) float64 {
	var all []float64
	for _, r := range m.rounds {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
