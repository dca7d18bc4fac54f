package load

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server"
)

const accounts = 300

// realPlan is a short load on a server with some accounts.
func realPlan(t *testing.T, mode Mode) *Plan {
	t.Helper()
	addr, stop, err := local.Here(server.Config{DataDir: t.TempDir(), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	p := planFor(t, mode, addr)
	var all []*leadmatchv1.Account
	for a := range corpus.New(1, accounts).Accounts() {
		all = append(all, &leadmatchv1.Account{Id: a.ID, Name: a.Name, Domains: a.Domains})
	}
	if _, err := p.Clients[0].UpsertAccounts(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return p
}

func planFor(t *testing.T, mode Mode, addr string) *Plan {
	t.Helper()
	mixed, err := Usual.Of(1, corpus.New(1, accounts).Leads(250), 250)
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{
		Mode: mode, Leads: Wire(mixed), Batch: 20, InFlight: 8, Streams: 2,
		WarmUp: 50 * time.Millisecond, Duration: 300 * time.Millisecond, Timeout: 5 * time.Second,
	}
	if mode == Unary {
		p.Batch = 1
	}
	for range 2 {
		c, err := client.Dial(addr, &client.Options{Once: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		p.Clients = append(p.Clients, c)
	}
	return p
}

func mustRun(t *testing.T, ctx context.Context, p *Plan) *Result {
	t.Helper()
	r, err := Run(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClosedLoop(t *testing.T) {
	for _, mode := range []Mode{Unary, Batch, Stream} {
		r := mustRun(t, t.Context(), realPlan(t, mode))
		if r.Leads < 20 || r.Matched == 0 || r.Matched >= r.Leads || len(r.Failures) > 0 || r.Unsent > 0 || r.Late != nil {
			t.Errorf("%s: %+v", mode, r)
		}
		if l := r.Latency; l.Count != r.Messages || l.P50 <= 0 || l.P50 > l.P99 || l.P99 > l.Max || l.Max > 5*time.Second {
			t.Errorf("%s: latency is %+v of %d messages", mode, l, r.Messages)
		}
	}
}

func TestOpenLoopSendsAsManyAsAreDue(t *testing.T) {
	for _, mode := range []Mode{Unary, Batch, Stream} {
		p := realPlan(t, mode)
		p.Rate = 100 * float64(p.Batch)
		r := mustRun(t, t.Context(), p)
		if due := r.Messages + r.Unsent; due < 29 || due > 31 || r.Late == nil || len(r.Failures) > 0 {
			t.Errorf("%s: %d messages were due, want 30: %+v", mode, due, r)
		}
	}
}

func TestWritesAreVisible(t *testing.T) {
	p := realPlan(t, Unary)
	p.Rate = 50
	p.Writes = &Writes{Rate: 2000, Batch: 10, InFlight: 2, Accounts: 100, Seed: 1}
	r := mustRun(t, t.Context(), p)
	if w := r.Writes; w.Accounts == 0 || w.Checked == 0 || w.NotVisible > 0 || w.Latency.P50 <= 0 || len(w.Failures)+len(w.Unchecked) > 0 {
		t.Errorf("%+v", w)
	}
	count := func() uint64 {
		s, err := p.Clients[0].Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.GetAccounts()
	}
	added := min(uint64(p.Writes.next.Load()), 100)
	if n := count(); n != accounts+added {
		t.Errorf("there are %d accounts, want %d more than %d", n, added, accounts)
	}
	if err := p.Writes.Remove(t.Context(), p.Clients[0]); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != accounts {
		t.Errorf("%d accounts are left, want %d", n, accounts)
	}
}

// fake is a server that answers as a test says.
type fake struct {
	leadmatchv1.UnimplementedMatchServiceServer
	leadmatchv1.UnimplementedAccountServiceServer
	answer func(n int) error // what becomes of the nth call

	mu    sync.Mutex // guards calls
	calls int
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	return f.calls
}

func (f *fake) Match(context.Context, *leadmatchv1.MatchRequest) (*leadmatchv1.MatchResponse, error) {
	return &leadmatchv1.MatchResponse{Outcome: &leadmatchv1.Outcome{}}, f.answer(f.count())
}

func (f *fake) StreamMatch(s leadmatchv1.MatchService_StreamMatchServer) error {
	for {
		req, err := s.Recv()
		if err != nil {
			return nil
		}
		if err := f.answer(f.count()); err != nil {
			return err
		}
		res := &leadmatchv1.StreamMatchResponse{}
		for range req.GetLeads() {
			res.Results = append(res.Results, &leadmatchv1.StreamMatchResult{Result: &leadmatchv1.StreamMatchResult_Error{
				Error: &leadmatchv1.LeadError{},
			}})
		}
		if err := s.Send(res); err != nil {
			return err
		}
	}
}

func (f *fake) UpsertAccounts(context.Context, *leadmatchv1.UpsertAccountsRequest) (*leadmatchv1.UpsertAccountsResponse, error) {
	return &leadmatchv1.UpsertAccountsResponse{Revision: 7}, nil
}

func fakePlan(t *testing.T, mode Mode, answer func(n int) error) (*Plan, *fake) {
	t.Helper()
	f := &fake{answer: answer}
	s := grpc.NewServer()
	leadmatchv1.RegisterMatchServiceServer(s, f)
	leadmatchv1.RegisterAccountServiceServer(s, f)
	healthv1.RegisterHealthServer(s, health.NewServer())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(listener) //nolint:errcheck // ends with Stop
	t.Cleanup(s.Stop)
	return planFor(t, mode, listener.Addr().String()), f
}

// TestNothingIsOmitted is what an open loop is for: one call that hangs on the only place delays all that are due meanwhile,
// and each of these counts with its delay.
func TestNothingIsOmitted(t *testing.T) {
	const hang = 200 * time.Millisecond
	for _, mode := range []Mode{Unary, Stream} {
		p, _ := fakePlan(t, mode, func(n int) error {
			if n == 10 {
				time.Sleep(hang)
			}
			return nil
		})
		p.WarmUp, p.InFlight, p.Streams, p.Batch, p.Rate = 0, 1, 1, 1, 200 // one every 5 ms, for 300 ms
		r := mustRun(t, t.Context(), p)
		if n := r.Messages + r.Unsent; n != 60 {
			t.Errorf("%s: %d messages, want 60", mode, n)
		}
		if r.Latency.P50 < hang/8 || r.Latency.Max < hang || r.Late.Max < hang/2 {
			t.Errorf("%s: half of the messages took up to %v, want about a third of %v: %+v", mode, r.Latency.P50, hang, r.Latency)
		}
	}
}

func TestUnsentMessagesCount(t *testing.T) {
	p, _ := fakePlan(t, Unary, func(int) error { time.Sleep(50 * time.Millisecond); return nil })
	p.WarmUp, p.InFlight, p.Rate = 0, 1, 1000 // of 300 in 300 ms, 6 or so can be sent
	r := mustRun(t, t.Context(), p)
	if r.Messages+r.Unsent < 299 || r.Messages > 10 || r.Latency.Count != r.Messages+r.Unsent || r.Latency.P50 < 100*time.Millisecond {
		t.Errorf("%d messages were answered and %d not sent; latency %+v", r.Messages, r.Unsent, r.Latency)
	}
}

func refusal(delay time.Duration) error {
	s, err := status.New(codes.ResourceExhausted, "too much").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(delay)})
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func TestRefusalsAreCountedByCode(t *testing.T) {
	for _, mode := range []Mode{Unary, Stream} {
		p, f := fakePlan(t, mode, func(n int) error {
			if n%2 == 0 {
				return refusal(100 * time.Millisecond)
			}
			return nil
		})
		p.WarmUp, p.InFlight, p.Streams = 0, 1, 1
		r := mustRun(t, t.Context(), p)
		if len(r.Failures) != 1 || r.Failures[0].Code != "ResourceExhausted" || r.Failures[0].Message != "too much" || r.Failed() > 4 {
			t.Errorf("%s: in a closed loop that waits as long as it is told, failures are %+v", mode, r.Failures)
		}
		if mode == Stream {
			if r.Refused != r.Messages*p.Batch || r.Leads != 0 {
				t.Errorf("of %d messages %d leads were refused, want all", r.Messages, r.Refused)
			}
			continue
		}
		p.Rate, f.calls = 200, 0
		if r := mustRun(t, t.Context(), p); r.Failed() < 5 {
			t.Errorf("in an open loop, which waits for nobody, %d calls were refused of %d", r.Failed(), f.calls)
		}
	}
}

func TestLateAnswersOfAStream(t *testing.T) {
	p, _ := fakePlan(t, Stream, func(n int) error {
		if n == 3 {
			time.Sleep(500 * time.Millisecond)
		}
		return nil
	})
	p.WarmUp, p.InFlight, p.Streams, p.Timeout = 0, 1, 1, 200*time.Millisecond
	r := mustRun(t, t.Context(), p)
	if len(r.Failures) != 1 || r.Failures[0].Code != "NoAnswer" || r.Failures[0].Leads != p.Batch || r.Messages < 2 {
		t.Errorf("%+v", r)
	}
}

func TestInvisibleWritesAreSeen(t *testing.T) {
	p, _ := fakePlan(t, Unary, func(int) error { return nil })
	p.Writes = &Writes{Rate: 100, Batch: 1, InFlight: 1, Accounts: 10}
	w := mustRun(t, t.Context(), p).Writes
	if w.Checked == 0 || w.NotVisible != w.Checked || !strings.Contains(w.Missing, "leadbench-0, written at revision 7") {
		t.Errorf("%+v", w)
	}
}

func TestInterruptedRunTellsWhatItHas(t *testing.T) {
	const enough = 30 // calls
	ctx, cancel := context.WithCancel(t.Context())
	p, f := fakePlan(t, Unary, func(n int) error {
		if n == enough {
			cancel()
		}
		return nil
	})
	p.WarmUp, p.Duration, p.Rate = 0, time.Hour, 100
	r := mustRun(t, ctx, p)
	if r.Messages != f.calls || r.Messages < enough || len(r.Failures) > 0 || r.Seconds <= 0 || r.Seconds >= p.Duration.Seconds() {
		t.Errorf("of %d calls: %+v", f.calls, r)
	}
}

func TestPlansThatMakeNoSense(t *testing.T) {
	f := func(want string, change func(*Plan)) {
		t.Helper()
		p, _ := fakePlan(t, Stream, nil)
		change(p)
		if _, err := Run(t.Context(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	f("no client", func(p *Plan) { p.Clients = nil })
	f("no lead", func(p *Plan) { p.Leads = nil })
	f("the mode", func(p *Plan) { p.Mode = "bulk" })
	f("1 with unary", func(p *Plan) { p.Mode = Unary })
	f("0 messages", func(p *Plan) { p.InFlight = 0 })
	f("9 streams", func(p *Plan) { p.Streams = 9 })
	f("above 0", func(p *Plan) { p.Duration = 0 })
	f("rate is -1", func(p *Plan) { p.Rate = -1 })
	f("accounts a write", func(p *Plan) { p.Writes = &Writes{} })
	f("writes in flight", func(p *Plan) { p.Writes = &Writes{Batch: 1} })
	f("expected 800 or more", func(p *Plan) { p.Writes = &Writes{Batch: 100, InFlight: 2, Accounts: 700} })
	f("rate of writes", func(p *Plan) { p.Writes = &Writes{Batch: 1, InFlight: 1, Accounts: 4, Rate: -1} })
}
