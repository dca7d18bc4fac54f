//go:build unix

package server

import (
	"context"
	"flag"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var (
	overloadTime  = flag.Duration("overload.time", 2*time.Second, "how long TestOverload goes on")
	overloadFloor = flag.Float64("overload.floor", .5, "goodput under overload that TestOverload wants, as a part of the capacity")
)

const (
	overloadTimes = 3 // the capacity is asked for so many times over
	overloadLeads = 200
	overloadP99   = 20 // times the mean that the slowest of a hundred admitted calls takes, at most
)

// tally is what became of calls.
type tally struct {
	mu       sync.Mutex // guards the rest
	took     []time.Duration
	refused  int
	noRetry  int // of refused: without a RetryInfo
	failures map[string]int
}

func (c *tally) note(err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch status.Code(err) {
	case codes.OK:
		c.took = append(c.took, took)
	case codes.ResourceExhausted:
		c.refused++
		details := status.Convert(err).Details()
		if len(details) != 1 {
			c.noRetry++
		} else if _, ok := details[0].(*errdetails.RetryInfo); !ok {
			c.noRetry++
		}
	default:
		if c.failures == nil {
			c.failures = map[string]int{}
		}
		c.failures[err.Error()]++
	}
}

func (c *tally) quantile(q float64) time.Duration {
	slices.Sort(c.took)
	return c.took[int(q*float64(len(c.took)-1))]
}

// rate is how many calls were answered in a second, and in a second of processor time of server and clients together.
// The processor's is compared: the machine may have other things to do.
type rate struct{ wall, processor float64 }

// measure returns at what rate f has calls answered.
func measure(f func() (answered int)) rate {
	begin, used := time.Now(), processorTime()
	n := float64(f())
	return rate{n / time.Since(begin).Seconds(), n / (processorTime() - used).Seconds()}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestOverload asks for three times as much as the server can do, however slowly it answers. It must go on doing most of
// what it can, refuse the rest, hold no more memory the longer it lasts, and be as it was afterwards.
func TestOverload(t *testing.T) {
	const accounts = 5_000
	r := start(t, Config{DataDir: t.TempDir(), MaxBulk: 4})
	all := made(accounts)
	for i := 0; i < accounts; i += maxBatch {
		r.upsert(t, all[i:i+maxBatch]...)
	}
	var c tally
	var heap [2]uint64
	before := measure(func() int { return r.fill(all) })
	during := measure(func() int {
		heap = r.overload(t, &c, all, before.wall)
		return len(c.took)
	})
	after := measure(func() int { return r.fill(all) })
	if len(c.failures) > 0 || c.noRetry > 0 || c.refused == 0 || len(c.took) == 0 {
		t.Fatalf("%d answered, %d refused, %d of these without RetryInfo; others: %v", len(c.took), c.refused, c.noRetry, c.failures)
	}
	p50, p99 := c.quantile(.5), c.quantile(.99)
	t.Logf("calls a second (of processor time): %.0f (%.0f) before, %.0f (%.0f) during, %.0f (%.0f) after; %d answered, %d refused; p50 %v, p99 %v; heap %d, then %d MiB",
		before.wall, before.processor, during.wall, during.processor, after.wall, after.processor, len(c.took), c.refused,
		p50, p99, heap[0]>>20, heap[1]>>20)
	if goodput := during.processor / before.processor; goodput < *overloadFloor {
		t.Errorf("goodput is %.2f of the capacity", goodput)
	}
	if recovered := after.processor / before.processor; recovered < *overloadFloor {
		t.Errorf("afterwards the capacity is %.2f of what it was", recovered)
	}
	if mean := float64(r.server.cfg.MaxBulk) / during.wall; p99.Seconds() > overloadP99*mean {
		t.Errorf("p99 is %v, the mean %v s", p99, mean)
	}
	if heap[1] > 2*heap[0]+64<<20 {
		t.Errorf("the heap has grown from %d to %d MiB", heap[0]>>20, heap[1]>>20)
	}
}

// batchOf is a call of leads that are accounts' names.
func batchOf(accounts []*leadmatchv1.Account, random *rand.Rand) *leadmatchv1.BatchMatchRequest {
	req := &leadmatchv1.BatchMatchRequest{}
	for range overloadLeads {
		req.Leads = append(req.Leads, &leadmatchv1.Lead{Company: accounts[random.IntN(len(accounts))].GetName()})
	}
	return req
}

// fill keeps the server busy for a second, without more calls at once than there are processors.
func (r *running) fill(accounts []*leadmatchv1.Account) (answered int) {
	var all sync.WaitGroup
	var c tally
	begin := time.Now()
	for i := range runtime.GOMAXPROCS(0) {
		random := rand.New(rand.NewPCG(1, uint64(i)))
		all.Go(func() {
			for time.Since(begin) < time.Second {
				_, err := r.BatchMatch(context.Background(), batchOf(accounts, random))
				c.note(err, 0)
			}
		})
	}
	all.Wait()
	return len(c.took)
}

// overload makes calls at their times, and returns how much memory was in use early and late.
func (r *running) overload(t *testing.T, c *tally, accounts []*leadmatchv1.Account, capacity float64) (heap [2]uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), *overloadTime+30*time.Second)
	defer cancel()
	requests, random := make([]*leadmatchv1.BatchMatchRequest, 64), rand.New(rand.NewPCG(2, 0))
	for i := range requests {
		requests[i] = batchOf(accounts, random)
	}
	var all sync.WaitGroup
	each := time.Duration(float64(time.Second) / capacity / overloadTimes)
	calls := int(*overloadTime / each)
	begin := time.Now()
	for i := range calls {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * each)))
		if i == calls/4 {
			heap[0] = heapBytes().inUse
		}
		all.Go(func() {
			from := time.Now()
			_, err := r.BatchMatch(ctx, requests[i%len(requests)])
			c.note(err, time.Since(from))
		})
	}
	heap[1] = heapBytes().inUse
	all.Wait()
	return heap
}
