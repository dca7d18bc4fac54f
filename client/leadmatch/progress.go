package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/leadmatch/leadmatch/client/rows"
)

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// progress tells how far a file has come: a bar with rate and time left on a terminal, a line now and then elsewhere.
// Any number of goroutines may add.
type progress struct {
	app   *app
	noun  string
	input *rows.Input
	start time.Time

	mu   sync.Mutex // guards the rest
	done int
	bar  *progressbar.ProgressBar // nil without a terminal
	last time.Time                // when progress was told
}

func newProgress(a *app, noun string, input *rows.Input) *progress {
	p := &progress{app: a, noun: noun, input: input, start: time.Now(), last: time.Now()}
	if file, ok := a.stderr.(*os.File); !ok || a.flags.Quiet || !term.IsTerminal(int(file.Fd())) {
		return p
	}
	total := input.Size
	if total == 0 {
		total = -1
	}
	p.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
	)
	a.progress.Store(p)
	return p
}

// add counts rows that are done.
func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if p.app.flags.Quiet || time.Since(p.last) < p.interval() {
		return
	}
	p.last = time.Now()
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%s, %s/s", count(p.done, p.noun), thousands(p.rate())))
		_ = p.bar.Set64(p.input.Offset())
		return
	}
	line := fmt.Sprintf("%s, %s/s", count(p.done, p.noun), thousands(p.rate()))
	if size := p.input.Size; size > 0 {
		share := float64(p.input.Offset()) / float64(size)
		left := time.Duration(float64(time.Since(p.start)) * (1 - share) / share)
		line += fmt.Sprintf(", %.0f %% read, about %s left", 100*share, left.Round(time.Second))
	}
	p.app.note("%s", line)
}

func (p *progress) interval() time.Duration {
	if p.bar != nil {
		return 100 * time.Millisecond
	}
	return plainEvery
}

func (p *progress) rate() int { return int(float64(p.done) / time.Since(p.start).Seconds()) }

// clear takes the bar away until there is more progress.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.bar.Clear()
}

// end takes the bar away and returns what was done in which time.
func (p *progress) end() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.app.progress.Store(nil)
	}
	took := time.Since(p.start)
	return fmt.Sprintf("%s in %s (%s/s)", count(p.done, p.noun), roundTime(took), thousands(p.rate()))
}

func roundTime(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}
