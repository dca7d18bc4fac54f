package server

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func newTestLanes(most int) *lanes {
	l := newLanes()
	l.most = most
	return l
}

// TestLanesMakeRoomForLiveCalls lets eight goroutines work on three lanes, then has live calls, then none.
func TestLanesMakeRoomForLiveCalls(t *testing.T) {
	l := newTestLanes(3)
	var busy, top atomic.Int64
	ends := make(chan struct{}) // a piece of work ends when it can receive
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for ctx.Err() == nil {
				l.enter()
				n := busy.Add(1)
				for high := top.Load(); n > high && !top.CompareAndSwap(high, n); high = top.Load() {
				}
				<-ends
				busy.Add(-1)
				l.leave()
			}
		})
	}
	work := func(pieces int) {
		for range pieces {
			ends <- struct{}{}
		}
	}
	// reach waits until so many work at once, and sees that they get something done and that there are never more.
	reach := func(what string, want int64) {
		t.Helper()
		for busy.Load() != want {
			time.Sleep(time.Millisecond)
		}
		top.Store(0)
		work(100)
		for busy.Load() != want {
			time.Sleep(time.Millisecond)
		}
		if n := top.Load(); n != want {
			t.Errorf("%s: %d worked at once, want %d", what, n, want)
		}
	}
	reach("alone", 3)
	l.lastLive.Store(time.Now().Add(time.Hour).UnixNano())
	work(1) // one leaves, for whom nobody enters
	reach("beside live calls", 2)
	l.lastLive.Store(time.Now().Add(-liveFor).UnixNano())
	work(1)
	reach("after live calls", 3)
	cancel()
	close(ends)
	working.Wait()
	if l.busy != 0 {
		t.Errorf("%d lanes are taken, and nobody works", l.busy)
	}
}

func TestLiveCallsAreExpectedForAWhile(t *testing.T) {
	l := newTestLanes(3)
	begin := time.Now()
	l.live()
	if n := l.open(); n != 2 && time.Since(begin) < liveFor {
		t.Errorf("%d lanes are open beside a live call, want 2", n)
	}
}

func TestOneLaneIsAlwaysOpen(t *testing.T) {
	l := newTestLanes(1)
	l.live()
	l.enter()
	l.leave()
}

func TestPriority(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxLive: 1, MaxBulk: 2})
	r.upsert(t, acme())
	ask := func(priority string) error {
		ctx := metadata.AppendToOutgoingContext(t.Context(), priorityHeader, priority)
		_, err := r.Match(ctx, &leadmatchv1.MatchRequest{Lead: acmeLead("l")})
		return err
	}
	// A call counts against the bound of what it is.
	for r.server.limits[live].running.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	r.server.limits[live].enter()
	defer r.server.limits[live].leave()
	wantCode(t, ask("live"), codes.ResourceExhausted)
	if err := ask("bulk"); err != nil {
		t.Errorf("bulk: %v", err)
	}
	if s := wantCode(t, ask("urgent"), codes.InvalidArgument); !strings.Contains(s.Message(), "expected live or bulk") {
		t.Errorf("got %s", s.Message())
	}
	// Bulk work stays what it is.
	for r.server.limits[bulk].running.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	for range 2 {
		r.server.limits[bulk].enter()
		defer r.server.limits[bulk].leave()
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), priorityHeader, "live")
	_, err := r.BatchMatch(ctx, &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("l")}})
	wantCode(t, err, codes.ResourceExhausted)
}
