package server

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/testcert"
)

const host = "leadmatchd.test"

// clientTLS is what a client trusts and shows.
func clientTLS(t *testing.T, ca *testcert.CA, cert, key string) *tls.Config {
	t.Helper()
	pool, err := readPool(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: pool, ServerName: host}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func withTLS(config *tls.Config) grpc.DialOption {
	return grpc.WithTransportCredentials(credentials.NewTLS(config))
}

// ask asks the server's health over a connection of its own.
func (r *running) ask(t *testing.T, option grpc.DialOption) error {
	t.Helper()
	conn := dial(t, r.listener, option)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	return err
}

// TestTLS tries to get in by everything but TLS 1.3 with a certificate that the server's CA has signed.
func TestTLS(t *testing.T) {
	ca, stranger := testcert.New(t), testcert.New(t)
	cert, key := ca.Issue(t, host)
	good := clientTLS(t, ca, cert, key)
	r := start(t, Config{DataDir: t.TempDir(), TLSCert: cert, TLSKey: key, TLSClientCA: ca.File}, withTLS(good))
	f := func(how string, option grpc.DialOption) {
		t.Helper()
		if err := r.ask(t, option); err == nil {
			t.Errorf("%s gets in", how)
		} else {
			wantCode(t, err, codes.Unavailable)
		}
	}
	f("plain text", grpc.WithTransportCredentials(insecure.NewCredentials()))
	f("no certificate", withTLS(clientTLS(t, ca, "", "")))
	otherCert, otherKey := stranger.Issue(t, host)
	other := clientTLS(t, ca, otherCert, otherKey)
	f("a stranger's certificate", withTLS(other))
	old := good.Clone()
	old.MaxVersion = tls.VersionTLS12
	f("TLS 1.2", withTLS(old))
	f("who trusts somebody else", withTLS(clientTLS(t, stranger, cert, key)))
	if err := r.ask(t, withTLS(good)); err != nil {
		t.Errorf("who may: %v", err)
	}
}

// TestCertificateIsRenewed exchanges the certificate under a server that runs, first with a key that does not fit.
func TestCertificateIsRenewed(t *testing.T) {
	ca := testcert.New(t)
	cert, key := ca.Issue(t, host)
	reload := make(chan os.Signal)
	trust := clientTLS(t, ca, "", "")
	r := start(t, Config{DataDir: t.TempDir(), TLSCert: cert, TLSKey: key, Reload: reload, reloadEvery: time.Hour}, withTLS(trust))
	serial := func() string {
		t.Helper()
		raw, err := r.listener.DialContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		config := trust.Clone()
		config.NextProtos = []string{"h2"}
		conn := tls.Client(raw, config)
		defer conn.Close()
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	signal := func() {
		reload <- os.Interrupt
		reload <- os.Interrupt // taken only when the first was done with
	}
	first := serial()
	whole, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if signal(); serial() != first {
		t.Fatal("the certificate has changed, though its key cannot be read")
	}
	if err := os.WriteFile(key, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	ca.Issue(t, host)
	if signal(); serial() == first {
		t.Fatal("the certificate is the old one")
	}
}

func TestBadCertificatesAreRefused(t *testing.T) {
	ca := testcert.New(t)
	cert, key := ca.Issue(t, host)
	_, otherKey := ca.Issue(t, "other")
	f := func(says, cert, key, clientCA string) {
		t.Helper()
		_, err := openCertificates(cert, key, clientCA)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	f("no such file", "nothing.pem", key, "")
	f("does not match", cert, otherKey, "")
	f("no such file", cert, key, "nothing.pem")
	f("there is no certificate", cert, key, key)
}

// TestTokenIsNotLogged calls with right and wrong tokens and looks for them in the log.
func TestTokenIsNotLogged(t *testing.T) {
	var log syncBuffer
	file := t.TempDir() + "/tokens"
	token := grant(t, file, access.Grant{Name: "name", Scopes: access.Match})
	s := newTestServer(t, Config{DataDir: t.TempDir(), MinFreeBytes: 1, Tokens: file, SlowCall: time.Millisecond}, &log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.run(ctx, listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	wrong := token[:len(token)-1] + "#"
	for _, bearer := range []string{token, wrong} {
		for _, m := range []string{"/leadmatch.v1.MatchService/Match", "/leadmatch.v1.AdminService/SetPolicy", "/secret/word"} {
			_ = call(with(t.Context(), bearer), conn, describedMethod{name: m})
		}
	}
	conn.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	text := log.String()
	for _, secret := range []string{token[len(token)-20 : len(token)-1], "secret"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q stands in the log:\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "not allowed") {
		t.Errorf("the log says nothing of calls that were refused:\n%s", text)
	}
}
