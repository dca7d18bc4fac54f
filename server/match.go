package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
	"github.com/leadmatch/leadmatch/server/metrics"
)

// matchService is leadmatch.v1.MatchService.
type matchService struct {
	leadmatchv1.UnimplementedMatchServiceServer
	server *Server
}

// scratch is what one match needs beside its answer.
type scratch struct {
	lead    matcher.Lead
	outcome matcher.Outcome
}

// maxScratchCandidates is what a scratch may have grown to and still be kept.
const maxScratchCandidates = 2 * maxLimit

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release puts a scratch back. It must not hold on to the strings of a lead, or to the accounts of an old snapshot.
func (s *scratch) release() {
	if cap(s.outcome.Candidates) > maxScratchCandidates {
		return
	}
	s.lead = matcher.Lead{}
	scratches.Put(s)
}

func (s *matchService) Match(ctx context.Context, req *leadmatchv1.MatchRequest) (*leadmatchv1.MatchResponse, error) {
	var c checker
	p := root("lead")
	c.lead(&p, req.GetLead())
	c.options(req.GetOptions())
	if err := c.err(); err != nil {
		return nil, err
	}
	snap, err := s.server.book().snapshot(ctx, req.GetOptions().GetMinRevision())
	if err != nil {
		return nil, err
	}
	done, stop := soon(ctx)
	defer stop()
	opts := engineOptions(req.GetOptions(), done)
	scratch := scratches.Get().(*scratch)
	defer scratch.release()
	engine.SetLead(&scratch.lead, req.GetLead())
	if admittedOf(ctx).rule.kind == bulk {
		s.server.lanes.do(func() { timed(snap, scratch, opts, &s.server.counters.leads) })
	} else {
		timed(snap, scratch, opts, &s.server.counters.leads)
	}
	s.server.counters.leads.Count(&scratch.outcome)
	shadow := s.server.shadowed(snap, &scratch.lead, &scratch.outcome)
	out := engine.NewArena(1, len(scratch.outcome.Candidates), snap.Versions()).Outcome(&scratch.outcome, opts)
	if s.server.decisions != nil && !req.GetOptions().GetUnlogged() {
		s.server.decisions.AddOne("Match", req.GetLead(), out, shadow)
	}
	return &leadmatchv1.MatchResponse{Outcome: out, StaleSince: s.server.book().staleSince()}, nil
}

func engineOptions(o *leadmatchv1.MatchOptions, done <-chan struct{}) matcher.MatchOptions {
	return matcher.MatchOptions{Limit: int(o.GetLimit()), Explain: o.GetExplain(), Features: o.GetFeatures(), Reads: o.GetReads(), Done: done}
}

// tight is how close a deadline is when the search must stop before it, for the answer to arrive in time. No search
// takes as long as that, so further away it need not be thought of.
const tight = 10 * time.Millisecond

// soon returns a channel that is closed shortly before the call's deadline.
func soon(ctx context.Context) (done <-chan struct{}, stop context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx.Done(), func() {}
	}
	left := time.Until(deadline)
	if left > tight {
		return ctx.Done(), func() {}
	}
	ctx, stop = context.WithDeadline(ctx, deadline.Add(-left/4))
	return ctx.Done(), stop
}

func (s *matchService) BatchMatch(ctx context.Context, req *leadmatchv1.BatchMatchRequest) (*leadmatchv1.BatchMatchResponse, error) {
	var c checker
	c.options(req.GetOptions())
	if c.batch("leads", len(req.GetLeads()), 1) {
		for i, l := range req.GetLeads() {
			p := item("leads", i)
			c.lead(&p, l)
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	snap, err := s.server.book().snapshot(ctx, req.GetOptions().GetMinRevision())
	if err != nil {
		return nil, err
	}
	outcomes, err := s.server.matchAll(ctx, snap, req.GetLeads(), req.GetOptions(), &s.server.counters.leads)
	if err != nil {
		return nil, err
	}
	s.server.logDecisions("BatchMatch", req.GetLeads(), outcomes, req.GetOptions())
	return &leadmatchv1.BatchMatchResponse{Outcomes: outcomes, StaleSince: s.server.book().staleSince()}, nil
}

// shareLeads is how many leads a goroutine should have: fewer would not pay for starting it.
const shareLeads = 32

// yieldEvery is after how many leads bulk work lets live calls come first, where its lanes have no threads. A yield puts
// the goroutine behind all that are ready to run; a lead takes some ten microseconds.
const yieldEvery = 4

// matchAll decides leads that have been checked, at one snapshot. Other goroutines help as long as there are bulk
// workers to spare. What is decided is counted in count, unless that is nil.
func (s *Server) matchAll(ctx context.Context, snap *matcher.Snapshot, leads []*leadmatchv1.Lead,
	opts *leadmatchv1.MatchOptions, count *metrics.Leads,
) ([]*leadmatchv1.Outcome, error) {
	out := make([]*leadmatchv1.Outcome, len(leads))
	shares := 1
	for want := len(leads) / shareLeads; shares < want && s.helpers.TryAcquire(1); {
		shares++
	}
	defer s.helpers.Release(int64(shares - 1))
	var helping sync.WaitGroup
	var failed atomic.Pointer[string]
	for i := 1; i < shares; i++ {
		from, to := i*len(leads)/shares, (i+1)*len(leads)/shares
		helping.Go(func() {
			defer keepPanic(&failed)
			s.matchShare(ctx, snap, out[from:to], leads[from:to], opts, count)
		})
	}
	s.matchShare(ctx, snap, out[:len(leads)/shares], leads, opts, count)
	helping.Wait()
	if text := failed.Load(); text != nil {
		panic(*text)
	}
	if err := ctx.Err(); err != nil {
		return nil, err // what was decided may have been cut by it
	}
	if size := outcomesSize(out, opts); size > maxAnswerBytes {
		return nil, invalid("leads", "the answer would have %d bytes, at most %d are sent; send fewer leads at once, "+
			"or ask for fewer candidates or for no explanation", size, maxAnswerBytes)
	}
	return out, nil
}

// matchShare decides as many of the leads as out has room for.
func (s *Server) matchShare(ctx context.Context, snap *matcher.Snapshot, out []*leadmatchv1.Outcome,
	leads []*leadmatchv1.Lead, o *leadmatchv1.MatchOptions, count *metrics.Leads,
) {
	opts := engineOptions(o, ctx.Done())
	candidates := opts.Limit
	if candidates == 0 {
		candidates = engine.SlabCandidates
	}
	arena := engine.NewArena(len(out), candidates, snap.Versions())
	scratch := scratches.Get().(*scratch)
	defer scratch.release()
	for from := 0; from < len(out) && ctx.Err() == nil; from += laneLeads {
		s.lanes.do(func() {
			for i := from; i < min(from+laneLeads, len(out)); i++ {
				if i%yieldEvery == 0 {
					s.lanes.yield()
				}
				engine.SetLead(&scratch.lead, leads[i])
				if i%timedEvery == 0 && count != nil {
					timed(snap, scratch, opts, count)
				} else {
					snap.Match(&scratch.outcome, &scratch.lead, opts)
				}
				count.Count(&scratch.outcome)
				out[i] = arena.Outcome(&scratch.outcome, opts)
			}
		})
	}
}

// timedEvery is how many leads of a bulk call there are for one whose time is taken: the clock would cost as much as all
// else that is counted.
const timedEvery = 8

// timed decides a lead and takes the time.
func timed(snap *matcher.Snapshot, scratch *scratch, opts matcher.MatchOptions, count *metrics.Leads) {
	begin := time.Now()
	snap.Match(&scratch.outcome, &scratch.lead, opts)
	count.Time(&scratch.lead, &scratch.outcome, time.Since(begin))
}

// anyTime lets a stream of leads wait for the next ones: a caller may keep one open and send leads as they come in.
const anyTime = 0

// StreamMatch reads one message ahead, no more: who does not read the answers is not read from either.
func (s *matchService) StreamMatch(stream grpc.BidiStreamingServer[leadmatchv1.StreamMatchRequest, leadmatchv1.StreamMatchResponse]) error {
	requests := receive(stream.Context(), stream.Recv, anyTime)
	opts := &leadmatchv1.MatchOptions{}
	for answered := 0; ; answered++ {
		req, err := requests.next(s.server.draining)
		if err != nil || req == nil {
			return endOf(err, "answered", answered)
		}
		if req.GetOptions() != nil {
			opts = req.GetOptions()
		}
		res, err := s.answer(stream.Context(), req.GetLeads(), opts)
		if err != nil {
			return err
		}
		if err := stream.Send(res); err != nil {
			return err
		}
	}
}

// answer decides the leads of one message of a stream.
func (s *matchService) answer(ctx context.Context, leads []*leadmatchv1.Lead, opts *leadmatchv1.MatchOptions) (*leadmatchv1.StreamMatchResponse, error) {
	m, err := s.server.sift(ctx, leads, opts)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.server.matchAll(ctx, m.snap, m.good, opts, &s.server.counters.leads)
	if err != nil {
		return nil, err
	}
	s.server.logDecisions("StreamMatch", m.good, outcomes, opts)
	return &leadmatchv1.StreamMatchResponse{StaleSince: s.server.book().staleSince(), Results: results(m,
		func(wrong *leadmatchv1.LeadError) *leadmatchv1.StreamMatchResult {
			return &leadmatchv1.StreamMatchResult{Result: &leadmatchv1.StreamMatchResult_Error{Error: wrong}}
		},
		func(good int) *leadmatchv1.StreamMatchResult {
			return &leadmatchv1.StreamMatchResult{Result: &leadmatchv1.StreamMatchResult_Outcome{Outcome: outcomes[good]}}
		})}, nil
}
