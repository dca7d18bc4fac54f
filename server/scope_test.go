package server

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
)

var eachScope = []access.Scope{access.Match, access.Write, access.Review, access.Admin}

// grant adds a token to the file.
func grant(t *testing.T, file string, g access.Grant) (token string) {
	t.Helper()
	token, err := access.Add(file, g)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func with(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// describedMethod is a method as the server tells strangers about it.
type describedMethod struct {
	name   string
	stream bool
}

// describe asks the server by reflection what methods it has.
func describe(ctx context.Context, t *testing.T, conn *grpc.ClientConn) (methods []describedMethod) {
	t.Helper()
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(req *reflectionv1.ServerReflectionRequest) *reflectionv1.ServerReflectionResponse {
		t.Helper()
		if err := stream.Send(req); err != nil {
			t.Fatal(err)
		}
		res, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	services := ask(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}).GetListServicesResponse().GetService()
	for _, service := range services {
		files := ask(&reflectionv1.ServerReflectionRequest{
			MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service.GetName()},
		}).GetFileDescriptorResponse().GetFileDescriptorProto()
		methods = append(methods, methodsOf(t, files, service.GetName())...)
	}
	return methods
}

func methodsOf(t *testing.T, files [][]byte, service string) (methods []describedMethod) {
	t.Helper()
	for _, text := range files {
		var file descriptorpb.FileDescriptorProto
		if err := proto.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, s := range file.GetService() {
			if file.GetPackage()+"."+s.GetName() != service {
				continue
			}
			for _, m := range s.GetMethod() {
				methods = append(methods, describedMethod{
					"/" + service + "/" + m.GetName(), m.GetClientStreaming() || m.GetServerStreaming(),
				})
			}
		}
	}
	return methods
}

// call makes a call with an empty message and returns what becomes of it. A stream that begins well is left.
func call(ctx context.Context, conn *grpc.ClientConn, m describedMethod) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var message, answer []byte
	if !m.stream {
		return conn.Invoke(ctx, m.name, &message, &answer, grpc.ForceCodecV2(rawCodec{}))
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, m.name, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&message); err != nil && err != io.EOF { // at EOF, the answer says why
		return err
	}
	return stream.RecvMsg(&answer)
}

// TestEveryMethodAsksForItsScope tries each method that the server has with no token and with wrong ones, which must not
// get in, and with each of the right ones, which must.
func TestEveryMethodAsksForItsScope(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	tokens := map[access.Scope]string{}
	for _, s := range eachScope {
		tokens[s] = grant(t, file, access.Grant{Name: s.String(), Scopes: s})
	}
	all := grant(t, file, access.Grant{Name: "all", Scopes: access.All})
	expired := grant(t, file, access.Grant{Name: "expired", Scopes: access.All, Expires: time.Now().Add(-time.Minute)})
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file})
	methods := describe(with(t.Context(), all), t, r.conn)
	open := 0
	for _, m := range methods {
		rule := rules[m.name]
		if rule.scopes == anybody {
			open++
			if !strings.HasPrefix(m.name, "/grpc.health.v1.Health/") {
				t.Errorf("anybody may call %s", m.name)
			}
			continue
		}
		f := func(ctx context.Context, how string, want codes.Code) {
			t.Helper()
			if err := call(ctx, r.conn, m); status.Code(err) != want {
				t.Errorf("%s with %s: %v, want %v", m.name, how, err, want)
			}
		}
		f(t.Context(), "no token", codes.Unauthenticated)
		f(with(t.Context(), ""), "an empty token", codes.Unauthenticated)
		f(with(t.Context(), all+"x"), "a wrong token", codes.Unauthenticated)
		f(with(t.Context(), expired), "an expired token", codes.Unauthenticated)
		f(with(with(t.Context(), all), all), "two tokens", codes.Unauthenticated)
		f(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Basic "+all), "another scheme", codes.Unauthenticated)
		for _, s := range eachScope {
			if rule.scopes&s == 0 {
				f(with(t.Context(), tokens[s]), "the scope "+s.String(), codes.PermissionDenied)
			} else if err := call(with(t.Context(), tokens[s]), r.conn, m); denied(err) {
				t.Errorf("%s with the scope %v: %v", m.name, s, err)
			}
		}
	}
	if len(methods) != len(rules) || open != 3 {
		t.Errorf("the server has %d methods, of which anybody may call %d; there are %d rules", len(methods), open, len(rules))
	}
	err := call(with(t.Context(), all), r.conn, describedMethod{"/leadmatch.v1.AdminService/Unheard", false})
	wantCode(t, err, codes.PermissionDenied)
}

func denied(err error) bool {
	code := status.Code(err)
	return code == codes.PermissionDenied || code == codes.Unauthenticated
}

// TestRefusedCallsLeaveNothing looks at refused calls with deadlines that are far off, which are answered another way.
func TestRefusedCallsLeaveNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	grant(t, file, access.Grant{Name: "x", Scopes: access.Match})
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file})
	for _, timeout := range []time.Duration{time.Second, time.Hour} {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		_, err := r.Match(ctx, &leadmatchv1.MatchRequest{})
		wantCode(t, err, codes.Unauthenticated)
		stream, err := r.StreamMatch(ctx)
		if err == nil {
			_, err = stream.Recv()
		}
		wantCode(t, err, codes.Unauthenticated)
		cancel()
	}
	for k := range r.server.limits {
		if n := r.server.limits[k].running.Load(); kind(k) != outside && n != 0 {
			t.Errorf("%d %s calls are counted as running", n, kindWords[k])
		}
	}
}

func TestRateOfAToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	slow := grant(t, file, access.Grant{Name: "slow", Scopes: access.Match, Rate: 100})
	fast := grant(t, file, access.Grant{Name: "fast", Scopes: access.Match})
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file})
	batch := &leadmatchv1.BatchMatchRequest{Leads: make([]*leadmatchv1.Lead, maxBatch)}
	for i := range batch.Leads {
		batch.Leads[i] = &leadmatchv1.Lead{}
	}
	if _, err := r.BatchMatch(with(t.Context(), slow), batch); err != nil {
		t.Fatal(err) // as nothing was used yet, it may be more than a second's worth
	}
	_, err := r.Match(with(t.Context(), slow), &leadmatchv1.MatchRequest{})
	details := wantCode(t, err, codes.ResourceExhausted).Details()
	if len(details) != 1 {
		t.Fatalf("%v", err)
	}
	info, ok := details[0].(*errdetails.RetryInfo)
	if wait := info.GetRetryDelay().AsDuration(); !ok || wait < 7*time.Second || wait > 9*time.Second {
		t.Fatalf("%v: %v", err, details)
	}
	if _, err := r.Match(with(t.Context(), fast), &leadmatchv1.MatchRequest{}); err != nil {
		t.Fatalf("another token: %v", err)
	}
}

// TestStreamIsSlowedDown sends more than the rate allows: nothing is refused, but it takes its time.
func TestStreamIsSlowedDown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	token := grant(t, file, access.Grant{Name: "x", Scopes: access.Match, Rate: 1000})
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file})
	stream, err := r.StreamMatch(with(t.Context(), token))
	if err != nil {
		t.Fatal(err)
	}
	leads := make([]*leadmatchv1.Lead, 500)
	for i := range leads {
		leads[i] = &leadmatchv1.Lead{}
	}
	begin := time.Now()
	const messages = 4 // a second's worth was saved up, and the last is not waited for
	for range messages {
		if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: leads}); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begin); took < 450*time.Millisecond {
		t.Fatalf("%d leads at 1000 a second took %v", messages*len(leads), took)
	}
}

// TestTokenThatIsTakenAway ends the streams of a token that is no longer in the file, and lets in a new one.
func TestTokenThatIsTakenAway(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	token := grant(t, file, access.Grant{Name: "old", Scopes: access.Match})
	reload := make(chan os.Signal)
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file, Reload: reload, reloadEvery: time.Hour})
	stream, err := r.StreamMatch(with(t.Context(), token))
	if err != nil {
		t.Fatal(err)
	}
	exchange := func() error {
		if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: []*leadmatchv1.Lead{{}}}); err != nil {
			return err
		}
		_, err := stream.Recv()
		return err
	}
	if err := exchange(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	next := grant(t, file, access.Grant{Name: "new", Scopes: access.Match})
	reload <- os.Interrupt
	reload <- os.Interrupt // taken only when the first was done with
	wantCode(t, exchange(), codes.Unauthenticated)
	_, err = r.Match(with(t.Context(), token), &leadmatchv1.MatchRequest{})
	wantCode(t, err, codes.Unauthenticated)
	if _, err := r.Match(with(t.Context(), next), &leadmatchv1.MatchRequest{}); err != nil {
		t.Fatal(err)
	}
}

// TestTokensFileIsFollowed adds a token while the server runs, without a word to it.
func TestTokensFileIsFollowed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	grant(t, file, access.Grant{Name: "first", Scopes: access.Match})
	r := start(t, Config{DataDir: t.TempDir(), Tokens: file, reloadEvery: 5 * time.Millisecond})
	token := grant(t, file, access.Grant{Name: "second", Scopes: access.Match})
	for {
		_, err := r.Match(with(t.Context(), token), &leadmatchv1.MatchRequest{})
		if err == nil {
			return
		}
		wantCode(t, err, codes.Unauthenticated)
		time.Sleep(time.Millisecond)
	}
}

func TestListenIsRefused(t *testing.T) {
	f := func(cfg Config, says ...string) {
		t.Helper()
		err := cfg.withDefaults().check()
		if (err == nil) != (len(says) == 0) {
			t.Errorf("%+v: %v, want %q", cfg, err, says)
		}
		for _, s := range says {
			if !strings.Contains(fmt.Sprint(err), s) {
				t.Errorf("%+v: %v does not say %q", cfg, err, s)
			}
		}
	}
	tls := func(c Config) Config { c.TLSCert, c.TLSKey = "cert", "key"; return c }
	for _, addr := range []string{"127.0.0.1:1", "[::1]:1", "localhost:1", "127.9.9.9:1"} {
		f(Config{Listen: addr})
	}
	for _, addr := range []string{"0.0.0.0:1", ":1", "[::]:1", "192.0.2.1:1", "example.com:1", "localhost.example.com:1", "0:1"} {
		f(Config{Listen: addr}, "--tls-cert", "--tokens", listenAnywhereFlag)
		f(Config{Listen: addr, Tokens: "tokens"}, "--tls-cert")
		f(tls(Config{Listen: addr}), "--tokens")
		f(tls(Config{Listen: addr, Tokens: "tokens"}))
		f(tls(Config{Listen: addr, TLSClientCA: "ca"}))
		f(Config{Listen: addr, ListenAnywhere: true})
	}
	f(Config{TLSCert: "cert"}, "--tls-key")
	f(Config{TLSKey: "key"}, "--tls-cert")
	f(Config{TLSClientCA: "ca"}, "--tls-client-ca needs")
}
