package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server"
	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/testcert"
)

// serve runs a server with some accounts until the test ends.
func serve(t *testing.T) (addr string) {
	t.Helper()
	addr = start(t, server.Config{})
	c, err := client.Dial(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var accounts []*leadmatchv1.Account
	for a := range corpus.New(1, 300).Accounts() {
		accounts = append(accounts, &leadmatchv1.Account{Id: a.ID, Name: a.Name, Domains: a.Domains})
	}
	if _, err := c.UpsertAccounts(t.Context(), accounts); err != nil {
		t.Fatal(err)
	}
	return addr
}

func start(t *testing.T, cfg server.Config) (addr string) {
	t.Helper()
	cfg.DataDir, cfg.MinFreeBytes = t.TempDir(), 1
	addr, stop, err := local.Here(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return addr
}

// bench runs leadbench and returns what it printed.
func bench(t *testing.T, ctx context.Context, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	if got := run(ctx, args, &out, &said); got != code {
		t.Fatalf("leadbench %q: exit code %d, want %d\n%s%s", args, got, code, &out, &said)
	}
	return out.String(), said.String()
}

func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q in:\n%s", w, text)
		}
	}
}

var briefly = []string{"-d", "200ms", "--warm-up", "50ms", "--wait", "30s", "--distinct", "200", "--in-flight", "4"}

func with(args ...string) []string { return append(args, briefly...) }

func TestSweep(t *testing.T) {
	addr, picture := serve(t), filepath.Join(t.TempDir(), "rates.svg")
	out, said := bench(t, t.Context(), exitOK, with("--addr", addr, "--rate", "50,100", "--plot", picture)...)
	has(t, out, "P99.9", "    50 ", "   100 ")
	has(t, said, "unary, 50 leads/s, open loop, 4 in flight, 4 connections: 200ms after 50ms of warm-up …", "unary, 100 leads/s")
	svg, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(svg), "p99.9", "leads a second")
}

func TestEveryModeWithWrites(t *testing.T) {
	addr := serve(t)
	for _, mode := range []string{"unary", "batch", "stream"} {
		out, _ := bench(t, t.Context(), exitOK, with("--addr", addr, "--mode", mode, "--batch", "10", "--streams", "2",
			"--mix", "exact", "--write-rate", "1000", "--write-batch", "5", "--write-in-flight", "4", "--write-accounts", "100")...)
		has(t, out, "closed", "accounts/s acknowledged", "0 were not visible")
	}
}

func TestJSON(t *testing.T) {
	out, _ := bench(t, t.Context(), exitOK, with("--addr", serve(t), "--corpus", "300", "--format", "json", "--limit", "1", "--explain")...)
	var results []struct {
		Mode     string
		Leads    int
		Messages int
		Latency  struct {
			Count int
			P99   float64 `json:"p99_us"`
		}
	}
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if len(results) != 1 || results[0].Mode != "unary" || results[0].Leads == 0 || results[0].Latency.Count != results[0].Messages ||
		results[0].Latency.P99 <= 0 {
		t.Errorf("%+v of:\n%s", results, out)
	}
}

func TestLeadsOfFiles(t *testing.T) {
	addr, dir := serve(t), t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bench(t, t.Context(), exitOK, with("--addr", addr, "--leads", file("leads.csv", "company,email\nAcme,jo@acme.com\n"))...)
	bench(t, t.Context(), exitOK, with("--addr", addr, "--accounts", file("accounts.jsonl", `{"id":"a","name":"Acme Inc"}`))...)
	f := func(code int, want string, args ...string) {
		t.Helper()
		_, said := bench(t, t.Context(), code, with(append(args, "--addr", addr)...)...)
		has(t, said, want)
	}
	f(exitUsage, "there is no lead in it", "--leads", file("empty.csv", "company\n"))
	f(exitUsage, "missing.csv", "--leads", filepath.Join(dir, "missing.csv"))
	f(exitFailure, "the file is empty", "--accounts", file("none.jsonl", ""))
	f(exitUsage, "--mix: there is no lead of these kinds", "--accounts", file("bare.jsonl", `{"id":"a","name":"Acme Inc"}`), "--mix", "domain")
	f(exitFailure, "broken.jsonl:1", "--accounts", file("broken.jsonl", "{"))
}

func TestSecureServer(t *testing.T) {
	ca := testcert.New(t)
	cert, key := ca.Issue(t, "leadmatchd")
	tokens := filepath.Join(t.TempDir(), "tokens")
	text, err := access.Add(tokens, access.Grant{Name: "bench", Scopes: access.Match})
	if err != nil {
		t.Fatal(err)
	}
	addr := start(t, server.Config{TLSCert: cert, TLSKey: key, Tokens: tokens})
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := bench(t, t.Context(), exitOK, with("--addr", addr, "--tls-ca", ca.File, "--token-file", secret, "--corpus", "10")...)
	has(t, out, "closed")
	_, said := bench(t, t.Context(), exitFailure, with("--addr", addr, "--tls-ca", ca.File, "--token-file", secret)...)
	has(t, said, "the server's accounts", "PermissionDenied")
	out, said = bench(t, t.Context(), exitFailure, with("--addr", addr, "--tls-ca", ca.File, "--corpus", "10")...)
	has(t, out, "failed with Unauthenticated")
	has(t, said, "no call was answered")
}

func TestInterrupted(t *testing.T) {
	addr := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	out, said := bench(t, ctx, exitInterrupted, "--addr", addr, "-d", "1h", "--warm-up", "1ms", "--rate", "50,100", "--distinct", "100")
	has(t, out, "P99.9", "    50 ")
	has(t, said, "interrupted")
}

func TestServersThatAreNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	_, said := bench(t, t.Context(), exitFailure, "--addr", addr, "--wait", "100ms")
	has(t, said, "no leadmatchd is serving at "+addr, "refused")
}

func TestFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		_, said := bench(t, t.Context(), exitUsage, args...)
		has(t, said, want, "--help")
	}
	f("--connections is 0; expected 1 to 1000", "--connections", "0")
	f("--batch is 1001", "--batch", "1001")
	f("a rate is -1; expected 0 to", "--rate=-1")
	f("a rate is NaN", "--write-rate", "NaN")
	f("--rate", "--rate", "fast")
	f(`must be one of "unary"`, "--mode", "bulk")
	f("--duration", "-d", "0s")
	f("--streams is 4; expected no more than --in-flight, which is 2", "--mode", "stream", "--in-flight", "2")
	f("--plot needs several rates", "--plot", "x.svg", "--rate", "10")
	f("expected one", "--leads", "x", "--corpus", "3")
	f("expected host:port", "--addr", "nowhere")
	f("unexpected argument now", "now")
	out, _ := bench(t, t.Context(), exitOK, "--help")
	has(t, out, "--write-rate", "domain=50", "--tls-ca")
}

func TestServerWithoutAccounts(t *testing.T) {
	_, said := bench(t, t.Context(), exitFailure, with("--addr", start(t, server.Config{}))...)
	has(t, said, "there is no account to make leads from; --corpus")
}

func TestFlagsThatNeedTheServer(t *testing.T) {
	addr := serve(t)
	_, said := bench(t, t.Context(), exitUsage, with("--addr", addr, "--mix", "fussy")...)
	has(t, said, `--mix: "fussy" is no kind of lead`)
	_, said = bench(t, t.Context(), exitUsage, with("--addr", addr, "--write-rate", "10", "--write-accounts", "5")...)
	has(t, said, "5 accounts to write, expected 6400 or more")
}

func TestShort(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := short(d); got != want {
			t.Errorf("%d ns is written %s, want %s", d, got, want)
		}
	}
	f(0, "0s")
	f(1234, "1.23µs")
	f(12_345, "12.3µs")
	f(123_456, "123µs")
	f(1_234_567, "1.23ms")
	f(1_234_567_890, "1.23s")
	f(123_456_789_000, "2m3s")
}
