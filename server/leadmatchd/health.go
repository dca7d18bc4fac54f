package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// health asks the leadmatchd of this machine whether it serves, as containers and service managers want to know. It is
// given the server's own options, mostly by the same file or environment.
type health struct {
	Listen  string        `help:"Address that the server listens on." default:"${listen}"`
	TLSCert string        `name:"tls-cert" help:"The server's certificate; a server that shows another is not trusted." placeholder:"FILE"`
	TLSKey  string        `name:"tls-key" help:"Its key: the certificate is also shown as the client's, for a server with --tls-client-ca." placeholder:"FILE"`
	Timeout time.Duration `help:"Longest time to wait for the answer." default:"3s"`
}

func (h *health) Run(ctx context.Context, c *common) error {
	if err := c.settings.err(); err != nil {
		return err
	}
	addr, err := localAddr(h.Listen)
	if err != nil {
		return err
	}
	creds, err := h.credentials()
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(creds), grpc.WithNoProxy())
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	answer, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	if err != nil {
		return fmt.Errorf("%s: %w", addr, err)
	}
	if s := answer.GetStatus(); s != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("%s: %s", addr, s)
	}
	_, err = fmt.Println(answer.GetStatus())
	return err
}

// localAddr returns where a server that listens on an address is reached from its own machine.
func localAddr(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("--listen is %q, which is not host:port", listen)
	}
	switch host { // numbers: in a container, nothing may know the name localhost
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// credentials trust the server's certificate itself: it need not be this address's, and who signed it does not matter.
func (h *health) credentials() (credentials.TransportCredentials, error) {
	if h.TLSCert == "" {
		return insecure.NewCredentials(), nil
	}
	own, err := tls.LoadX509KeyPair(h.TLSCert, h.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s with the key %s: %w", h.TLSCert, h.TLSKey, err)
	}
	return credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{own},
		InsecureSkipVerify: true, // VerifyConnection is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			if !bytes.Equal(state.PeerCertificates[0].Raw, own.Certificate[0]) {
				return errors.New("the server shows another certificate than " + h.TLSCert)
			}
			return nil
		},
	}), nil
}
