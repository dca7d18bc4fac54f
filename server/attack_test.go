package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// attacker speaks HTTP/2 by itself, and as badly as it likes. It reads all frames, and opens no window for answers.
type attacker struct {
	net.Conn
	frames   *http2.Framer
	statuses chan string   // of gRPC, of calls that have ended
	ended    chan struct{} // closed when the server has closed the connection
	goAway   http2.ErrCode // why; after ended
	next     uint32        // stream
}

func attack(t *testing.T, r *running) *attacker {
	t.Helper()
	conn, err := r.listener.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := &attacker{
		Conn: conn, frames: http2.NewFramer(conn, conn), statuses: make(chan string, 100_000), ended: make(chan struct{}), next: 1,
	}
	t.Cleanup(func() {
		a.Close()
		<-a.ended
	})
	go a.read()
	// Errors are of connections that are refused, which the reader notices, too.
	_, _ = io.WriteString(conn, http2.ClientPreface)
	_ = a.frames.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	return a
}

func (a *attacker) read() {
	defer close(a.ended)
	decoder := hpack.NewDecoder(4096, nil)
	for {
		frame, err := a.frames.ReadFrame()
		if err != nil {
			return
		}
		switch f := frame.(type) {
		case *http2.HeadersFrame:
			fields, err := decoder.DecodeFull(f.HeaderBlockFragment())
			if err != nil {
				return
			}
			for _, field := range fields {
				if field.Name == "grpc-status" {
					a.statuses <- field.Value
				}
			}
		case *http2.GoAwayFrame:
			a.goAway = f.ErrCode
		}
	}
}

// begin begins a call and returns its stream.
func (a *attacker) begin(method string) (stream uint32, err error) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "POST"},
		{":scheme", "http"},
		{":path", method},
		{":authority", "x"},
		{"content-type", "application/grpc"},
		{"te", "trailers"},
	} {
		if err := encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true}); err != nil {
			return 0, err
		}
	}
	stream = a.next
	a.next += 2
	return stream, a.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
}

// prefixed is a message as gRPC frames it.
func prefixed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// call makes a whole call.
func (a *attacker) call(method string, message []byte) error {
	stream, err := a.begin(method)
	if err != nil {
		return err
	}
	return a.frames.WriteData(stream, true, prefixed(message))
}

// wait waits until the server closes the connection.
func (a *attacker) wait(t *testing.T) {
	t.Helper()
	select {
	case <-a.ended:
	case <-time.After(time.Minute):
		t.Fatal("the server keeps the connection")
	}
}

func (a *attacker) wantStatus(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-a.statuses:
		if got != want {
			t.Fatalf("status %s, want %s", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatal("no answer")
	}
}

// big is an account that takes more than 20 KB in an answer.
func big() *leadmatchv1.Account {
	a := acme()
	a.Name, a.Aliases = strings.Repeat("x", maxName), nil
	for i := range 40 {
		a.Aliases = append(a.Aliases, strings.Repeat("x", maxName-i-1))
	}
	return a
}

// bigAnswer is the least that an answer with big takes, in bytes.
const bigAnswer = 20_000

// list asks for pages of accounts, none of which it will read, and waits until the server has made them, refused one,
// or closed the connection.
func (a *attacker) list(t *testing.T, r *running, calls int) {
	t.Helper()
	before := r.unread(t)
	for range calls {
		if err := a.call(leadmatchv1.AccountService_ListAccounts_FullMethodName, nil); err != nil {
			t.Fatal(err)
		}
	}
	for r.unread(t) < before+int64(calls)*bigAnswer && len(a.statuses) == 0 {
		select {
		case <-a.ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// unread returns how many bytes wait in the connection where it is most.
func (r *running) unread(t *testing.T) (most int64) {
	t.Helper()
	for c := range r.connections(t) {
		most = max(most, c.unread())
	}
	return most
}

// TestUnreadAnswersAreBounded asks for answers until it is refused more.
func TestUnreadAnswersAreBounded(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxStreams: 4096, MaxLive: 4096})
	r.upsert(t, big())
	a := attack(t, r)
	for waves := 0; len(a.statuses) == 0; waves++ {
		if waves == 40 { // 80 MB
			t.Fatal("nothing is refused")
		}
		a.list(t, r, 100)
	}
	a.wantStatus(t, "8") // RESOURCE_EXHAUSTED
	if unread := r.unread(t); unread < maxUnread || unread > maxUnread*3/2 {
		t.Errorf("%d bytes are waiting", unread)
	}
	r.match(t, nil)
}

// TestConnectionThatStandsStill leaves some answers unread for a second.
func TestConnectionThatStandsStill(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), IdleTimeout: time.Second})
	r.upsert(t, big())
	a := attack(t, r)
	a.list(t, r, 3)
	a.wait(t)
	r.match(t, nil)
}

// connections returns those that the server has.
func (r *running) connections(t *testing.T) map[*conn]struct{} {
	t.Helper()
	l := r.server.connections
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[*conn]struct{}{}
	for c := range l.open {
		out[c] = struct{}{}
	}
	if len(out) == 0 {
		t.Fatal("there are no connections")
	}
	return out
}

// TestImpatientCallersAreNotUnread gives calls up before, while and after they are answered: what they did not take must
// not be held against those that come after them in the same connection.
func TestImpatientCallersAreNotUnread(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, big())
	const calls = 400
	answered := 0
	for i := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*5*time.Microsecond)
		if _, err := r.ListAccounts(ctx, &leadmatchv1.ListAccountsRequest{}); err == nil {
			answered++
		}
		cancel()
	}
	r.match(t, nil)
	if unread := r.unread(t); unread > calls*bigAnswer/4 {
		t.Errorf("%d of %d were answered, %d bytes count as unread", answered, calls, unread)
	} else {
		t.Logf("%d of %d were answered, %d bytes count as unread", answered, calls, unread)
	}
}

// TestUnreadStreamGivesItsPlaceBack keeps a stream busy whose answers are not read: the only place must become free.
func TestUnreadStreamGivesItsPlaceBack(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), IdleTimeout: time.Second, MaxBulk: 1})
	leads := make([]*leadmatchv1.Lead, 300)
	for i := range leads {
		leads[i] = &leadmatchv1.Lead{}
	}
	message, err := proto.Marshal(&leadmatchv1.StreamMatchRequest{Leads: leads})
	if err != nil {
		t.Fatal(err)
	}
	a := attack(t, r)
	stream, err := a.begin(leadmatchv1.MatchService_StreamMatch_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}
	for range 60 { // as much as the server's window for requests takes
		if err := a.frames.WriteData(stream, false, prefixed(message)); err != nil {
			t.Fatal(err)
		}
	}
	a.wait(t)
	for { // the place becomes free a moment after the connection is closed
		_, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: leads})
		if err == nil {
			return
		}
		wantCode(t, err, codes.ResourceExhausted)
		time.Sleep(time.Millisecond)
	}
}

// TestHalfAMessageIsNotWaitedFor begins calls and does not end their messages.
func TestHalfAMessageIsNotWaitedFor(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxCall: time.Second, MaxLive: 3})
	a := attack(t, r)
	half := prefixed(make([]byte, 1000))[:500]
	for range 3 {
		stream, err := a.begin(leadmatchv1.MatchService_Match_FullMethodName)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.frames.WriteData(stream, false, half); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		a.wantStatus(t, "4") // DEADLINE_EXCEEDED
	}
	r.match(t, nil)
}

// TestTooManyConnections fills all places with connections that say nothing.
func TestTooManyConnections(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), MaxConnections: 4})
	var silent []net.Conn
	for range 3 {
		silent = append(silent, attack(t, r))
	}
	for len(r.connections(t)) < 4 {
		time.Sleep(time.Millisecond)
	}
	attack(t, r).wait(t)
	r.match(t, nil) // who is in stays in
	silent[0].Close()
	for len(r.connections(t)) == 4 {
		time.Sleep(time.Millisecond)
	}
	next := attack(t, r)
	if err := next.call(leadmatchv1.MatchService_Match_FullMethodName, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case <-next.ended:
		t.Fatal("a connection was closed that was not too many")
	case <-time.After(50 * time.Millisecond):
	}
}

// TestFloods resets calls, and pings, by the ten thousand: it ends with the attacker cut off or done, all others are
// served meanwhile, and nothing is left of it.
func TestFloods(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	before := runtime.NumGoroutine()
	flood := func(once func(a *attacker) error) {
		t.Helper()
		a := attack(t, r)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 20_000 {
				if once(a) != nil {
					return
				}
			}
		}()
		for {
			r.match(t, nil)
			select {
			case <-done:
				a.Close()
				<-a.ended
				return
			default:
			}
		}
	}
	flood(func(a *attacker) error {
		stream, err := a.begin(leadmatchv1.MatchService_Match_FullMethodName)
		return errors.Join(err, a.frames.WriteRSTStream(stream, http2.ErrCodeCancel))
	})
	flood(func(a *attacker) error { return a.frames.WritePing(false, [8]byte{}) })
	flood(func(a *attacker) error { return a.frames.WriteSettings() })
	flood(func(a *attacker) error { return a.frames.WriteWindowUpdate(0, 1) })
	calls := &r.server.limits[live].running
	deadline := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before+2 || calls.Load() > 0 { // goroutines of the garbage collector come and go
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines and %d calls, before the floods there were %d and none", runtime.NumGoroutine(), calls.Load(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestPingsAreCutOff shows why a flood of pings ends soon.
func TestPingsAreCutOff(t *testing.T) {
	a := attack(t, start(t, Config{DataDir: t.TempDir()}))
	for a.frames.WritePing(false, [8]byte{}) == nil {
	}
	a.wait(t)
	if a.goAway != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection ends with %v", a.goAway)
	}
}

// TestMessagesThatAreBombs sends what is small and might become large.
func TestMessagesThatAreBombs(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	f := func(how string, message []byte, want codes.Code, opts ...grpc.CallOption) {
		t.Helper()
		var answer []byte
		err := r.conn.Invoke(t.Context(), leadmatchv1.MatchService_BatchMatch_FullMethodName, &message, &answer,
			append(opts, grpc.ForceCodecV2(rawCodec{}))...)
		t.Logf("%s: %v", how, err)
		wantCode(t, err, want)
	}
	const deep = 1_000_000
	f("groups in groups", bytes.Repeat(protowire.AppendTag(nil, 999, protowire.StartGroupType), deep), codes.InvalidArgument)
	f("leads in leads", nested(deep), codes.InvalidArgument)
	f("empty leads", bytes.Repeat([]byte{1<<3 | 2, 0}, deep), codes.InvalidArgument)
	f("a long message", make([]byte, 5<<20), codes.ResourceExhausted)
	f("a compressed message", nil, codes.Internal, grpc.UseCompressor("gzip-unknown"))
	r.match(t, nil)
}

// nested is a message whose first field holds one whose first field holds one, and so on.
func nested(bytes int) (message []byte) {
	for len(message) < bytes/100 {
		message = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), message)
	}
	return message
}

// TestPoliciesThatAreBombs sets the largest policies that are taken, and some that are not. Matching must stay quick.
func TestPoliciesThatAreBombs(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	set := func(p *leadmatchv1.Policy) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := r.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{Policy: p})
		return err
	}
	large := &leadmatchv1.Policy{Weights: map[string]float64{}}
	for i := range maxRules {
		long := strings.Repeat("((a+)+)+", 28)
		large.Filters = append(large.Filters, fmt.Sprintf("label:%d!=%s", i, long))
		large.TieBreaks = append(large.TieBreaks, fmt.Sprintf("label:%d=%s", i, long))
	}
	for i := range 8000 {
		large.SharedDomains = append(large.SharedDomains, fmt.Sprintf("%d.%s.com", i, strings.Repeat("a", 60)))
	}
	if err := set(large); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := r.Match(ctx, &leadmatchv1.MatchRequest{Lead: acmeLead("x")}); err != nil {
		t.Fatal(err)
	}
	for i := range large.GetSharedDomains() {
		large.SharedDomains[i] = strings.Repeat("a.", 100) + large.GetSharedDomains()[i][:40] + ".com"
	}
	wantCode(t, set(large), codes.InvalidArgument) // two megabytes
	large.SharedDomains = make([]string, maxShared+1)
	wantCode(t, set(large), codes.InvalidArgument)
	wantCode(t, set(&leadmatchv1.Policy{Filters: make([]string, maxRules+1)}), codes.InvalidArgument)
	wantCode(t, set(&leadmatchv1.Policy{Filters: []string{strings.Repeat("x", maxRule+1)}}), codes.InvalidArgument)
	wantCode(t, set(&leadmatchv1.Policy{RightPerWrong: math.NaN()}), codes.InvalidArgument)
}
