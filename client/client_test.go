package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestMatchIsRepeatedWhileTheServerIsAway(t *testing.T) {
	c, s := start(t, times(1, 2)(errAway))
	o, err := c.Match(t.Context(), &leadmatchv1.Lead{Id: "l1", Company: "Acme"}, nil)
	if err != nil || o.GetAccountId() != "account of Acme" {
		t.Errorf("got %v and %v", o, err)
	}
	if s.batches != 3 {
		t.Errorf("the server was asked %d times, want 3", s.batches)
	}
}

func TestRetryInfoIsObeyed(t *testing.T) {
	c, s := start(t, times(1, 2)(overloaded(50*time.Millisecond)))
	begin := time.Now()
	if _, err := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took < 100*time.Millisecond || s.batches != 3 {
		t.Errorf("asked %d times in %v, want 3 times in 100 ms or more", s.batches, took)
	}
}

func TestCallsAreMadeOnce(t *testing.T) {
	for _, err := range []error{overloaded(time.Millisecond), errAway} {
		s, listener := newFake(times(1)(err)), bufconn.Listen(1<<20)
		serveOn(t, s, listener)
		c := dialWith(t, listener, &client.Options{Once: true})
		if _, got := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil); status.Code(got) != status.Code(err) || s.count() != 1 {
			t.Errorf("asked %d times and got %v, want %v at once", s.count(), got, err)
		}
		var res leadmatchv1.MatchResponse
		req := &leadmatchv1.MatchRequest{Lead: &leadmatchv1.Lead{Company: "Acme"}}
		if err := c.Conn().Invoke(t.Context(), leadmatchv1.MatchService_Match_FullMethodName, req, &res); err != nil ||
			res.GetOutcome().GetAccountId() != "account of Acme" {
			t.Errorf("got %v, %v over the connection", &res, err)
		}
	}
}

func TestRetryInfoBeyondTheDeadline(t *testing.T) {
	c, s := start(t, times(1)(overloaded(time.Hour)))
	_, err := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil)
	if status.Code(err) != codes.ResourceExhausted || s.batches != 1 {
		t.Errorf("asked %d times and got %v, want RESOURCE_EXHAUSTED at once", s.batches, err)
	}
	if delay, ok := client.RetryAfter(err); !ok || delay != time.Hour {
		t.Errorf("retry after %v, %v", delay, ok)
	}
}

func TestCallsHaveADeadline(t *testing.T) {
	c, s := start(t, nil)
	s.mu.Lock() // the server hangs
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Match(ctx, &leadmatchv1.Lead{Company: "Acme"}, nil); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
}

func TestWaitReady(t *testing.T) {
	c, s := start(t, nil)
	s.health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.WaitReady(ctx); err == nil || !strings.Contains(err.Error(), "NOT_SERVING") {
		t.Errorf("not serving: got %v", err)
	}
	s.health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_SERVING)
	if err := c.WaitReady(t.Context()); err != nil {
		t.Errorf("serving: got %v", err)
	}
}

func TestWaitReadyWithoutAServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens there now
	c, err := client.Dial(l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.WaitReady(ctx); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestDialRefusesAnAddressThatMakesNoSense(t *testing.T) {
	for _, addr := range []string{",", "a\x00b"} {
		if _, err := client.Dial(addr, nil); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: got %v", addr, err)
		}
	}
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	c, _ := start(t, nil)
	lead := &leadmatchv1.Lead{Company: "M\xfcller"}
	o, err := c.Match(t.Context(), lead, nil)
	if err != nil || o.GetAccountId() != "account of M\uFFFDller" {
		t.Errorf("got %v and %v", o, err)
	}
	if lead.GetCompany() != "M\xfcller" {
		t.Error("the caller's lead was changed")
	}
}

func TestMend(t *testing.T) {
	a := &leadmatchv1.Account{
		Id: "ok", Name: "\xff", Aliases: []string{"ok", "\xff"}, Addresses: []*leadmatchv1.Address{{}, {City: "K\xf6ln"}},
		Labels: map[string]string{"\xfe": "ok", "k": "\xff"}, Numbers: map[string]float64{"\xff": 1},
	}
	mended, fields := client.Mend(a)
	want := []string{"addresses[1].city", "aliases[1]", "labels.k", "labels.\uFFFD", "name", "numbers.\uFFFD"}
	if !reflect.DeepEqual(fields, want) {
		t.Errorf("fields %q, want %q", fields, want)
	}
	if mended.GetName() != "\uFFFD" || mended.GetAliases()[1] != "\uFFFD" || mended.GetAddresses()[1].GetCity() != "K\uFFFDln" ||
		!reflect.DeepEqual(mended.GetLabels(), map[string]string{"\uFFFD": "ok", "k": "\uFFFD"}) || mended.GetNumbers()["\uFFFD"] != 1 {
		t.Errorf("got %v", mended)
	}
	if a.GetName() != "\xff" {
		t.Error("the caller's account was changed")
	}
	if same, fields := client.Mend(mended); same != mended || fields != nil {
		t.Errorf("a good account was mended: %v", fields)
	}
	var none *leadmatchv1.Lead
	if same, fields := client.Mend(none); same != nil || fields != nil {
		t.Errorf("nil became %v", same)
	}
}

func TestAccountsArePaged(t *testing.T) {
	c, s := start(t, nil)
	for i := range 25 {
		id := fmt.Sprintf("a%02d", i)
		s.accounts[id] = &leadmatchv1.Account{Id: id}
	}
	var ids []string
	for a, err := range c.Accounts(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.GetId())
	}
	if len(ids) != 25 || ids[24] != "a24" {
		t.Errorf("got %v", ids)
	}
	for range c.Accounts(t.Context()) {
		break // an early end is no error
	}
	for _, err := range c.Overrides(t.Context()) {
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("got %v", err)
		}
	}
}

func TestReplaceAccounts(t *testing.T) {
	c, s := start(t, nil)
	s.accounts["old"] = &leadmatchv1.Account{Id: "old"}
	resp, err := c.ReplaceAccounts(t.Context(), accounts(1234, nil))
	if err != nil || resp.GetAccounts() != 1234 || s.accounts["old"] != nil {
		t.Errorf("got %v and %v", resp, err)
	}
	if _, err = c.ReplaceAccounts(t.Context(), accounts(1234, errInput)); !errors.Is(err, errInput) || len(s.accounts) != 1234 {
		t.Errorf("broken input: got %v, and %d accounts", err, len(s.accounts))
	}
	_, err = c.ReplaceAccounts(t.Context(), func(yield func(*leadmatchv1.Account, error) bool) {
		for range 100_000 {
			if !yield(&leadmatchv1.Account{Id: "x", Name: "bad"}, nil) {
				return
			}
		}
	})
	if len(client.Problems(err)) == 0 || len(s.accounts) != 1234 {
		t.Errorf("bad input: got %v, and %d accounts", err, len(s.accounts))
	}
}

func TestBackup(t *testing.T) {
	c, _ := start(t, times(2)(errAway))
	var b strings.Builder
	if err := c.Backup(t.Context(), &b); err != nil || b.String() != "one two three" {
		t.Errorf("got %q and %v", b.String(), err)
	}
	if err := c.Backup(t.Context(), &b); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
}

var errInput = errors.New("broken input")

// accounts yields n accounts and then, if there is one, the error.
func accounts(n int, last error) iter.Seq2[*leadmatchv1.Account, error] {
	return func(yield func(*leadmatchv1.Account, error) bool) {
		for i := range n {
			if !yield(&leadmatchv1.Account{Id: fmt.Sprintf("a%d", i), Name: fmt.Sprintf("Name %d", i)}, nil) {
				return
			}
		}
		if last != nil {
			yield(nil, last)
		}
	}
}

// Two servers, one of which stops serving: nobody notices.
func TestReplicas(t *testing.T) {
	var servers []*fakeServer
	var addrs []string
	for range 2 {
		s := newFake(nil)
		servers, addrs = append(servers, s), append(addrs, listen(t, s))
	}
	c, err := client.Dial(strings.Join(addrs, ", "), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	match := func(n int) {
		t.Helper()
		for range n {
			if _, err := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := 0; servers[0].count() == 0 || servers[1].count() == 0; i++ {
		if match(10); i > 100 {
			t.Fatalf("%d and %d calls: not round robin", servers[0].count(), servers[1].count())
		}
	}
	servers[0].health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	for i := 0; ; i++ {
		before := servers[0].count()
		if match(20); servers[0].count() == before {
			break
		}
		if time.Sleep(10 * time.Millisecond); i > 2000 {
			t.Fatal("a server that is not serving is asked all the same")
		}
	}
}

// Of two servers, the one that hangs delays no call by more than Hedge.
func TestHedge(t *testing.T) {
	hangs, well := newFake(nil), newFake(nil)
	c, err := client.Dial(listen(t, hangs)+","+listen(t, well), &client.Options{Hedge: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := 0; hangs.count() == 0 || well.count() == 0; i++ { // until both are connected
		if _, err := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil); err != nil || i > 1000 {
			t.Fatal(i, err)
		}
	}
	hangs.mu.Lock()
	defer hangs.mu.Unlock()
	before := well.count()
	for range 10 {
		if o, err := c.Match(t.Context(), &leadmatchv1.Lead{Company: "Acme"}, nil); err != nil || o.GetAccountId() != "account of Acme" {
			t.Errorf("got %v and %v", o, err)
		}
	}
	if got := well.count() - before; got < 10 {
		t.Errorf("the server that is well answered %d calls, want 10", got)
	}
}
