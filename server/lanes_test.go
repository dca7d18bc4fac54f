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
	var busy, top, done atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for ctx.Err() == nil {
				l.enter()
				n := busy.Add(1)
				for high := top.Load(); n > high && !top.CompareAndSwap(high, n); high = top.Load() {
				}
				time.Sleep(time.Millisecond)
				busy.Add(-1)
				done.Add(1)
				l.leave()
			}
		})
	}
	highest := func(during func()) int64 {
		top.Store(0)
		during()
		return top.Load()
	}
	wait := func() { time.Sleep(100 * time.Millisecond) }
	if n := highest(wait); n != 3 {
		t.Errorf("%d worked at once, want 3", n)
	}
	l.live()
	time.Sleep(50 * time.Millisecond) // those that were working leave
	before := done.Load()
	if n := highest(func() { l.live(); wait() }); n != 2 {
		t.Errorf("%d worked at once beside live calls, want 2", n)
	}
	if done.Load() == before {
		t.Error("bulk work stood still")
	}
	time.Sleep(liveFor)
	if n := highest(wait); n != 3 {
		t.Errorf("%d worked at once when there were no more live calls, want 3", n)
	}
	cancel()
	working.Wait()
	if l.busy != 0 {
		t.Errorf("%d lanes are taken, and nobody works", l.busy)
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
