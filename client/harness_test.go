package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeServer answers every lead with an account named after its company, refuses leads of the company "bad" and
// accounts of the name "bad", and fails as a test tells it to. Any number of calls may be under way at once.
type fakeServer struct {
	leadmatchv1.UnimplementedMatchServiceServer
	leadmatchv1.UnimplementedAccountServiceServer
	leadmatchv1.UnimplementedOverrideServiceServer
	leadmatchv1.UnimplementedAdminServiceServer
	health *health.Server
	hang   func() // called before a batch of a stream is looked at

	mu       sync.Mutex // guards the rest
	fail     func() error
	streams  int
	batches  int
	largest  int // leads or accounts in a call
	now, top int // calls under way, and the most there were
	accounts map[string]*leadmatchv1.Account
}

// next says whether a call is to fail, and counts it.
func (s *fakeServer) next(size int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches++
	s.largest = max(s.largest, size)
	if s.fail == nil {
		return nil
	}
	return s.fail()
}

func (s *fakeServer) Match(_ context.Context, req *leadmatchv1.MatchRequest) (*leadmatchv1.MatchResponse, error) {
	if err := s.next(1); err != nil {
		return nil, err
	}
	return &leadmatchv1.MatchResponse{Outcome: outcome(req.GetLead())}, nil
}

func outcome(lead *leadmatchv1.Lead) *leadmatchv1.Outcome {
	return &leadmatchv1.Outcome{
		LeadId: lead.GetId(), Decision: leadmatchv1.Decision_DECISION_MATCHED, AccountId: "account of " + lead.GetCompany(),
	}
}

func (s *fakeServer) StreamMatch(stream leadmatchv1.MatchService_StreamMatchServer) error {
	s.mu.Lock()
	s.streams++
	s.mu.Unlock()
	for {
		req, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if s.hang != nil {
			s.hang()
		}
		if err := s.next(len(req.GetLeads())); errors.Is(err, errEnd) {
			return nil
		} else if err != nil {
			return err
		}
		resp := &leadmatchv1.StreamMatchResponse{}
		for _, lead := range req.GetLeads() {
			resp.Results = append(resp.Results, result(lead))
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
}

func result(lead *leadmatchv1.Lead) *leadmatchv1.StreamMatchResult {
	if lead.GetCompany() == "bad" {
		return &leadmatchv1.StreamMatchResult{Result: &leadmatchv1.StreamMatchResult_Error{Error: &leadmatchv1.LeadError{
			LeadId: lead.GetId(), Field: "company", Description: "expected a good one",
		}}}
	}
	return &leadmatchv1.StreamMatchResult{Result: &leadmatchv1.StreamMatchResult_Outcome{Outcome: outcome(lead)}}
}

func (s *fakeServer) UpsertAccounts(_ context.Context, req *leadmatchv1.UpsertAccountsRequest) (*leadmatchv1.UpsertAccountsResponse, error) {
	if err := s.next(len(req.GetAccounts())); err != nil {
		return nil, err
	}
	s.enter(1)
	defer s.enter(-1)
	time.Sleep(time.Millisecond) // so that calls meet
	if err := refuseAccounts(req.GetAccounts()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &leadmatchv1.UpsertAccountsResponse{Revision: uint64(s.batches)}
	for _, a := range req.GetAccounts() {
		if s.accounts[a.GetId()] == nil {
			resp.Created++
		} else {
			resp.Updated++
		}
		s.accounts[a.GetId()] = a
	}
	return resp, nil
}

func refuseAccounts(accounts []*leadmatchv1.Account) error {
	var bad errdetails.BadRequest
	for i, a := range accounts {
		twice := slices.ContainsFunc(accounts[:i], func(b *leadmatchv1.Account) bool { return a.GetId() == b.GetId() })
		if a.GetName() == "bad" || twice {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: fmt.Sprintf("accounts[%d].name", i), Description: "expected a good one",
			})
		}
	}
	if len(bad.FieldViolations) == 0 {
		return nil
	}
	return withDetail(codes.InvalidArgument, "bad accounts", &bad)
}

func (s *fakeServer) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += n
	s.top = max(s.top, s.now)
}

func (s *fakeServer) ReplaceAccounts(stream leadmatchv1.AccountService_ReplaceAccountsServer) error {
	set := map[string]*leadmatchv1.Account{}
	for {
		req, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := refuseAccounts(req.GetAccounts()); err != nil {
			return err
		}
		for _, a := range req.GetAccounts() {
			set[a.GetId()] = a
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = set
	return stream.SendAndClose(&leadmatchv1.ReplaceAccountsResponse{Accounts: uint64(len(set))})
}

func (s *fakeServer) ListAccounts(_ context.Context, req *leadmatchv1.ListAccountsRequest) (*leadmatchv1.ListAccountsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page []*leadmatchv1.Account
	for _, a := range s.accounts {
		if a.GetId() > req.GetPageToken() {
			page = append(page, a)
		}
	}
	slices.SortFunc(page, func(a, b *leadmatchv1.Account) int { return strings.Compare(a.GetId(), b.GetId()) })
	if len(page) <= 10 {
		return &leadmatchv1.ListAccountsResponse{Accounts: page}, nil
	}
	return &leadmatchv1.ListAccountsResponse{Accounts: page[:10], NextPageToken: page[9].GetId()}, nil
}

func (s *fakeServer) Backup(_ *leadmatchv1.BackupRequest, stream leadmatchv1.AdminService_BackupServer) error {
	for _, chunk := range []string{"one ", "two ", "three"} {
		if err := stream.Send(&leadmatchv1.BackupResponse{Chunk: []byte(chunk)}); err != nil {
			return err
		}
	}
	return s.next(0)
}

// errEnd makes StreamMatch end in good order before everything is answered, as servers do that shut down.
var errEnd = errors.New("end")

var errAway = status.Error(codes.Unavailable, "away")

// overloaded is what a server says that wants to be left alone for a while.
func overloaded(wait time.Duration) error {
	return withDetail(codes.ResourceExhausted, "overloaded", &errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
}

func withDetail(code codes.Code, message string, detail protoadapt.MessageV1) error {
	s, err := status.New(code, message).WithDetails(detail)
	if err != nil {
		panic(err)
	}
	return s.Err()
}

// times makes every call fail that is given its number, counted from 1, with the error.
func times(numbers ...int) func(err error) func() error {
	return func(err error) func() error {
		n := 0
		return func() error {
			if n++; slices.Contains(numbers, n) {
				return err
			}
			return nil
		}
	}
}

// start runs a fake server in memory and a client of it, until the test ends.
func start(t testing.TB, fail func() error) (*client.Client, *fakeServer) {
	s := newFake(fail)
	listener := bufconn.Listen(1 << 20)
	serveOn(t, s, listener)
	return dial(t, listener), s
}

func newFake(fail func() error) *fakeServer {
	return &fakeServer{fail: fail, health: health.NewServer(), accounts: map[string]*leadmatchv1.Account{}}
}

// count is how many calls and batches of streams there were.
func (s *fakeServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches
}

func serveOn(t testing.TB, s *fakeServer, listener net.Listener) {
	server := grpc.NewServer()
	leadmatchv1.RegisterMatchServiceServer(server, s)
	leadmatchv1.RegisterAccountServiceServer(server, s)
	leadmatchv1.RegisterOverrideServiceServer(server, s)
	leadmatchv1.RegisterAdminServiceServer(server, s)
	grpc_health_v1.RegisterHealthServer(server, s.health)
	go server.Serve(listener) //nolint:errcheck // ends with Stop
	t.Cleanup(server.Stop)
}

// listen runs a server on an address of this machine, which it returns.
func listen(t testing.TB, s *fakeServer) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, s, l)
	return l.Addr().String()
}

func dial(t testing.TB, listener *bufconn.Listener) *client.Client {
	t.Helper()
	return dialWith(t, listener, &client.Options{})
}

func dialWith(t testing.TB, listener *bufconn.Listener, opts *client.Options) *client.Client {
	t.Helper()
	opts.DialOptions = []grpc.DialOption{
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
	}
	c, err := client.Dial("passthrough:memory", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
