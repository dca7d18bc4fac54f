package cluster

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var (
	figuresFile     = flag.String("figures", "", "file that TestFigures writes its section into; without it, it does nothing much")
	figuresAccounts = flag.Int("figures.accounts", 2000, "accounts that TestFigures stores")
	figuresTime     = flag.Duration("figures.time", time.Second, "how long TestFigures takes each rate")
)

// TestFigures measures three replicas, and a new one. Without -figures it is small, and says only that it can be done.
func TestFigures(t *testing.T) {
	f := newFleet(t)
	ctx := t.Context()
	var rows []string
	row := func(what, format string, args ...any) {
		rows = append(rows, fmt.Sprintf("| %s | %s |", what, fmt.Sprintf(format, args...)))
	}
	begin, cpu := time.Now(), f.processorTime(1, size)
	summary, err := f.replicas[0].client.Import(ctx, func(yield func(*leadmatchv1.Account, error) bool) {
		for n := 0; n < *figuresAccounts && yield(account(n, 0), nil); n++ {
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	row(fmt.Sprintf("import of %d accounts through one replica", *figuresAccounts), "%.1f s, %.0f accounts a second", took.Seconds(),
		float64(*figuresAccounts)/took.Seconds())
	begin = time.Now()
	f.visible(ctx, summary.Revision)
	row("until the last of them was visible on all three", "%.0f ms more", ms(time.Since(begin)))
	row(rowFollowed, "%.0f µs", micros(f.processorTime(1, size)-cpu)/(size-1)/float64(*figuresAccounts))

	writes, waits := f.writeFor(ctx, *figuresTime)
	row("writes of one account, 6 at once by three replicas", "%.0f a second; acknowledged after %.1f ms (p50), %.1f ms (p99)",
		float64(len(writes))/figuresTime.Seconds(), ms(quantile(writes, .5)), ms(quantile(writes, .99)))
	row("from the acknowledgement to visible on another replica", "%.1f ms (p50), %.1f ms (p99), with the call that asks for it",
		ms(quantile(waits, .5)), ms(quantile(waits, .99)))
	reads := f.reads(ctx)

	begin = time.Now()
	fresh := f.add(f.ports)
	fresh.start()
	f.ready(fresh)
	row(fmt.Sprintf("a new replica, from the log alone, until it serves %d accounts", *figuresAccounts), "%.1f s", time.Since(begin).Seconds())
	if s, err := fresh.client.Status(ctx); err != nil || s.GetAccounts() != uint64(*figuresAccounts) {
		t.Errorf("the new replica: %v, %v", s, err)
	}
	f.alike(ctx, 500)
	text := "Three leadmatchds, three servers of NATS (a stream with three replicas, files), proxies between them, and the " +
		"clients share the machine: rates say what the work costs, and do not grow with replicas where there are no more " +
		"cores. What they do with them, had each its own, is told by processor time a lead, as far as processes that share caches can. Accounts are made up, of one name and one domain.\n\n| what | |\n|---|---|\n" +
		strings.Join(rows, "\n") + fmt.Sprintf("\n\nMatch, 8 at once for each replica, turn and turn about over so many of them, %d turns of %v each: medians.\n\n", turns, *figuresTime) + reads
	t.Log(text)
	if *figuresFile != "" {
		if err := results.Write(*figuresFile, "Replicas", "make replicas", text); err != nil {
			t.Error(err)
		}
	}
}

// rowFollowed and the rows of reads are read by bench/scaling.
const rowFollowed = "processor time of a replica for an account that another has imported"

// turns are how many times each rate of matches is taken.
const turns = 3

// reads matches over one, two and three replicas, and returns a table of how many leads that were, and what they took.
func (f *fleet) reads(ctx context.Context) string {
	var rates, times [size][]float64
	for range turns {
		for n := range size {
			cpu := f.processorTime(0, size)
			rate := f.matchFor(ctx, n+1, *figuresTime)
			rates[n] = append(rates[n], rate)
			times[n] = append(times[n], micros(f.processorTime(0, size)-cpu)/(rate*figuresTime.Seconds()))
		}
	}
	head, rate, cost := "| replicas |", "| leads a second |", "| processor time of all replicas a lead, µs |"
	for n := range size {
		slices.Sort(rates[n])
		slices.Sort(times[n])
		head += fmt.Sprintf(" %d |", n+1)
		rate += fmt.Sprintf(" %.0f |", rates[n][turns/2])
		cost += fmt.Sprintf(" %.0f |", times[n][turns/2])
	}
	return head + "\n|---|" + strings.Repeat("--:|", size) + "\n" + rate + "\n" + cost
}

// processorTime is what replicas have used, from one up to another. The kernel counts it in hundredths of a second.
func (f *fleet) processorTime(from, to int) (all time.Duration) {
	f.t.Helper()
	for _, r := range f.replicas[from:to] {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
		if err != nil {
			f.t.Fatal(err)
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, field := range fields[11:13] { // utime and stime
			ticks, err := strconv.Atoi(field)
			if err != nil {
				f.t.Fatal(err)
			}
			all += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return all
}

func micros(d time.Duration) float64 { return float64(d.Microseconds()) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(q*float64(len(all))))]
}

// visible waits until a revision is, on all replicas.
func (f *fleet) visible(ctx context.Context, revision uint64) {
	f.t.Helper()
	for _, r := range f.replicas {
		if _, err := r.client.Match(ctx, lead(1), &leadmatchv1.MatchOptions{MinRevision: revision}); err != nil {
			f.t.Fatalf("%s: %v", r.name, err)
		}
	}
}

// writeFor writes accounts one at a time, and asks another replica for each: how long the one and the other took.
func (f *fleet) writeFor(ctx context.Context, d time.Duration) (writes, waits []time.Duration) {
	var mu sync.Mutex
	var running sync.WaitGroup
	until := time.Now().Add(d)
	for i := range 6 {
		running.Go(func() {
			for n := i; time.Now().Before(until); n += 6 {
				begin := time.Now()
				res, err := f.replicas[i%size].client.UpsertAccounts(ctx, []*leadmatchv1.Account{account(n%*figuresAccounts, 1)})
				acknowledged := time.Now()
				if err == nil {
					_, err = f.replicas[(i+1)%size].client.Match(ctx, lead(n), &leadmatchv1.MatchOptions{MinRevision: res.GetRevision()})
				}
				if err != nil {
					f.t.Error(err)
					return
				}
				mu.Lock()
				writes, waits = append(writes, acknowledged.Sub(begin)), append(waits, time.Since(acknowledged))
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return writes, waits
}

// matchFor matches 8 leads at once for each replica through a client that knows n of them, and returns how many leads a second.
func (f *fleet) matchFor(ctx context.Context, n int, d time.Duration) float64 {
	var addresses []string
	for _, r := range f.replicas[:n] {
		addresses = append(addresses, r.address)
	}
	c, err := client.Dial(strings.Join(addresses, ","), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer c.Close()
	var done atomic.Int64
	var running sync.WaitGroup
	until := time.Now().Add(d)
	for i := range 8 * n {
		running.Go(func() {
			for at := i; time.Now().Before(until); at++ {
				if _, err := c.Match(ctx, lead(at), nil); err != nil {
					f.t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	return float64(done.Load()) / d.Seconds()
}

// TestClientGoesElsewhere writes and matches through a client that knows all replicas, while one is parted from the log and
// another is killed: no call may fail.
func TestClientGoesElsewhere(t *testing.T) {
	f := newFleet(t)
	c, err := client.Dial(f.addresses(), &client.Options{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f.replicas[0].part(cut)
	for n := range 60 {
		if n == 30 {
			f.replicas[1].signal(9)
		}
		res, err := c.UpsertAccounts(t.Context(), []*leadmatchv1.Account{account(n, 0)})
		if err != nil {
			t.Fatalf("write %d: %v", n, err)
		}
		if _, err := f.replicas[2].client.Match(t.Context(), lead(n), &leadmatchv1.MatchOptions{MinRevision: res.GetRevision()}); err != nil {
			t.Fatalf("match %d: %v", n, err)
		}
		if _, err := c.Match(t.Context(), lead(n), nil); err != nil {
			t.Fatalf("match %d by any: %v", n, err)
		}
	}
}
