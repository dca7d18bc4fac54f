package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
)

// shares of what Match could do in a closed loop, in percent, at which leads come in.
var shares = []int{5, 10, 20, 40, 60, 80}

// rateRow is a rate at which leads come in: what was measured in every round, and what else the machine did then.
type rateRow struct {
	rate   float64
	rounds []*load.Result
	waited []float64 // how long threads of server and sender that could run had no processor, in seconds a second
	stolen []float64 // share of the processors' time that the hypervisor gave to others
}

// measureRates goes through all rates in each round, from another one on: a stall that lasts as long as a measurement makes
// one of them slow, whichever it meets, and the medians of the rounds are spared.
func (m *measurement) measureRates(ctx context.Context) error {
	most := m.unary[0].match.perSecond()
	for _, share := range shares {
		m.rates = append(m.rates, &rateRow{rate: max(1, most*float64(share)/100)})
	}
	for round := range rounds {
		for i := range m.rates {
			row := m.rates[(round+i)%len(m.rates)]
			if err := m.measureRate(ctx, row); err != nil {
				return fmt.Errorf("%.0f leads a second: %w", row.rate, err)
			}
		}
	}
	return nil
}

func (m *measurement) measureRate(ctx context.Context, row *rateRow) error {
	p := m.plan(usual, load.Unary, 1)
	p.InFlight, p.WarmUp, p.Rate = 4*inFlight, m.span/4, row.rate
	begin, waited, machine := time.Now(), m.waited(), readMachine()
	r, _, err := m.run(ctx, p)
	if err != nil {
		return err
	}
	row.rounds = append(row.rounds, r)
	row.waited = append(row.waited, (m.waited()-waited).Seconds()/time.Since(begin).Seconds())
	row.stolen = append(row.stolen, readMachine().stolenSince(machine))
	return nil
}

func (m *measurement) waited() time.Duration { return waitTime(m.server.Pid()) + waitTime(os.Getpid()) }

// middle returns the medians of the rounds' latencies.
func (row *rateRow) middle() *load.Result {
	of := func(which func(load.Latency) time.Duration) time.Duration { return middle(row.rounds, which) }
	count := 0
	for _, r := range row.rounds {
		count += r.Latency.Count
	}
	return &load.Result{Rate: row.rate, Latency: load.Latency{
		Count: count,
		P50:   of(func(l load.Latency) time.Duration { return l.P50 }),
		P90:   of(func(l load.Latency) time.Duration { return l.P90 }),
		P99:   of(func(l load.Latency) time.Duration { return l.P99 }),
		P999:  of(func(l load.Latency) time.Duration { return l.P999 }),
		Max:   of(func(l load.Latency) time.Duration { return l.Max }),
	}}
}

// worst returns the round's p99 that is the longest.
func (row *rateRow) worst() (p99 time.Duration) {
	for _, r := range row.rounds {
		p99 = max(p99, r.Latency.P99)
	}
	return p99
}

// late returns the median of how late, at the p99, messages were sent.
func (row *rateRow) late() time.Duration {
	var all []float64
	for _, r := range row.rounds {
		all = append(all, float64(r.Late.P99))
	}
	return time.Duration(median(all))
}
