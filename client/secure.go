package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc/credentials"
)

// TLS says how servers are recognized and how the client shows who it is. The zero value trusts what the machine trusts
// and shows nothing.
type TLS struct {
	CA         string // file with the certificates to trust, in PEM, in place of the machine's
	Cert, Key  string // files with the client's own certificate and its key, for servers that ask for them
	ServerName string // the name in the server's certificate, when the address is another
}

// Credentials reads the files and returns what Options take. Nothing older than TLS 1.3 is spoken.
func (t TLS) Credentials() (credentials.TransportCredentials, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: t.ServerName}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		if config.RootCAs = x509.NewCertPool(); !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, errors.New(t.CA + ": there is no certificate in it; expected PEM")
		}
	}
	if t.Cert != "" || t.Key != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("the certificate %q with the key %q: %w", t.Cert, t.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

// bearer shows a token with every call.
type bearer struct {
	token string
	local bool // the servers are on this machine
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.token}, nil
}

// RequireTransportSecurity keeps the token from going over a network in plain text.
func (b bearer) RequireTransportSecurity() bool { return !b.local }

// checkToken refuses what cannot be sent. The error does not hold it.
func checkToken(token string) error {
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return errors.New("the token has characters that no token has; is there a line break or a blank in it?")
		}
	}
	return nil
}

// isLocal says whether an address is one of this machine, or several.
func isLocal(addr string) bool {
	for one := range strings.SplitSeq(addr, ",") {
		one = strings.TrimSpace(one)
		if strings.HasPrefix(one, "unix:") {
			continue
		}
		host, _, err := net.SplitHostPort(one)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}
