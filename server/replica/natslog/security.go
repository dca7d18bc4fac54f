package natslog

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/leadmatch/leadmatch/server/replica"
)

// Check says what is wrong with the files that the options name, and with what they would send in plain text.
func (o *Options) Check() error {
	_, err := o.security()
	return err
}

// security returns how the servers are recognized, and how they recognize this one. All files are read again for each
// connection.
func (o *Options) security() ([]nats.Option, error) {
	secure := o.CA != "" || o.Cert != "" || strings.Contains(o.URL, "tls://")
	out := []nats.Option{nats.IgnoreAuthErrorAbort()} // else a connection that was refused twice is never tried again
	if secure {
		out = append(out, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13}))
	}
	if o.CA != "" {
		out = append(out, nats.RootCAs(o.CA))
	}
	if o.Cert != "" || o.Key != "" {
		out = append(out, nats.ClientCert(o.Cert, o.Key))
	}
	if o.Credentials != "" {
		c, err := readCredentials(o.Credentials)
		if err == nil && c.plain() && !secure && !local(o.URL) {
			err = errors.New("what it holds would go over the network in plain text; use tls://")
		}
		var option nats.Option
		if err == nil {
			option, err = c.option(o.Credentials)
		}
		if err != nil {
			return nil, fmt.Errorf("the credentials for the log in %s: %w", o.Credentials, err)
		}
		out = append(out, option)
	}
	options := nats.GetDefaultOptions()
	for _, option := range out { // they read their files
		if err := option(&options); err != nil {
			return nil, fmt.Errorf("the log: %w", err)
		}
	}
	return out, nil
}

// credentials are what a file holds: one of what follows.
type credentials struct {
	jwt            bool // what NATS calls credentials: a JWT and the seed of its NKey
	seed           bool // of an NKey
	user, password string
	token          string
}

func readCredentials(file string) (c credentials, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	text = bytes.TrimRight(text, "\r\n")
	switch lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"); {
	case bytes.Contains(text, []byte("-----BEGIN NATS USER JWT-----")):
		c.jwt = true
		_, err = nkeys.ParseDecoratedJWT(text)
	case bytes.Contains(text, []byte("-----BEGIN USER NKEY SEED-----")), len(lines) == 1 && len(text) == seedLength && strings.HasPrefix(lines[0], "SU"):
		c.seed = true
	case len(lines) == 1 && lines[0] != "":
		c.token = lines[0]
	case len(lines) == 2 && lines[0] != "" && lines[1] != "":
		c.user, c.password = lines[0], lines[1]
	default:
		err = errors.New("expected NATS credentials, the seed of an NKey, a user and below it a password, or a token")
	}
	if err == nil && (c.jwt || c.seed) {
		err = checkSeed(text)
	}
	return c, err
}

const seedLength = 58

// checkSeed checks the seed of a user's NKey, of which the error says nothing.
func checkSeed(text []byte) error {
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return errors.New("there is no seed of an NKey in it")
	}
	defer pair.Wipe()
	if public, err := pair.PublicKey(); err != nil || !nkeys.IsValidPublicUserKey(public) {
		return errors.New("the seed in it is not that of a user's NKey")
	}
	return nil
}

// plain says whether they are sent as they are.
func (c credentials) plain() bool { return !c.jwt && !c.seed }

func (c credentials) option(file string) (nats.Option, error) {
	again := func() credentials {
		now, err := readCredentials(file)
		if err != nil {
			return credentials{} // NATS refuses that
		}
		return now
	}
	switch {
	case c.jwt:
		return nats.UserCredentials(file), nil
	case c.seed:
		return nats.NkeyOptionFromSeed(file)
	case c.token != "":
		return nats.TokenHandler(func() string { return again().token }), nil
	}
	return nats.UserInfoHandler(func() (string, string) { now := again(); return now.user, now.password }), nil
}

// local says whether all of the servers are on this machine.
func local(urls string) bool {
	for one := range strings.SplitSeq(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			return false
		}
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// because adds to an error why there is no connection, or what this server may not do, where that is known.
func (l *Log) because(err error) error {
	last, connected := l.conn.LastError(), l.conn.IsConnected()
	switch {
	case last == nil, connected && !errors.Is(last, nats.ErrPermissionViolation):
		return err
	case connected:
		return fmt.Errorf("%w: %w: %w", replica.ErrRefused, last, err)
	case !isRefusal(last):
		return fmt.Errorf("%w: %w", last, err)
	}
	if at, ok := expiry(l.opts.Credentials); ok && time.Now().After(at) {
		return fmt.Errorf("%w: %w: the credentials in %s have expired at %s", replica.ErrRefused, last, l.opts.Credentials,
			at.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("%w: %w", replica.ErrRefused, last)
}

// isRefusal says whether NATS, or this server, will not have the other one, which does not go away by itself.
func isRefusal(err error) bool {
	for _, one := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, nats.ErrPermissionViolation,
		nats.ErrSecureConnWanted, nats.ErrNkeysNotSupported,
	} {
		if errors.Is(err, one) {
			return true
		}
	}
	var certificate *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	var alert *net.OpError
	return errors.As(err, &certificate) || errors.As(err, &invalid) || errors.As(err, &alert) && alert.Op == "remote error"
}

// expiry returns when the JWT in a file expires.
func expiry(file string) (at time.Time, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return at, false
	}
	jwt, err := nkeys.ParseDecoratedJWT(text)
	if err != nil {
		return at, false
	}
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return at, false
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	var c struct {
		Expires int64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(claims, &c) != nil || c.Expires == 0 {
		return at, false
	}
	return time.Unix(c.Expires, 0), true
}
