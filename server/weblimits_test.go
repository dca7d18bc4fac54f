package server

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/testcert"
)

func grpcHeader(md *metadata.MD) grpc.CallOption { return grpc.Header(md) }

// raw is a connection to HTTP that says what it likes.
type raw struct {
	net.Conn
	*bufio.Reader
}

func (r *running) raw(t *testing.T) *raw {
	t.Helper()
	c, err := net.Dial("tcp", r.server.webAddress())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &raw{c, bufio.NewReader(c)}
}

func (c *raw) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func (c *raw) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answer reads an answer.
func (c *raw) answer(t *testing.T) *answered {
	t.Helper()
	res, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answered{res.StatusCode, res.Header, string(text)}
}

// wantClosed waits until the server closes the connection.
func (c *raw) wantClosed(t *testing.T) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c.Reader); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("the server keeps the connection: %v", err)
	}
}

// TestWebRefusesBeforeTheBody asks without a token and sends no body.
func TestWebRefusesBeforeTheBody(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tokens")
	grant(t, file, access.Grant{Name: "x", Scopes: access.Match})
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, Tokens: file})
	for _, path := range []string{"/v1/match", "/v1/match:stream", "/v1/accounts:replace"} {
		c := r.raw(t)
		c.say(t, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
		if got := c.answer(t); got.code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
		c.wantClosed(t)
	}
}

// TestWebWaitsForNobody sends heads, bodies and streams that stop in the middle.
func TestWebWaitsForNobody(t *testing.T) {
	t.Parallel()
	r := start(t, Config{
		DataDir: t.TempDir(), HTTPListen: anyPort, ConnectionTimeout: 200 * time.Millisecond, MaxCall: time.Second,
		IdleTimeout: 500 * time.Millisecond,
	})
	silent, half := r.raw(t), r.raw(t)
	half.say(t, "GET /v1/status HTTP/1.1\r\nHost: loc")
	silent.wantClosed(t)
	half.wantClosed(t)
	f := func(path, body string, code int, says string) {
		t.Helper()
		c := r.raw(t)
		c.say(t, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"+body)
		if got := c.answer(t); got.code != code || !strings.Contains(got.body, says) {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
		c.wantClosed(t)
	}
	f("/v1/match", `{"lead":`, http.StatusRequestTimeout, "did not come in time")
	f("/v1/match:stream", `{"leads":[{}]} `, http.StatusOK, `"error":{"code":4,"message":"the body did not come in time"}`)
	f("/v1/accounts:replace", `{"accounts":[{"id":"a","name":"A"}]} `, http.StatusRequestTimeout, "did not come in time")
	if got := r.accounts(t); len(got) != 0 {
		t.Errorf("half a replacement has stored %v", got)
	}
	idle := r.raw(t)
	idle.say(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	idle.answer(t)
	idle.wantClosed(t)
}

// TestWebBrokenReplacement breaks a replacement off between two messages, where its body could have ended.
func TestWebBrokenReplacement(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	r.upsert(t, acme())
	line := `{"accounts":[{"id":"a","name":"A"}]}` + "\n"
	for _, head := range []string{
		"Content-Length: 1000\r\n\r\n" + line,
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(line), line),
	} {
		c := r.raw(t)
		c.say(t, "POST /v1/accounts:replace HTTP/1.1\r\nHost: localhost\r\n"+head)
		if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := c.answer(t); got.code != 400 || !strings.Contains(got.body, "unexpected EOF") {
			t.Errorf("%d %s", got.code, got.body)
		}
	}
	if got := r.accounts(t); len(got) != 1 || got[0] != "acme" {
		t.Errorf("stored: %v", got)
	}
}

// TestWebStreamsBothWays reads each answer before it sends the next message.
func TestWebStreamsBothWays(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	c := r.raw(t)
	c.say(t, "POST /v1/match:stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
	message := `{"leads":[{"id":"x"}]}` + "\n"
	var answer *bufio.Reader
	for range 5 {
		c.say(t, fmt.Sprintf("%x\r\n%s\r\n", len(message), message))
		if answer == nil {
			res, err := http.ReadResponse(c.Reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			answer = bufio.NewReader(res.Body)
		}
		if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "INSUFFICIENT") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	c.say(t, "0\r\n\r\n")
	if rest, err := io.ReadAll(answer); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestWebBusy fills the only place, and the rate of a token.
func TestWebBusy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	token := grant(t, file, access.Grant{Name: "x", Scopes: access.Match, Rate: 1})
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, MaxBulk: 1, Tokens: file})
	other := with(t.Context(), grant(t, file, access.Grant{Name: "y", Scopes: access.Match}))
	for r.server.tokens.Reload() != nil {
		time.Sleep(time.Millisecond)
	}
	stream, err := r.StreamMatch(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: []*leadmatchv1.Lead{{}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	f := func(path, says string) {
		t.Helper()
		got := r.request(t, "POST", path, `{}`, "Authorization", "Bearer "+token)
		if got.code != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" ||
			got.status(t).Code() != codes.ResourceExhausted || !strings.Contains(got.body, "RetryInfo") || !strings.Contains(got.body, says) {
			t.Errorf("%s: %d %v %s", path, got.code, got.header, got.body)
		}
	}
	f("/v1/match:batch", "1 bulk calls are under way")
	for range 2 { // the first pays for what comes after it
		r.request(t, "POST", "/v1/match", `{}`, "Authorization", "Bearer "+token)
	}
	f("/v1/match", "the rate of this token")
}

// TestWebConnections opens more than there may be.
func TestWebConnections(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, MaxConnections: 2})
	health := "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
	first, second := r.raw(t), r.raw(t)
	for _, c := range []*raw{first, second, first} {
		c.say(t, health)
		c.answer(t)
	}
	r.raw(t).wantClosed(t)
	second.Close()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		c := r.raw(t)
		c.say(t, health)
		if _, err := http.ReadResponse(c.Reader, nil); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a place does not become free")
		}
	}
}

// TestWebUnreadAnswers asks for answers that it does not read: the connection must be closed.
func TestWebUnreadAnswers(t *testing.T) {
	t.Parallel()
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, IdleTimeout: 500 * time.Millisecond})
	r.upsert(t, big())
	c := r.raw(t)
	go func() { // until the connection is closed
		for {
			if _, err := io.WriteString(c, "GET /v1/accounts/acme HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				return
			}
		}
	}()
	for open := 1; open > 0; time.Sleep(time.Millisecond) {
		open = r.server.web.connections.count()
	}
}

// TestWebShutdown ends a server while a stream is open and a page is being read.
func TestWebShutdown(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort})
	c, idle := r.raw(t), r.raw(t)
	idle.say(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	idle.answer(t)
	c.say(t, "POST /v1/match:stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"leads\":[{}]}\n\r\n")
	res, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer := bufio.NewReader(res.Body)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "INSUFFICIENT") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, `{"error":{"code":14,"message":"the server is shutting down; it has answered the first 1 messages"}}`) {
		t.Errorf("%q, %v", line, err)
	}
	idle.wantClosed(t)
}

// TestWebTLS tries to get in by everything but TLS 1.3 with a certificate that the server's CA has signed.
func TestWebTLS(t *testing.T) {
	ca := testcert.New(t)
	cert, key := ca.Issue(t, host)
	good := clientTLS(t, ca, cert, key)
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, TLSCert: cert, TLSKey: key, TLSClientCA: ca.File}, withTLS(good))
	get := func(config *tls.Config) (*http.Response, error) {
		transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+r.server.webAddress()+"/v1/status", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		return res, err
	}
	if res, err := get(good); err != nil || res.StatusCode != 200 || res.Proto != "HTTP/1.1" || res.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%+v, %v", res, err)
	}
	old := good.Clone()
	old.MaxVersion = tls.VersionTLS12
	for how, config := range map[string]*tls.Config{"no certificate": clientTLS(t, ca, "", ""), "TLS 1.2": old} {
		if res, err := get(config); err == nil {
			t.Errorf("%s gets in: %v", how, res.Status)
		}
	}
	if got := r.request(t, "GET", "/v1/status", ""); got.code != 400 {
		t.Errorf("plain text: %d %s", got.code, got.body)
	}
}

// TestWebConsole serves pages, one of which panics.
func TestWebConsole(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, Console: http.HandlerFunc(
		func(rw http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/panic" {
				panic("secret")
			}
			fmt.Fprint(rw, "page ", req.URL.Path)
		})})
	if got := r.request(t, "GET", "/console/a/b", ""); got.code != 200 || got.body != "page /a/b" {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := r.request(t, "GET", "/", ""); got.code != http.StatusFound || got.header.Get("Location") != "/console/" {
		t.Errorf("%d %v", got.code, got.header)
	}
	if got := r.request(t, "GET", "/console/panic", ""); got.code != 500 || got.status(t).Code() != codes.Internal || strings.Contains(got.body, "secret") {
		t.Errorf("%d %s", got.code, got.body)
	}
}
