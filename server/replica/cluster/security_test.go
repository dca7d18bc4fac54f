package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	changes "github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/replica/natslog"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	check(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its own certificate
}

func newAuthority(t *testing.T, name string) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	a.file, _ = a.sign(name, a.cert)
	return a
}

// sign writes a certificate and its key; that of the authority is the first.
func (a *authority) sign(name string, c *x509.Certificate) (cert, key string) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(a.t, err)
	if a.key == nil {
		a.key = private
	}
	signed, err := x509.CreateCertificate(rand.Reader, c, a.cert, private.Public(), a.key)
	check(a.t, err)
	text, err := x509.MarshalPKCS8PrivateKey(private)
	check(a.t, err)
	in := func(kind string, der []byte) string {
		return put(a.t, filepath.Join(a.dir, name+"."+strings.Fields(kind)[0]), string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	return in("CERTIFICATE", signed), in("PRIVATE KEY", text)
}

// issue signs a certificate for this machine, valid for so long from now.
func (a *authority) issue(name string, valid time.Duration) (cert, key string) {
	return a.sign(name, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid),
	})
}

// guarded starts a server of NATS whose configuration says in addition whom it lets in, and returns its host and port.
func guarded(t *testing.T, more string) (address string, server *process) {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir(), bin: build(t)}
	address = fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	config := put(t, filepath.Join(f.dir, "nats.conf"),
		fmt.Sprintf("listen: %q\njetstream { store_dir: %q, max_mem: 64M, max_file: 1G }\n%s\n", address, f.dir, more))
	server = f.process("nats", "nats-server", "-c", config)
	server.start()
	t.Cleanup(func() { server.signal(syscall.SIGKILL) })
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address, server
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("NATS does not listen; its log is %s", server.log)
	return "", nil
}

// What is said to who is not let in: by the client of NATS, and now and then in the words of its server.
const (
	violation         = "authorization violation"
	violationByServer = "Authorization Violation"
)

// opens opens the log, writes to it and reads from it. With want, that must fail, with an error that says so.
func opens(t *testing.T, name string, opts natslog.Options, want string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		opts.Stream, opts.Memory, opts.Say = "LEADMATCH", true, slog.New(slog.DiscardHandler)
		err := use(ctx, opts)
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(strings.Replace(err.Error(), violationByServer, violation, 1), want)):
			t.Errorf("got %v; want %q", err, want)
		case ctx.Err() != nil:
			t.Error("that took too long")
		}
	})
}

var errRead = errors.New("it was read")

// use does with a log all that a replica does.
func use(ctx context.Context, opts natslog.Options) error {
	l, err := natslog.Open(ctx, opts, "")
	if err != nil {
		return err
	}
	defer l.Close()
	last, err := l.Append(ctx, []changes.Message{{Subject: "mark"}, {Subject: "account.1.x", Data: []byte("1")}})
	if err != nil {
		return err
	}
	err = l.Read(ctx, last-1, func(*changes.Message) error { return errRead })
	if !errors.Is(err, errRead) {
		return err
	}
	return l.Purge(ctx, "account.1.>")
}

// TestTLS has NATS and this end show certificates to each other.
func TestTLS(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	serving := func(valid time.Duration, more string) string {
		cert, key := ours.issue("server"+valid.String(), valid)
		address, _ := guarded(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, %s }", cert, key, ours.file, more))
		return address
	}
	address, expired, mutual := serving(time.Hour, ""), serving(-time.Minute, ""), serving(time.Hour, "verify: true")
	plain, _ := guarded(t, "")
	dead := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])

	opens(t, "right", natslog.Options{URL: "tls://" + address, CA: ours.file}, "")
	opens(t, "one of two is down", natslog.Options{URL: "tls://" + dead + ",tls://" + address, CA: ours.file}, "")
	opens(t, "by the CA alone", natslog.Options{URL: "nats://" + address, CA: ours.file}, "")
	opens(t, "unknown CA", natslog.Options{URL: "tls://" + address}, "signed by unknown authority")
	opens(t, "another CA", natslog.Options{URL: "tls://" + address, CA: other.file}, "signed by unknown authority")
	opens(t, "another name", natslog.Options{URL: "tls://" + strings.Replace(address, "127.0.0.1", "localhost", 1), CA: ours.file}, "match localhost")
	opens(t, "no CA", natslog.Options{URL: "tls://" + address, CA: "/no/ca"}, "/no/ca")
	opens(t, "a CA that is none", natslog.Options{URL: "tls://" + address, CA: put(t, t.TempDir()+"/ca", "x")}, "root certificate")
	opens(t, "expired", natslog.Options{URL: "tls://" + expired, CA: ours.file}, "has expired")
	opens(t, "no TLS there", natslog.Options{URL: "tls://" + plain, CA: ours.file}, "secure connection")

	show := func(from *authority, name string, valid time.Duration) natslog.Options {
		cert, key := from.issue(name, valid)
		return natslog.Options{URL: "tls://" + mutual, CA: ours.file, Cert: cert, Key: key}
	}
	opens(t, "client, right", show(ours, "client", time.Hour), "")
	opens(t, "client, none", natslog.Options{URL: "tls://" + mutual, CA: ours.file}, "certificate required")
	opens(t, "client, of another CA", show(other, "client", time.Hour), "remote error: tls")
	opens(t, "client, expired", show(ours, "late", -time.Minute), "remote error: tls")
	wrong := show(ours, "wrong", time.Hour)
	_, wrong.Key = ours.issue("other", time.Hour)
	opens(t, "client, another key", wrong, "private key does not match")
	wrong.Key = "/no/key"
	opens(t, "client, no key", wrong, "/no/key")
}

// least is what a user of NATS must be allowed for the stream LEADMATCH, as REPLICAS.md says.
const least = `permissions: {
	publish: ["LEADMATCH.>", "$JS.API.STREAM.INFO.LEADMATCH", "$JS.API.STREAM.CREATE.LEADMATCH", "$JS.API.STREAM.PURGE.LEADMATCH",
		"$JS.API.CONSUMER.*.LEADMATCH.>", "$JS.API.CONSUMER.MSG.NEXT.LEADMATCH.>"]
	subscribe: ["_INBOX.>"] }`

// TestPasswords has users, tokens and NKeys in NATS's configuration.
func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	pair, err := nkeys.CreateUser()
	check(t, err)
	public, err := pair.PublicKey()
	check(t, err)
	seed, err := pair.Seed()
	check(t, err)
	users, _ := guarded(t, fmt.Sprintf(`authorization { users: [
		{ user: lead, password: "it's secret", %s }
		{ user: reader, password: reads, permissions: { publish: ["$JS.API.STREAM.INFO.LEADMATCH"], subscribe: ["_INBOX.>"] } }
		{ nkey: %s } ] }`, least, public))
	tokens, _ := guarded(t, `authorization { token: "s3cret" }`)
	open, _ := guarded(t, "")

	with := func(address, text string) natslog.Options {
		return natslog.Options{URL: "nats://" + address, Credentials: put(t, filepath.Join(dir, fmt.Sprintf("%x", text)), text)}
	}
	opens(t, "password, right", with(users, "lead\nit's secret\n"), "")
	opens(t, "password, wrong", with(users, "lead\nsecret\n"), violation)
	opens(t, "password, may not write", with(users, "reader\nreads"), "Permissions Violation")
	opens(t, "nothing", natslog.Options{URL: "nats://" + users}, violation)
	opens(t, "NKey, right", with(users, string(seed)+"\n"), "")
	another, err := nkeys.CreateUser()
	check(t, err)
	seed, err = another.Seed()
	check(t, err)
	opens(t, "NKey, wrong", with(users, string(seed)), violation)
	opens(t, "NKey, where none is known", with(open, string(seed)), "not supported")
	opens(t, "NKey, damaged", with(users, string(seed[:57])+"x"), "no seed")
	opens(t, "token, right", with(tokens, "s3cret"), "")
	opens(t, "token, wrong", with(tokens, "secret"), violation)
	opens(t, "an empty file", with(tokens, "\n"), "expected NATS credentials")
	opens(t, "more than a password", with(tokens, "a\nb\nc"), "expected NATS credentials")
	opens(t, "no file", natslog.Options{URL: "nats://" + tokens, Credentials: "/no/file"}, "/no/file")
	opens(t, "in plain text", with("nats.example:4222", "s3cret"), "plain text")

	wrong := with(tokens, "not this one")
	out, err := exec.Command(filepath.Join(build(t), "leadmatchd"), "--data", dir+"/data", "--listen", "127.0.0.1:0", "--http-listen", "off",
		"--log", wrong.URL, "--log-credentials", wrong.Credentials).CombinedOutput()
	if err == nil || !strings.Contains(string(out), violation) || strings.Contains(string(out), "not this one") {
		t.Errorf("leadmatchd: %v\n%s", err, out)
	}
}

// issuer makes users of an account, as nsc does.
type issuer struct {
	t       *testing.T
	account nkeys.KeyPair
	config  string // of NATS
}

func newIssuer(t *testing.T) *issuer {
	operator, err := nkeys.CreateOperator()
	check(t, err)
	account, err := nkeys.CreateAccount()
	check(t, err)
	key := func(k nkeys.KeyPair) string {
		public, err := k.PublicKey()
		check(t, err)
		return public
	}
	system, err := nkeys.CreateAccount()
	check(t, err)
	o, err := jwt.NewOperatorClaims(key(operator)).Encode(operator)
	check(t, err)
	claims := jwt.NewAccountClaims(key(account))
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	a, err := claims.Encode(operator)
	check(t, err)
	s, err := jwt.NewAccountClaims(key(system)).Encode(operator)
	check(t, err)
	return &issuer{t, account, fmt.Sprintf("operator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: { %s: %s, %s: %s }",
		o, key(system), key(account), a, key(system), s)}
}

// credentials writes those of a new user, which are valid for so long.
func (i *issuer) credentials(file string, valid time.Duration) string {
	i.t.Helper()
	user, err := nkeys.CreateUser()
	check(i.t, err)
	public, err := user.PublicKey()
	check(i.t, err)
	claims := jwt.NewUserClaims(public)
	claims.Expires = time.Now().Add(valid).Unix()
	token, err := claims.Encode(i.account)
	check(i.t, err)
	seed, err := user.Seed()
	check(i.t, err)
	text, err := jwt.FormatUserConfig(token, seed)
	check(i.t, err)
	return put(i.t, file, string(text))
}

// TestCredentials has an operator, accounts, and users with JWTs that expire.
func TestCredentials(t *testing.T) {
	dir, ours, other := t.TempDir(), newIssuer(t), newIssuer(t)
	address, _ := guarded(t, ours.config)
	with := func(file string) natslog.Options { return natslog.Options{URL: "nats://" + address, Credentials: file} }
	right := ours.credentials(dir+"/right", time.Hour)
	opens(t, "right", with(right), "")
	opens(t, "of another operator", with(other.credentials(dir+"/other", time.Hour)), violation)
	opens(t, "expired", with(ours.credentials(dir+"/late", -time.Minute)), "have expired at")
	opens(t, "nothing", natslog.Options{URL: "nats://" + address}, violation)
	text, err := os.ReadFile(right)
	check(t, err)
	opens(t, "cut off", with(put(t, dir+"/cut", string(text[:len(text)/2]))), "no seed")

	// While it runs they expire, and later there are new ones in the file.
	file := ours.credentials(dir+"/short", 2*time.Second)
	opts := with(file)
	opts.Stream, opts.Say = "LEADMATCH", slog.New(slog.DiscardHandler)
	l, err := natslog.Open(t.Context(), opts, "")
	check(t, err)
	defer l.Close()
	until := func(what string, ok func(error) bool) {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			_, err := l.Last(t.Context())
			if ok(err) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: it is %v", what, err)
			}
		}
	}
	until("it expires", func(err error) bool {
		return errors.Is(err, changes.ErrRefused) && strings.Contains(err.Error(), "have expired at")
	})
	time.Sleep(2 * time.Second) // NATS refuses it some times
	ours.credentials(file, time.Hour)
	until("there are new ones", func(err error) bool { return err == nil })
}
