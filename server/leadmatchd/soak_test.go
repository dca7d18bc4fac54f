//go:build soak

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The test in this file is that of "make soak". It reads a process's files and threads from /proc, which is Linux's.

var (
	soakTime     = flag.Duration("soak.time", time.Hour, "how long TestSoak goes on")
	soakAccounts = flag.Int("soak.accounts", 20_000, "accounts of TestSoak, about")
	soakPause    = flag.Duration("soak.pause", 5*time.Millisecond, "pause of each caller between calls")
)

const soakChecks = 60 // times that TestSoak looks for leaks and drift

// soaked is a leadmatchd under mixed use.
type soaked struct {
	p      *process
	quiet  sync.RWMutex // held alone while store and index are compared
	calls  [7]atomic.Int64
	failed atomic.Pointer[error]
}

// sample is what may leak.
type sample struct {
	heap, memory   uint64 // bytes, as the server and as the kernel see it
	files, threads int
	goroutines     int
	disk           uint64
}

// TestSoak mixes matches, streams, writes, replacements, policies, overrides, backups and clients that come and go. Now
// and then everything stands still, and it is looked whether anything has grown, and whether store and index hold the
// same.
func TestSoak(t *testing.T) {
	s := &soaked{p: run(t, filepath.Join(t.TempDir(), "data"))}
	ctx, stop := context.WithTimeout(t.Context(), *soakTime)
	defer stop()
	random := rand.New(rand.NewPCG(1, 1))
	check(t, s.replace(ctx, random))
	var all sync.WaitGroup
	for i, f := range []func(context.Context, *rand.Rand) error{s.match, s.stream, s.write, s.replaceSometimes, s.administer, s.comeAndGo, s.web} {
		random := rand.New(rand.NewPCG(2, uint64(i)))
		all.Go(func() { s.repeat(ctx, &s.calls[i], func() error { return f(ctx, random) }) })
	}
	var samples []sample
	for i := range soakChecks {
		select {
		case <-time.After(*soakTime / soakChecks):
		case <-ctx.Done():
		}
		if err := s.failed.Load(); err != nil {
			t.Fatal(*err)
		}
		samples = append(samples, s.look(t))
		t.Logf("%2d: %+v", i+1, samples[i])
	}
	stop()
	all.Wait()
	t.Logf("matches %d, streams %d, writes %d, replacements %d, policies, overrides and backups %d, clients %d, HTTP %d",
		s.calls[0].Load(), s.calls[1].Load(), s.calls[2].Load(), s.calls[3].Load(), s.calls[4].Load(), s.calls[5].Load(), s.calls[6].Load())
	wantNoLeak(t, samples)
	for i := range s.calls {
		if s.calls[i].Load() == 0 {
			t.Errorf("kind %d of calls was never made", i)
		}
	}
}

// wantNoLeak compares the last quarter with the second one: the first is for caches to fill.
func wantNoLeak(t *testing.T, samples []sample) {
	t.Helper()
	quarter := len(samples) / 4
	most := func(of []sample, value func(sample) float64) (most float64) {
		for _, s := range of {
			most = max(most, value(s))
		}
		return most
	}
	f := func(what string, slack float64, value func(sample) float64) {
		t.Helper()
		early, late := most(samples[quarter:2*quarter], value), most(samples[len(samples)-quarter:], value)
		t.Logf("%s: at most %.0f in the second quarter, %.0f in the last", what, early, late)
		if early == 0 {
			t.Errorf("%s is not known", what)
		}
		if late > 1.3*early+slack {
			t.Errorf("%s has grown from %.0f to %.0f", what, early, late)
		}
	}
	low := func(of []sample) (least float64) {
		for i, s := range of {
			if mib := float64(s.heap >> 20); i == 0 || mib < least {
				least = mib
			}
		}
		return least
	}
	// The heap in use swings between what lives and twice as much, so the most of it says when the collector ran; a leak
	// raises the least.
	early, late := low(samples[quarter:2*quarter]), low(samples[len(samples)-quarter:])
	t.Logf("heap, MiB: at least %.0f in the second quarter, %.0f in the last", early, late)
	if early == 0 || late > 1.3*early+20 {
		t.Errorf("heap, MiB, has grown from %.0f to %.0f", early, late)
	}
	f("heap at most, MiB", early+20, func(s sample) float64 { return float64(s.heap >> 20) })
	f("memory, MiB", 60, func(s sample) float64 { return float64(s.memory >> 20) })
	f("files", 5, func(s sample) float64 { return float64(s.files) })
	f("threads", 5, func(s sample) float64 { return float64(s.threads) })
	f("goroutines", 20, func(s sample) float64 { return float64(s.goroutines) })
	f("disk, MiB", 100, func(s sample) float64 { return float64(s.disk >> 20) })
}

// repeat calls f until the context ends or f fails.
func (s *soaked) repeat(ctx context.Context, calls *atomic.Int64, f func() error) {
	for ctx.Err() == nil {
		s.quiet.RLock()
		err := f()
		s.quiet.RUnlock()
		switch {
		case err == nil:
			calls.Add(1)
		case err != errNotNow && ctx.Err() == nil:
			s.failed.CompareAndSwap(nil, &err)
			return
		}
		time.Sleep(*soakPause)
	}
}

// look compares store and index while nothing else goes on, and takes a sample.
func (s *soaked) look(t *testing.T) sample {
	t.Helper()
	s.quiet.Lock()
	defer s.quiet.Unlock()
	held := stored(t, s.p)
	status, err := leadmatchv1.NewAdminServiceClient(s.p.conn).GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	check(t, err)
	if status.GetAccounts() != uint64(len(held)) {
		t.Fatalf("the store holds %d accounts, the index %d", len(held), status.GetAccounts())
	}
	matches, looked := leadmatchv1.NewMatchServiceClient(s.p.conn), 0
	for id, name := range held {
		res, err := matches.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: &leadmatchv1.Lead{Company: name, Website: soakDomain(id)}})
		check(t, err)
		if c := res.GetOutcome().GetCandidates(); len(c) == 0 || c[0].GetAccountId() != id || c[0].GetAccountName() != name {
			t.Fatalf("the index has other things of %s, %q, than the store: %v", id, name, res)
		}
		if looked++; looked == 500 {
			break
		}
	}
	out := sampleOf(t, s.p.Process.Pid, status)
	out.goroutines = s.p.goroutines(t)
	return out
}

// goroutines asks the metrics.
func (p *process) goroutines(t *testing.T) (n int) {
	t.Helper()
	res, err := http.Get("http://" + p.http + "/metrics")
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "go_goroutines %d", &n); err == nil {
			return n
		}
	}
	t.Fatalf("the metrics have no goroutines: %s", text)
	return 0
}

func sampleOf(t *testing.T, pid int, status *leadmatchv1.GetStatusResponse) sample {
	t.Helper()
	out := sample{heap: status.GetHeapInUseBytes(), disk: status.GetStoreBytes()}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	check(t, err)
	out.files = len(files)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	check(t, err)
	for line := range strings.SplitSeq(string(text), "\n") {
		var n uint64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &n); err == nil {
			out.memory = n << 10
		}
		if _, err := fmt.Sscanf(line, "Threads: %d", &n); err == nil {
			out.threads = int(n)
		}
	}
	return out
}

func soakDomain(id string) string { return "soak" + id + "works.com" }

// soakSome returns accounts with new names.
func soakSome(random *rand.Rand, n int) (out []*leadmatchv1.Account) {
	seen := map[int]bool{}
	for len(out) < n {
		i := random.IntN(*soakAccounts)
		if seen[i] {
			continue
		}
		seen[i] = true
		id := fmt.Sprintf("%07d", i)
		out = append(out, &leadmatchv1.Account{
			Id: id, Name: fmt.Sprintf("Soak %s Works %d Ltd", id, random.IntN(1000)), Domains: []string{soakDomain(id)},
		})
	}
	return out
}

func soakLead(random *rand.Rand) *leadmatchv1.Lead {
	id := fmt.Sprintf("%07d", random.IntN(*soakAccounts))
	return &leadmatchv1.Lead{Company: "soak " + id + " work", Email: "jo@" + soakDomain(id)}
}

func (s *soaked) match(ctx context.Context, random *rand.Rand) error {
	_, err := leadmatchv1.NewMatchServiceClient(s.p.conn).Match(ctx, &leadmatchv1.MatchRequest{
		Lead: soakLead(random), Options: &leadmatchv1.MatchOptions{Explain: random.IntN(2) == 0},
	})
	return err
}

// stream matches some messages of leads, and sometimes leaves without a word.
func (s *soaked) stream(ctx context.Context, random *rand.Rand) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := leadmatchv1.NewMatchServiceClient(s.p.conn).StreamMatch(ctx)
	if err != nil {
		return err
	}
	for range 1 + random.IntN(5) {
		req := &leadmatchv1.StreamMatchRequest{}
		for range 50 {
			req.Leads = append(req.Leads, soakLead(random))
		}
		if err := stream.Send(req); err != nil {
			return err
		}
		if random.IntN(5) == 0 {
			return nil
		}
		if _, err := stream.Recv(); err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

func (s *soaked) write(ctx context.Context, random *rand.Rand) error {
	accounts := leadmatchv1.NewAccountServiceClient(s.p.conn)
	if random.IntN(4) == 0 {
		_, err := accounts.DeleteAccounts(ctx, &leadmatchv1.DeleteAccountsRequest{Ids: []string{soakSome(random, 1)[0].GetId()}})
		return err
	}
	_, err := accounts.UpsertAccounts(ctx, &leadmatchv1.UpsertAccountsRequest{Accounts: soakSome(random, 1+random.IntN(50))})
	return err
}

// errNotNow is a call that was not made.
var errNotNow = errors.New("not now")

func (s *soaked) replaceSometimes(ctx context.Context, random *rand.Rand) error {
	if random.IntN(1000) > 0 {
		return errNotNow
	}
	return s.replace(ctx, random)
}

func (s *soaked) replace(ctx context.Context, random *rand.Rand) error {
	stream, err := leadmatchv1.NewAccountServiceClient(s.p.conn).ReplaceAccounts(ctx)
	if err != nil {
		return err
	}
	set := soakSome(random, *soakAccounts*3/4)
	for len(set) > 0 {
		n := min(1000, len(set))
		if err := stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: set[:n]}); err != nil {
			return err
		}
		set = set[n:]
	}
	_, err = stream.CloseAndRecv()
	return err
}

// administer changes the policy and an override, and takes a backup.
func (s *soaked) administer(ctx context.Context, random *rand.Rand) error {
	admin := leadmatchv1.NewAdminServiceClient(s.p.conn)
	if _, err := admin.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{
		Policy: &leadmatchv1.Policy{RightPerWrong: float64(1 + random.IntN(100))},
	}); err != nil {
		return err
	}
	overrides := leadmatchv1.NewOverrideServiceClient(s.p.conn)
	set, err := overrides.SetOverride(ctx, &leadmatchv1.SetOverrideRequest{Override: &leadmatchv1.Override{
		Action: leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE, AccountId: soakSome(random, 1)[0].GetId(),
		Domain: fmt.Sprint("forced", random.IntN(50), ".com"),
	}})
	if err == nil && random.IntN(2) == 0 {
		_, err = overrides.DeleteOverride(ctx, &leadmatchv1.DeleteOverrideRequest{Id: set.GetOverride().GetId()})
	}
	if err != nil && status.Code(err) != codes.NotFound { // the account may not be there
		return err
	}
	stream, err := admin.Backup(ctx, &leadmatchv1.BackupRequest{})
	if err != nil {
		return err
	}
	var backup bytes.Buffer
	for {
		res, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		backup.Write(res.GetChunk())
	}
}

// comeAndGo connects, calls and leaves, sometimes in the middle of the call.
func (s *soaked) comeAndGo(ctx context.Context, random *rand.Rand) error {
	conn, err := grpc.NewClient(s.p.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	req := &leadmatchv1.BatchMatchRequest{}
	for range 100 {
		req.Leads = append(req.Leads, soakLead(random))
	}
	impatient, cancel := context.WithTimeout(ctx, time.Duration(1+random.IntN(20))*time.Millisecond)
	defer cancel()
	_, err = leadmatchv1.NewMatchServiceClient(conn).BatchMatch(impatient, req)
	switch status.Code(err) {
	case codes.OK, codes.Canceled, codes.DeadlineExceeded, codes.Unavailable: // it left before it had connected
		return nil
	}
	return err
}

// web calls by HTTP: one call, a stream, and clients that leave in the middle.
func (s *soaked) web(ctx context.Context, random *rand.Rand) error {
	lead := func() string {
		l := soakLead(random)
		return fmt.Sprintf(`{"company": %q, "email": %q}`, l.GetCompany(), l.GetEmail())
	}
	path, body := "/v1/match", `{"lead": `+lead()+`}`
	if random.IntN(2) == 0 {
		path, body = "/v1/match:stream", strings.Repeat(`{"leads": [`+lead()+`, `+lead()+`]}`+"\n", 20)
	}
	impatient := random.IntN(5) == 0
	if impatient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.p.http+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
	}
	switch {
	case impatient:
		return nil
	case err == nil && res.StatusCode != http.StatusOK:
		return errors.New(res.Status)
	}
	return err
}
