package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
	gateway "github.com/leadmatch/leadmatch/server/gateway"
)

// anyPort makes start serve HTTP.
const anyPort = "127.0.0.1:0"

// answered is what came back for a request.
type answered struct {
	code   int
	header http.Header
	body   string
}

// status is the error that came back.
func (a *answered) status(t *testing.T) *status.Status {
	t.Helper()
	var s statuspb.Status
	if err := protojson.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatalf("%d %q: %v", a.code, a.body, err)
	}
	return status.FromProto(&s)
}

func (r *running) url(path string) string { return "http://" + r.server.webAddress() + path }

// request makes a request; head is of pairs of names and values.
func (r *running) request(t *testing.T, method, path, body string, head ...string) *answered {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(head); i += 2 {
		req.Header.Add(head[i], head[i+1])
		if head[i] == "Host" {
			req.Host = head[i+1]
		}
	}
	return send(t, http.DefaultTransport, req)
}

func send(t *testing.T, by http.RoundTripper, req *http.Request) *answered {
	t.Helper()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections() // whose goroutines are no leak of the server's
	res, err := by.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return &answered{res.StatusCode, res.Header, string(text)}
}

// openAPI is what the tests look at in the document.
type openAPI struct {
	Swagger string
	Paths   map[string]map[string]struct{ OperationID string }
}

// TestEveryMethodHasAPath compares the document with the table of methods.
func TestEveryMethodHasAPath(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	got := r.request(t, "GET", "/openapi.json", "")
	var doc openAPI
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil || doc.Swagger != "2.0" || got.body != string(gateway.OpenAPI) {
		t.Fatalf("%v: %.100s", err, got.body)
	}
	paths := map[string]bool{}
	for _, methods := range doc.Paths {
		for _, m := range methods {
			paths["/leadmatch.v1."+strings.ReplaceAll(m.OperationID, "_", "/")] = true
		}
	}
	for method := range rules {
		if own := strings.HasPrefix(method, "/leadmatch.v1."); own != paths[method] {
			t.Errorf("%s has a path: %v", method, paths[method])
		}
	}
}

// each calls f with each path of the document, and a body that is good enough to get as far as the rule.
func each(t *testing.T, f func(verb, path, method string)) {
	t.Helper()
	var doc openAPI
	if err := json.Unmarshal(gateway.OpenAPI, &doc); err != nil || len(doc.Paths) == 0 {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for verb, m := range methods {
			f(strings.ToUpper(verb), strings.ReplaceAll(path, "{id}", "x"),
				"/leadmatch.v1."+strings.ReplaceAll(m.OperationID, "_", "/"))
		}
	}
}

// TestWebAsksForScopes tries each path with no token and with wrong ones, which must not get in, and with each of the right
// ones, which must.
func TestWebAsksForScopes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	tokens := map[access.Scope]string{}
	for _, s := range eachScope {
		tokens[s] = grant(t, file, access.Grant{Name: "x", Scopes: s})
	}
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, Tokens: file})
	each(t, func(verb, path, method string) {
		body := ""
		if verb != "GET" && verb != "DELETE" {
			body = "{}"
		}
		for _, head := range [][]string{
			nil,
			{"Authorization", tokens[access.Admin]},
			{"Authorization", "Bearer lm_x_y"},
			{"Authorization", "Bearer \xff"},
			{"Grpc-Metadata-Authorization", "Bearer " + tokens[access.Admin]},
			{"Authorization", "Bearer " + tokens[access.Match], "Authorization", "Bearer " + tokens[access.Admin]},
		} {
			got := r.request(t, verb, path, body, head...)
			if got.code != http.StatusUnauthorized || got.status(t).Code() != codes.Unauthenticated || got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s %s with %q: %d %s", verb, path, head, got.code, got.body)
			}
		}
		for _, s := range eachScope {
			got := r.request(t, verb, path, body, "Authorization", "Bearer "+tokens[s])
			if in := got.code != http.StatusForbidden; in != (rules[method].scopes&s != 0) || got.code == http.StatusUnauthorized {
				t.Errorf("%s %s with %v: %d %s", verb, path, s, got.code, got.body)
			}
		}
	})
	if got := r.request(t, "GET", "/healthz", ""); got.code != 200 || got.body != "{\"status\":\"SERVING\"}\n" {
		t.Errorf("the health: %d %s", got.code, got.body)
	}
}

// TestWebAnswersAsGRPC compares what both say about the same leads, and what a write by one looks like by the other.
func TestWebAnswersAsGRPC(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	account := acme()
	account.Id, account.Name = "a/1:x ü%", "Acme <Rocket> & Works Inc"
	text, err := protojson.Marshal(&leadmatchv1.UpsertAccountsRequest{Accounts: []*leadmatchv1.Account{account}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.request(t, "POST", "/v1/accounts:upsert", string(text)); got.code != 200 {
		t.Fatal(got.body)
	}
	stored, err := r.GetAccount(t.Context(), &leadmatchv1.GetAccountRequest{Id: account.GetId()})
	if err != nil || !proto.Equal(stored.GetAccount(), account) {
		t.Fatalf("%v, %v", stored, err)
	}
	var read leadmatchv1.GetAccountResponse
	got := r.request(t, "GET", "/v1/accounts/a%2F1%3Ax%20%C3%BC%25", "")
	if err := protojson.Unmarshal([]byte(got.body), &read); err != nil || !proto.Equal(&read, stored) {
		t.Fatalf("%s, %v", got.body, err)
	}
	options := &leadmatchv1.MatchOptions{Explain: true, Features: true}
	want, err := r.Match(t.Context(), &leadmatchv1.MatchRequest{Lead: acmeLead("1"), Options: options})
	if err != nil {
		t.Fatal(err)
	}
	line, err := protojson.Marshal(&leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("1")}, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	var batch leadmatchv1.BatchMatchResponse
	got = r.request(t, "POST", "/v1/match:batch", string(line))
	if err := protojson.Unmarshal([]byte(got.body), &batch); err != nil || !proto.Equal(batch.GetOutcomes()[0], want.GetOutcome()) {
		t.Errorf("%s, want %v", got.body, want)
	}
	got = r.request(t, "POST", "/v1/match:stream", strings.Repeat(string(line)+"\n", 3))
	if n := strings.Count(got.body, "\n"); n != 3 || got.header.Get("Content-Type") != lines {
		t.Errorf("%d lines: %s", n, got.body)
	}
	for l := range strings.Lines(got.body) {
		var wrapped struct{ Result json.RawMessage }
		var res leadmatchv1.StreamMatchResponse
		if err := json.Unmarshal([]byte(l), &wrapped); err != nil {
			t.Fatal(err)
		}
		if err := protojson.Unmarshal(wrapped.Result, &res); err != nil || !proto.Equal(res.GetResults()[0].GetOutcome(), want.GetOutcome()) {
			t.Errorf("%v: %s", err, l)
		}
	}
}

// TestWebBackup takes a backup by HTTP and compares it with gRPC's.
func TestWebBackup(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	var accounts []*leadmatchv1.Account
	for i := range 100 {
		a := big()
		a.Id = fmt.Sprint(i)
		if accounts = append(accounts, a); len(accounts) == 50 {
			r.upsert(t, accounts...)
			accounts = nil
		}
	}
	stream, err := r.Backup(t.Context(), &leadmatchv1.BackupRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	for {
		res, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		want.Write(res.GetChunk())
	}
	got := r.request(t, "GET", "/v1/backup", "")
	if got.code != 200 || got.header.Get("Content-Type") != octets || got.body != want.String() || len(got.body) < 4*backupChunk {
		t.Errorf("%d, %d bytes, want %d", got.code, len(got.body), want.Len())
	}
}

// TestWebErrors looks at what is said to those who ask for what cannot be.
func TestWebErrors(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	f := func(code int, c codes.Code, says, method, path, body string, head ...string) {
		t.Helper()
		got := r.request(t, method, path, body, head...)
		if s := got.status(t); got.code != code || s.Code() != c || !strings.Contains(s.Message(), says) {
			t.Errorf("%s %s %.100s: %d %s, want %d %v %q", method, path, body, got.code, got.body, code, c, says)
		}
		if got.header.Get("Content-Type") != "application/json" || got.header.Get("X-Request-Id") == "" {
			t.Errorf("%s %s: %v", method, path, got.header)
		}
	}
	const post, match = "POST", "/v1/match"
	f(404, codes.NotFound, "/openapi.json", "GET", "/", "")
	f(404, codes.NotFound, "/openapi.json", "GET", "/v1/matches", "")
	f(404, codes.NotFound, `no account has the id "none"`, "GET", "/v1/accounts/none", "")
	f(405, codes.Unimplemented, "HTTP method", "PUT", match, "{}")
	f(405, codes.Unimplemented, "HTTP method", post, "/v1/status", "{}", "X-HTTP-Method-Override", "GET")
	f(400, codes.InvalidArgument, `no parameter "page_siz"`, "GET", "/v1/accounts?page_siz=1", "")
	f(400, codes.InvalidArgument, `not a number as it must be: "many"`, "GET", "/v1/accounts?page_size=many", "")
	f(400, codes.InvalidArgument, "page_size", "GET", "/v1/accounts?page_size=-1", "")
	f(400, codes.InvalidArgument, "into the body", post, match+"?explain=true", "{}")
	f(400, codes.InvalidArgument, `(line 1:10): unknown field "compny"`, post, match, `{"lead":{"compny":"x"}}`)
	f(400, codes.InvalidArgument, "string field company: 3", post, match, `{"lead":{"company":3}}`)
	f(400, codes.InvalidArgument, "at byte 1", post, match, "<lead/>")
	f(400, codes.InvalidArgument, "unexpected EOF", post, match, `{"lead":`)
	f(400, codes.InvalidArgument, "something follows", post, match, "{} {}")
	f(400, codes.InvalidArgument, "at byte 3", post, match, "{} x")
	f(400, codes.InvalidArgument, "UTF-8", post, match, "{\"lead\":{\"company\":\"\xff\"}}")
	f(400, codes.InvalidArgument, "max depth", post, match, strings.Repeat(`{"lead":`, 100_000))
	f(400, codes.InvalidArgument, "lead.email: at most 320 bytes", post, match, `{"lead":{"email":"`+strings.Repeat("x", 400)+`"}}`)
	f(400, codes.InvalidArgument, "holds 20000 objects", post, "/v1/match:batch", `{"leads":[`+strings.Repeat("{},", 19_998)+"{}]}")
	f(400, codes.InvalidArgument, "message 1 cannot be read", post, "/v1/match:stream", `{"x":1}`)
	f(400, codes.InvalidArgument, "1 to 1000 a request", post, "/v1/match:stream", `{}`)
	f(400, codes.InvalidArgument, "message 2 cannot be read", post, "/v1/accounts:import", "{\"accounts\":[{\"id\":\"a\",\"name\":\"A\"}]}\nx")
	f(400, codes.InvalidArgument, "grpc-timeout", "GET", "/v1/status", "", "Grpc-Timeout", "soon")
	f(400, codes.InvalidArgument, "expected live or bulk", "GET", "/v1/status", "", "Leadmatch-Priority", "mine")
	f(504, codes.DeadlineExceeded, "deadline", "GET", "/v1/accounts", "", "Grpc-Timeout", "1n")
	f(409, codes.Aborted, "version 0, not 7", "PUT", "/v1/policy", `{"expected_version":7}`)
	f(413, codes.ResourceExhausted, "4194304 bytes", post, match, strings.Repeat(" ", 5<<20))
	f(413, codes.ResourceExhausted, "4194304 bytes", post, "/v1/accounts:replace", strings.Repeat(" ", 5<<20))
	f(403, codes.PermissionDenied, "the Host must be", "GET", "/v1/accounts", "", "Host", "pages.example")
	f(403, codes.PermissionDenied, "another origin", post, match, "{}", "Sec-Fetch-Site", "cross-site")
	f(403, codes.PermissionDenied, "another origin", post, match, "{}", "Origin", "https://pages.example")
	if got := r.accounts(t); len(got) != 1 {
		t.Errorf("stored: %v, want what came before the bad message", got)
	}
}

// TestWebOrigin lets a call through the pipe, whose end must know where it came from, and only that.
func TestWebOrigin(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, MaxConnections: 2})
	if got := r.request(t, "POST", "/v1/match", "{}", "Leadmatch-Call", "1", "Grpc-Metadata-Leadmatch-Call", "1", "X-Forwarded-For", "1.2.3.4"); got.code != 200 {
		t.Error(got.body)
	}
	near, far := net.Pipe()
	defer far.Close()
	from := &conn{Conn: near}
	defer near.Close()
	req, err := http.NewRequestWithContext(context.WithValue(t.Context(), connKey{}, net.Conn(from)), "GET", "/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	web := r.server.web
	call := web.begin(nil, req)
	pass := func(key string) (context.Context, error) {
		return web.tap(t.Context(), &tap.Info{
			FullMethodName: leadmatchv1.MatchService_Match_FullMethodName, Header: metadata.Pairs(callHeader, key, requestIDHeader, "mine"),
		})
	}
	ctx, err := pass(call.key)
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := peer.FromContext(ctx); p != call.peer || connOf(ctx) != from || admittedOf(ctx).conn != from || admittedOf(ctx).id != "mine" {
		t.Errorf("the call is from %v, by %+v", p, admittedOf(ctx))
	}
	call.end()
	for _, key := range []string{call.key, "", "x"} {
		if _, err := pass(key); status.Code(err) != codes.Canceled {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestWebRequestID gives calls ids, by both ways in.
func TestWebRequestID(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	f := func(given, want string) {
		t.Helper()
		got := r.request(t, "GET", "/v1/status", "", "X-Request-Id", given).header.Get("X-Request-Id")
		if got != want && (want != "" || len(got) != 12) {
			t.Errorf("%q is answered with %q", given, got)
		}
	}
	f("Order-1:2_3.x", "Order-1:2_3.x")
	f(strings.Repeat("x", maxRequestID), strings.Repeat("x", maxRequestID))
	f(strings.Repeat("x", maxRequestID+1), "")
	f("two words", "")
	f(`"`, "")
	f("ü", "")
	f("", "")
	var head metadata.MD
	ctx := metadata.AppendToOutgoingContext(t.Context(), requestIDHeader, "mine")
	if _, err := r.Match(ctx, &leadmatchv1.MatchRequest{}, grpcHeader(&head)); err != nil || fmt.Sprint(head[requestIDHeader]) != "[mine]" {
		t.Errorf("%v, %v", head, err)
	}
}
