package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// leads yields n leads and then, if there is one, the error.
func leads(n int, last error) iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for i := range n {
			if !yield(&leadmatchv1.Lead{Id: fmt.Sprint(i), Company: fmt.Sprintf("Company %d", i)}, nil) {
				return
			}
		}
		if last != nil {
			yield(nil, last)
		}
	}
}

// wantAll wants n results in order, and then the error.
func wantAll(t *testing.T, results iter.Seq2[*client.Result, error], n int, want error) {
	t.Helper()
	i := 0
	var last error
	for r, err := range results {
		if err != nil {
			last = err
			continue
		}
		if r.Lead.GetId() != fmt.Sprint(i) || r.Outcome.GetLeadId() != fmt.Sprint(i) {
			t.Fatalf("result %d is of lead %s, outcome of %s", i, r.Lead.GetId(), r.Outcome.GetLeadId())
		}
		i++
	}
	if i != n || !errors.Is(last, want) {
		t.Errorf("got %d results and error %v, want %d and %v", i, last, n, want)
	}
}

func TestMatchAll(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 129, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			c, s := start(t, nil)
			wantAll(t, c.MatchAll(t.Context(), leads(n, nil), nil), n, nil)
			if s.largest > 128 || s.batches != (n+127)/128 {
				t.Errorf("%d batches of up to %d leads", s.batches, s.largest)
			}
		})
	}
}

func TestMatchAllWithTheSmallestWindow(t *testing.T) {
	c, _ := start(t, nil)
	wantAll(t, c.MatchAll(t.Context(), leads(100, nil), &client.MatchAllOptions{BatchSize: 1, Streams: 1, Window: 1}), 100, nil)
}

func TestMatchAllReportsRefusedLeads(t *testing.T) {
	c, _ := start(t, nil)
	input := func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, company := range []string{"good", "bad", "B\xe4d", "good"} {
			if !yield(&leadmatchv1.Lead{Company: company}, nil) {
				return
			}
		}
	}
	var got []string
	for r, err := range c.MatchAll(t.Context(), input, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Err != nil {
			got = append(got, r.Err.Error())
		} else {
			got = append(got, r.Outcome.GetAccountId())
		}
	}
	want := "account of good; company: expected a good one; account of B\uFFFDd; account of good"
	if strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMatchAllGoesOnWhenStreamsBreak(t *testing.T) {
	for name, failure := range map[string]error{"away": errAway, "ended": errEnd, "overloaded": overloaded(time.Millisecond)} {
		t.Run(name, func(t *testing.T) {
			c, s := start(t, times(1, 2, 7, 20, 21, 22, 23, 24, 25)(failure))
			wantAll(t, c.MatchAll(t.Context(), leads(2000, nil), &client.MatchAllOptions{BatchSize: 50}), 2000, nil)
			if s.streams < 5 {
				t.Errorf("%d streams were opened; broken ones were not replaced", s.streams)
			}
		})
	}
}

func TestMatchAllGivesUp(t *testing.T) {
	f := func(failure error, patience time.Duration, want codes.Code) {
		t.Helper()
		c, _ := start(t, func() error { return failure })
		var last error
		for _, last = range c.MatchAll(t.Context(), leads(1000, nil), &client.MatchAllOptions{Patience: patience}) {
		}
		if status.Code(last) != want {
			t.Errorf("got %v, want %v", last, want)
		}
	}
	f(errAway, -1, codes.Unavailable)
	f(errAway, 200*time.Millisecond, codes.Unavailable)
	f(status.Error(codes.InvalidArgument, "no"), 0, codes.InvalidArgument)
	f(status.Error(codes.ResourceExhausted, "message too large"), 0, codes.ResourceExhausted)
}

// A server that takes a batch and never answers is left, and the batch sent again.
func TestMatchAllLeavesAServerThatHangs(t *testing.T) {
	hung := make(chan struct{})
	defer close(hung)
	var hangs atomic.Bool
	c, s := start(t, nil)
	s.hang = func() {
		if hangs.CompareAndSwap(false, true) {
			<-hung
		}
	}
	wantAll(t, c.MatchAll(t.Context(), leads(1000, nil), &client.MatchAllOptions{Timeout: 50 * time.Millisecond, Streams: 1}), 1000, nil)
	if s.streams < 2 { // more on a machine so busy that other answers take too long, too
		t.Errorf("%d streams were opened, want 2", s.streams)
	}
}

func TestMatchAllEndsWithItsInput(t *testing.T) {
	c, _ := start(t, nil)
	wantAll(t, c.MatchAll(t.Context(), leads(1000, errInput), nil), 1000, errInput)
	wantAll(t, c.MatchAll(t.Context(), leads(0, errInput), nil), 0, errInput)
}

func TestMatchAllEndsWithItsContext(t *testing.T) {
	c, _ := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range c.MatchAll(ctx, leads(1<<30, nil), nil) {
		if err != nil {
			last = err
		} else if n++; n == 500 {
			cancel()
		}
	}
	if last == nil || ctx.Err() == nil {
		t.Errorf("ended with %v", last)
	}
}

func TestMatchAllCanBeLeftEarly(t *testing.T) {
	c, _ := start(t, nil)
	before := runtime.NumGoroutine()
	for range c.MatchAll(t.Context(), leads(1<<30, nil), nil) {
		break
	}
	for i := 0; runtime.NumGoroutine() > before+10; i++ {
		if i > 2000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestMatchAllReadsNoFurtherThanItsWindow(t *testing.T) {
	c, _ := start(t, nil)
	const batch, streams, window = 10, 2, 3
	read, taken := 0, 0
	input := func(yield func(*leadmatchv1.Lead, error) bool) {
		for lead, err := range leads(1000, nil) {
			read++
			if !yield(lead, err) {
				return
			}
		}
	}
	// Read after the loop only, when the reading goroutine has ended.
	for range c.MatchAll(t.Context(), input, &client.MatchAllOptions{BatchSize: batch, Streams: streams, Window: window}) {
		if taken++; taken == 1 {
			time.Sleep(100 * time.Millisecond) // time to run ahead
			break
		}
	}
	if most := batch * (streams*window + 3); read > most {
		t.Errorf("read %d leads ahead, want at most %d", read, most)
	}
}

func TestMatchAllOptionsAreChecked(t *testing.T) {
	c, _ := start(t, nil)
	f := func(opts client.MatchAllOptions, want string) {
		t.Helper()
		for _, err := range c.MatchAll(t.Context(), leads(1, nil), &opts) {
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
	f(client.MatchAllOptions{BatchSize: 1001}, "BatchSize: expected 1 to 1000, not 1001")
	f(client.MatchAllOptions{Streams: -1}, "Streams: expected 1 to 64, not -1")
	f(client.MatchAllOptions{Window: 100}, "Window: expected 1 to 64, not 100")
}

func BenchmarkMatchAll(b *testing.B) {
	c, _ := start(b, nil)
	const n = 20_000
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range c.MatchAll(b.Context(), leads(n, nil), nil) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/lead")
}

// A context that ends when everything is decided takes nothing away.
func TestMatchAllAfterTheLastAnswer(t *testing.T) {
	for range 20 {
		c, s := start(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for r, err := range c.MatchAll(ctx, leads(600, nil), nil) {
			if r == nil {
				if err == nil {
					t.Fatal("neither a result nor an error")
				}
				break
			}
			if n++; n == 1 {
				for s.count() < 5 {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(5 * time.Millisecond)
				cancel()
			}
		}
		cancel()
	}
}
