package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// progress tells how far a file has come: a bar with rate and time left on a terminal, a line now and then elsewhere.
// Any number of goroutines may add.
type progress struct {
	app   *app
	noun  string
	where func() (read, of int64) // bytes; 0 where that is not known
	from  int64                   // what was read before it began
	also  func() string           // what else is to be told; may be nil
	start time.Time

	mu   sync.Mutex // guards the rest
	done int
	bar  *progressbar.ProgressBar // nil without a terminal
	last time.Time                // when progress was told
}

func newProgress(a *app, noun string, where func() (read, of int64)) *progress {
	p := &progress{app: a, noun: noun, where: where, start: time.Now(), last: time.Now()}
	from, total := where()
	p.from = from
	if file, ok := a.stderr.(*os.File); !ok || a.flags.Quiet || !term.IsTerminal(int(file.Fd())) {
		return p
	}
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
	line := fmt.Sprintf("%s, %s/s", count(p.done, p.noun), thousands(p.rate()))
	read, of := p.where()
	if p.bar != nil {
		p.bar.Describe(line + p.more())
		_ = p.bar.Set64(read)
		return
	}
	if of > p.from && read > p.from {
		left := float64(time.Since(p.start)) * float64(of-read) / float64(read-p.from)
		line += fmt.Sprintf(", %.0f %% read, about %s left", 100*float64(read)/float64(of), time.Duration(left).Round(time.Second))
	}
	p.app.note("%s%s", line, p.more())
}

func (p *progress) more() string {
	if p.also == nil {
		return ""
	}
	return p.also()
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
