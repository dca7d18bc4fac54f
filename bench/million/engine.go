package main

import (
	"context"
	"time"

	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/matcher"
)

// timeEngines builds an index of each book in this process and times every lead on it, the books in turns.
func timeEngines(ctx context.Context, books []*measurement) error {
	for _, b := range books {
		program.Say("%s: building an index in-process", b.name)
		if err := b.build(); err != nil {
			return err
		}
	}
	for round := range timing.Rounds {
		program.Say("timing the engine alone: round %d of %d", round+1, timing.Rounds)
		for _, b := range books {
			for kind, leads := range b.leads {
				if err := ctx.Err(); err != nil {
					return err
				}
				b.times[kind] = timing.Round(b.times[kind], b.snapshot, leads)
			}
		}
	}
	for _, b := range books {
		b.sums = make([]timing.Summary, len(b.times))
		for kind, times := range b.times {
			if len(times) > 0 {
				b.sums[kind] = timing.Summarize(times)
			}
		}
	}
	return nil
}

func (m *measurement) build() error {
	x := matcher.New(nil)
	defer x.Close()
	start := time.Now()
	if err := x.Replace(1, m.accounts); err != nil {
		return err
	}
	m.snapshot = x.Snapshot()
	m.built = timed{m.snapshot.Stats().Accounts, time.Since(start)}
	m.times = make([][]time.Duration, len(m.leads))
	return nil
}
