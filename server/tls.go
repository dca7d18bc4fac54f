package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// certificates are the server's certificate and, for mutual TLS, those that sign its clients'. They are read again when
// their files change; connections that are open keep what they began with.
type certificates struct {
	cert, key, clientCA string // files; clientCA may be empty

	now atomic.Pointer[tls.Config]
}

func openCertificates(cert, key, clientCA string) (*certificates, error) {
	c := &certificates{cert: cert, key: key, clientCA: clientCA}
	return c, c.reload()
}

// reload reads the files. With an error, all is as it was.
func (c *certificates) reload() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("the certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	config := &tls.Config{
		Certificates:           []tls.Certificate{pair},
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true, // a client whose certificate is no longer good shall not go on by an old session
	}
	if c.clientCA != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		if config.ClientCAs, err = readPool(c.clientCA); err != nil {
			return err
		}
	}
	c.now.Store(config)
	return nil
}

func readPool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New(file + ": there is no certificate in it; PEM is expected")
	}
	return pool, nil
}

// expires returns when the server's certificate ends.
func (c *certificates) expires() time.Time { return c.now.Load().Certificates[0].Leaf.NotAfter }

// config returns a configuration that follows the files, for one protocol above TLS ("h2", "http/1.1").
func (c *certificates) config(protocol string) *tls.Config {
	of := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := c.now.Load().Clone()
		config.NextProtos = []string{protocol}
		return config, nil
	}
	config, _ := of(nil)
	config.GetConfigForClient = of
	return config
}
