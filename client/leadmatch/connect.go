package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/client"
)

// dial returns a client of a server that is serving. Whoever calls it closes it.
func (a *app) dial() (*client.Client, error) {
	opts := &client.Options{Timeout: a.flags.Timeout}
	if err := a.flags.Fill(opts); err != nil {
		return nil, usageError{err}
	}
	c, err := client.Dial(a.flags.Addr, opts)
	if err != nil {
		return nil, usageError{err}
	}
	ctx, cancel := context.WithTimeout(a.ctx, a.flags.Wait)
	defer cancel()
	if err := c.WaitReady(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("no leadmatchd is serving at %s: %s (another address: --addr or LEADMATCH_ADDR)", a.flags.Addr, describe(err))
	}
	return c, nil
}

// withServer runs f with a client of a server that is serving.
func (a *app) withServer(f func(c *client.Client) error) error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}

// describe puts an error in words for a person: without gRPC's wrapping, and with the fields that were refused.
func describe(err error) string {
	text := err.Error()
	var path *fs.PathError
	if errors.As(err, &path) {
		text = strings.Replace(text, path.Error(), path.Path+": "+path.Err.Error(), 1)
	}
	var call interface{ GRPCStatus() *status.Status }
	if errors.As(err, &call) {
		s := call.GRPCStatus()
		text = strings.Replace(text, s.Err().Error(), inWords(s), 1)
	}
	return text
}

func inWords(s *status.Status) string {
	problems := client.Problems(s.Err())
	if len(problems) == 0 {
		return plain(s)
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Field + ": " + p.Description
	}
	return "refused: " + strings.Join(lines, "; ")
}

// plain is the message of a status, with what its code adds where the message does not say it.
func plain(s *status.Status) string {
	message := s.Message()
	if _, cause, ok := strings.Cut(message, "Error while dialing: "); ok {
		return strings.TrimRight(cause, `"`)
	}
	switch s.Code() {
	case codes.Unauthenticated:
		return message + " (--token-file or LEADMATCH_TOKEN)"
	case codes.Unavailable:
		return "the server is not available: " + message
	case codes.DeadlineExceeded:
		return "no answer in time (--timeout): " + message
	case codes.ResourceExhausted:
		return "the server is overloaded or full: " + message
	case codes.Unimplemented:
		return "the server does not know this call; is it older than this command? " + message
	case codes.Internal, codes.Unknown:
		return "the server failed: " + message
	}
	return message
}
