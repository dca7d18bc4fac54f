package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestBatchIsRefusedAsAWhole(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	for _, n := range []int{0, 1001} {
		_, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: make([]*leadmatchv1.Lead, n)})
		if text := violations(t, err)["leads"]; !strings.Contains(text, fmt.Sprintf("1 to 1000 a request; there are %d", n)) {
			t.Fatalf("%v", err)
		}
	}
	leads := []*leadmatchv1.Lead{acmeLead("a"), {Phone: strings.Repeat("1", 65)}}
	_, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads, Options: &leadmatchv1.MatchOptions{Limit: 51}})
	if v := violations(t, err); v["leads[1].phone"] == "" || v["options.limit"] == "" {
		t.Fatalf("%v", err)
	}
}

func TestManyWrongFieldsAreCounted(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	bad := make([]*leadmatchv1.Lead, 50)
	for i := range bad {
		bad[i] = &leadmatchv1.Lead{Phone: strings.Repeat("1", 65)}
	}
	_, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: bad})
	if n := len(violations(t, err)); n != maxViolations || !strings.Contains(err.Error(), "and 49 more") {
		t.Fatalf("%d fields are named: %v", n, err)
	}
}

// TestStream sends good and bad leads, with options that stick, and reads one answer for each message.
func TestStream(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	stream, err := r.StreamMatch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	exchange := func(req *leadmatchv1.StreamMatchRequest) []*leadmatchv1.StreamMatchResult {
		t.Helper()
		if err := stream.Send(req); err != nil {
			t.Fatal(err)
		}
		res, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return res.GetResults()
	}
	bad := &leadmatchv1.Lead{Id: "bad", Address: &leadmatchv1.Address{Postal: strings.Repeat("1", 33)}}
	got := exchange(&leadmatchv1.StreamMatchRequest{
		Leads: []*leadmatchv1.Lead{acmeLead("1"), bad, acmeLead("2")}, Options: &leadmatchv1.MatchOptions{Explain: true},
	})
	if len(got) != 3 || got[0].GetOutcome().GetLeadId() != "1" || got[2].GetOutcome().GetLeadId() != "2" ||
		got[0].GetOutcome().GetRetrieval() == nil {
		t.Fatalf("%v", got)
	}
	if e := got[1].GetError(); e.GetLeadId() != "bad" || e.GetField() != "address.postal" || !strings.Contains(e.GetDescription(), "32") {
		t.Fatalf("%v", got[1])
	}
	if got = exchange(&leadmatchv1.StreamMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("3")}}); got[0].GetOutcome().GetRetrieval() == nil {
		t.Fatalf("the options did not stick: %v", got)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Fatalf("the stream ends with %v", err)
	}
}

// TestLargeMessageOfAStream is decided by several goroutines; the answers must be in order all the same.
func TestLargeMessageOfAStream(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, numbered(200)...)
	leads := make([]*leadmatchv1.Lead, maxBatch)
	for i := range leads {
		leads[i] = &leadmatchv1.Lead{Id: fmt.Sprint(i), Company: fmt.Sprintf("Company %d Ltd", i%200)}
	}
	res, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads})
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range res.GetOutcomes() {
		if o.GetLeadId() != leads[i].GetId() || o.GetDecision() == 0 {
			t.Fatalf("outcome %d: %v", i, o)
		}
	}
}

func TestMinRevision(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxWait: 30 * time.Second})
	at := func(ctx context.Context, revision uint64) (*leadmatchv1.MatchResponse, error) {
		return r.Match(ctx, &leadmatchv1.MatchRequest{
			Lead: acmeLead("x"), Options: &leadmatchv1.MatchOptions{MinRevision: revision},
		})
	}
	if _, err := at(t.Context(), r.upsert(t, acme())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := at(ctx, 5)
	if s := wantCode(t, err, codes.FailedPrecondition); !strings.Contains(s.Message(), "4 behind") {
		t.Fatalf("%v", err)
	}
	answered := make(chan error)
	go func() {
		res, err := at(t.Context(), 2)
		if err == nil && res.GetOutcome().GetVersions().GetRevision() < 2 {
			err = fmt.Errorf("answered from %v", res.GetOutcome().GetVersions())
		}
		answered <- err
	}()
	r.upsert(t, acme())
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

// rawCodec sends bytes as they are, as a client may that checks nothing.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }
func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

var _ encoding.CodecV2 = rawCodec{}

// TestInvalidUTF8IsTheCallersFault sends what the Go client would not, by both kinds of calls.
func TestInvalidUTF8IsTheCallersFault(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	message := []byte("\x0a\x05\x12\x03a\xffb") // a MatchRequest whose lead.company is "a\xffb"
	var answer []byte
	err := r.conn.Invoke(t.Context(), leadmatchv1.MatchService_Match_FullMethodName, &message, &answer, grpc.ForceCodecV2(rawCodec{}))
	if s := wantCode(t, err, codes.InvalidArgument); !strings.Contains(s.Message(), "UTF-8") {
		t.Fatalf("%v", err)
	}
	stream, err := r.conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
		leadmatchv1.MatchService_StreamMatch_FullMethodName, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.SendMsg(&message); err != nil {
		t.Fatal(err)
	}
	wantCode(t, stream.RecvMsg(&answer), codes.InvalidArgument)
	r.match(t, nil) // the server goes on
}

func TestTooLongMessageIsRefused(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxMessageBytes: 64 << 10})
	_, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: &leadmatchv1.Lead{Company: strings.Repeat("x", 65<<10)}})
	wantCode(t, err, codes.ResourceExhausted)
}

func TestHugeAnswerIsRefused(t *testing.T) {
	outcomes := make([]*leadmatchv1.Outcome, maxBatch)
	for i := range outcomes {
		outcomes[i] = &leadmatchv1.Outcome{}
		for range maxLimit {
			outcomes[i].Candidates = append(outcomes[i].Candidates, &leadmatchv1.Candidate{AccountName: strings.Repeat("x", 512)})
		}
	}
	size := outcomesSize(outcomes, &leadmatchv1.MatchOptions{Limit: maxLimit})
	exact := proto.Size(&leadmatchv1.BatchMatchResponse{Outcomes: outcomes})
	if size < exact || size < maxAnswerBytes {
		t.Fatalf("%d bytes are taken for %d", exact, size)
	}
}

func TestOverloadIsRefusedByKind(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxBulk: 1})
	stream, err := r.StreamMatch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: []*leadmatchv1.Lead{{}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	batch := &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{{}}}
	_, err = r.BatchMatch(t.Context(), batch)
	details := wantCode(t, err, codes.ResourceExhausted).Details()
	if info, ok := details[0].(*errdetails.RetryInfo); !ok || info.GetRetryDelay().AsDuration() != retryAfter {
		t.Fatalf("%v", details)
	}
	r.match(t, nil) // live calls are counted apart
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Fatal(err)
	}
	for { // the stream's place becomes free a moment after its end
		if _, err = r.BatchMatch(t.Context(), batch); status.Code(err) != codes.ResourceExhausted {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPanicAndInternalErrorsAreHidden looks at what callers and the log get of an error that is not for callers.
func TestPanicAndInternalErrorsAreHidden(t *testing.T) {
	var log bytes.Buffer
	s := newTestServer(t, Config{DataDir: "unused"}, &log)
	defer s.grpc.Stop()
	const method = leadmatchv1.MatchService_Match_FullMethodName
	for _, call := range []func() error{
		func() error { panic("secret") },
		func() error { return errors.New("secret") },
	} {
		log.Reset()
		got := wantCode(t, s.guard(&admitted{}, method, call), codes.Internal)
		id := got.Message()[strings.LastIndexByte(got.Message(), ' ')+1:]
		if strings.Contains(got.Message(), "secret") || len(id) < 8 || !strings.Contains(log.String(), id) ||
			!strings.Contains(log.String(), "secret") {
			t.Errorf("the caller gets %q, the log %q", got.Message(), log.String())
		}
	}
}

// TestPanicOfAHelperIsTheCalls lets goroutines panic that a call has started. What they have in hand is a snapshot that is
// none.
func TestPanicOfAHelperIsTheCalls(t *testing.T) {
	s := newTestServer(t, Config{DataDir: "unused"}, io.Discard)
	defer s.grpc.Stop()
	for range 20 {
		err := s.guard(&admitted{}, leadmatchv1.MatchService_BatchMatch_FullMethodName, func() error {
			_, err := s.matchAll(t.Context(), nil, make([]*leadmatchv1.Lead, maxBatch), nil, nil)
			return err
		})
		wantCode(t, err, codes.Internal)
	}
	var failed atomic.Pointer[string]
	func() {
		defer keepPanic(&failed)
		panic("in a helper")
	}()
	if text := failed.Load(); text == nil || !strings.Contains(*text, "call_test.go") {
		t.Errorf("what is kept of a panic does not say where it was: %v", text)
	}
}

// TestBeforeTheIndexIsLoaded asks a server that listens and has not loaded yet.
func TestBeforeTheIndexIsLoaded(t *testing.T) {
	s := newTestServer(t, Config{DataDir: "unused"}, io.Discard)
	listener := bufconn.Listen(1 << 20)
	served := make(chan error)
	go func() { served <- s.grpc.Serve(listener) }()
	conn := dial(t, listener)
	defer func() {
		conn.Close()
		s.grpc.Stop()
		<-served
	}()
	h, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil || h.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Fatalf("%v, %v", h, err)
	}
	_, err = leadmatchv1.NewMatchServiceClient(conn).Match(t.Context(), &leadmatchv1.MatchRequest{})
	wantCode(t, err, codes.Unavailable)
}

// TestShutdownEndsStreams ends a server while a stream and an import wait for their callers.
func TestShutdownEndsStreams(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	match, err := r.StreamMatch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := match.Send(&leadmatchv1.StreamMatchRequest{Leads: []*leadmatchv1.Lead{{}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := match.Recv(); err != nil {
		t.Fatal(err)
	}
	imported, err := r.ImportAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := imported.Send(&leadmatchv1.ImportAccountsRequest{Accounts: numbered(3)}); err != nil {
		t.Fatal(err)
	}
	for r.server.book().store.State().GetAccounts() != 3 {
		time.Sleep(time.Millisecond)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	_, err = match.Recv()
	if s := wantCode(t, err, codes.Unavailable); !strings.Contains(s.Message(), "answered the first 1 messages") {
		t.Fatalf("%v", err)
	}
	err = imported.RecvMsg(&leadmatchv1.ImportAccountsResponse{})
	if s := wantCode(t, err, codes.Unavailable); !strings.Contains(s.Message(), "stored the first 1 messages") {
		t.Fatalf("%v", err)
	}
	r = start(t, Config{DataDir: dir})
	if ids := r.accounts(t); len(ids) != 3 {
		t.Fatalf("%v", ids)
	}
}

// TestIdleStreamsAreEnded leaves the only replacement that there can be, and an import, without a message.
func TestIdleStreamsAreEnded(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), IdleTimeout: 500 * time.Millisecond})
	silent, err := r.ReplaceAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := silent.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: numbered(3)}); err != nil {
		t.Fatal(err)
	}
	imported, err := r.ImportAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = silent.RecvMsg(&leadmatchv1.ReplaceAccountsResponse{})
	if s := wantCode(t, err, codes.Aborted); !strings.Contains(s.Message(), "discarded the first 1 messages") {
		t.Fatalf("%v", err)
	}
	err = imported.RecvMsg(&leadmatchv1.ImportAccountsResponse{})
	if s := wantCode(t, err, codes.Aborted); !strings.Contains(s.Message(), "stored the first 0 messages") {
		t.Fatalf("%v", err)
	}
	next, err := r.ReplaceAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: numbered(2)}); err != nil {
		t.Fatal(err)
	}
	if res, err := next.CloseAndRecv(); err != nil || res.GetAccounts() != 2 {
		t.Fatalf("%v, %v", res, err)
	}
}

// TestShutdownIsNotHeldUpByTheSilent ends a server to which somebody has connected without a word.
func TestShutdownIsNotHeldUpByTheSilent(t *testing.T) {
	listener := bufconn.Listen(1 << 20)
	s := newTestServer(t, Config{DataDir: t.TempDir(), MinFreeBytes: 1, ConnectionTimeout: 50 * time.Millisecond}, io.Discard)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.run(ctx, listener) }()
	silent, err := listener.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for s.opened.Load() == nil {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestShutdownIsNotHeldUpByWatchers ends a server while its health is watched.
func TestShutdownIsNotHeldUpByWatchers(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	watch, err := r.Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := watch.Recv(); err != nil || h.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("%v, %v", h, err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if h, err := watch.Recv(); err != nil || h.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Fatalf("%v, %v", h, err)
	}
}

func TestNormalize(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	res, err := r.Normalize(t.Context(), &leadmatchv1.NormalizeRequest{
		Name: "Acme Rocket Works", Domain: "https://www.acme.com/de", Email: "jo@gmail.com", Phone: "+1 415 392 0202",
		Address: &leadmatchv1.Address{Country: "US"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if res.GetName().GetStatus() != "ok" || len(res.GetName().GetReadings()[0].GetWords()) != 3 ||
		res.GetDomain().GetRegistrable() != "acme.com" || res.GetDomain().GetClass() != "business" ||
		res.GetEmailDomain().GetClass() != "free" || !res.GetPhone().GetValid() || res.GetAddress().GetCountry() != "US" ||
		res.GetNormalizer() == "" {
		t.Fatalf("%v", res)
	}
	if res, err = r.Normalize(t.Context(), &leadmatchv1.NormalizeRequest{}); err != nil || res.GetName() != nil || res.GetPhone() != nil {
		t.Fatalf("%v, %v", res, err)
	}
	_, err = r.Normalize(t.Context(), &leadmatchv1.NormalizeRequest{Name: strings.Repeat("x", 513)})
	if violations(t, err)["name"] == "" {
		t.Fatalf("%v", err)
	}
}

// TestChecksDoNotAllocate holds the hot path's own part: a good lead costs nothing to check.
func TestChecksDoNotAllocate(t *testing.T) {
	lead := acmeLead("x")
	lead.Address = &leadmatchv1.Address{City: "Oakland"}
	n := testing.AllocsPerRun(100, func() {
		var c checker
		p := root("lead")
		c.lead(&p, lead)
		if c.found != nil {
			t.Fatal("refused")
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
