package server

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// shareProcessors shares them until the test ends, also where a program would not.
func shareProcessors(t *testing.T) {
	t.Helper()
	was := runtime.GOMAXPROCS(2 * runtime.NumCPU())
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
}

func newTestThreads(t *testing.T) *lanes {
	t.Helper()
	shareProcessors(t)
	l := newLanes()
	l.openThreads(slog.New(slog.DiscardHandler))
	if l.threads == nil || l.most != runtime.NumCPU() {
		t.Fatalf("%d lanes, want a thread for each of %d processors", l.most, runtime.NumCPU())
	}
	return l
}

func TestEachProcessorHasAThread(t *testing.T) {
	l := newTestThreads(t)
	defer l.closeThreads()
	l.live() // for whom no lane is left free
	var working, all sync.WaitGroup
	working.Add(l.most)
	var extra atomic.Int64
	for range 3 * l.most {
		all.Go(func() {
			l.do(func() {
				if extra.Add(1) <= int64(l.most) {
					working.Done()
					working.Wait() // until each lane has work
				}
			})
		})
	}
	all.Wait()
	if n := extra.Load(); n != int64(3*l.most) {
		t.Errorf("%d pieces of work were done, want %d", n, 3*l.most)
	}
}

func TestPanicOnAThreadIsTheCallers(t *testing.T) {
	l := newTestThreads(t)
	defer l.closeThreads()
	defer func() {
		if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "no such lead") || !strings.Contains(text, "threads_test.go") {
			t.Errorf("got %s", text)
		}
	}()
	l.do(func() { panic("no such lead") })
}

func TestWorkIsDoneWhenThreadsHaveEnded(t *testing.T) {
	l := newTestThreads(t)
	l.closeThreads()
	for range 100 {
		done := false
		if l.do(func() { done = true }); !done {
			t.Fatal("it was not")
		}
	}
}

// TestThreadsDecideTheSame asks for the same leads one by one, as bulk work and at once.
func TestThreadsDecideTheSame(t *testing.T) {
	shareProcessors(t)
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	var leads []*leadmatchv1.Lead
	for i := range 3*laneLeads + 1 {
		leads = append(leads, acmeLead(fmt.Sprint(i)))
	}
	batch, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads})
	if err != nil || len(batch.GetOutcomes()) != len(leads) {
		t.Fatalf("%d outcomes, %v", len(batch.GetOutcomes()), err)
	}
	asBulk := metadata.AppendToOutgoingContext(t.Context(), priorityHeader, "bulk")
	for i, lead := range leads {
		want, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: lead})
		if err != nil {
			t.Fatal(err)
		}
		one, err := r.Match(asBulk, &leadmatchv1.MatchRequest{Lead: lead})
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(one.GetOutcome(), want.GetOutcome()) || !proto.Equal(batch.GetOutcomes()[i], want.GetOutcome()) {
			t.Fatalf("got %v as bulk work, %v at once, want %v", one, batch.GetOutcomes()[i], want)
		}
	}
}
