package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// body is a request's body, bounded: a call with one message must send it within MaxCall; of a stream, each message is
// bounded for itself, and something must come within IdleTimeout.
type body struct {
	io.ReadCloser
	call  *webCall
	bytes int       // that may still be read
	until time.Time // when the body must be there; zero: of a stream
	ended atomic.Bool

	mu   sync.Mutex // guards left
	left bool       // the call has ended; the connection may be another's
}

func newBody(c *webCall, r io.ReadCloser) *body {
	b := &body{ReadCloser: r, call: c, bytes: c.web.server.cfg.MaxMessageBytes}
	b.until = time.Now().Add(c.web.server.cfg.MaxCall)
	return b
}

// begin is called when the method is known. Streams answer while they are read from.
func (b *body) begin() {
	if b.call.rule.stream {
		b.until = time.Time{}
		_ = b.call.control.EnableFullDuplex() // HTTP/1.1 has it
	}
}

func (b *body) Read(p []byte) (n int, err error) {
	cfg := &b.call.web.server.cfg
	if f := b.call.failed.Load(); f != nil {
		return 0, f.status.Err()
	}
	if b.bytes == 0 {
		return 0, b.call.fail(status.Newf(codes.ResourceExhausted, "a message has more than %d bytes, which is the limit",
			cfg.MaxMessageBytes), http.StatusRequestEntityTooLarge)
	}
	until := b.until
	if until.IsZero() {
		until = time.Now().Add(cfg.IdleTimeout)
	}
	b.setDeadline(until)
	n, err = b.ReadCloser.Read(p[:min(len(p), b.bytes)])
	b.bytes -= n
	switch {
	case errors.Is(err, io.EOF):
		b.ended.Store(true)
		b.setDeadline(time.Time{}) // net/http goes on reading, to see whether the caller leaves
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = b.call.fail(status.New(codes.DeadlineExceeded, "the body did not come in time"), http.StatusRequestTimeout)
	}
	return n, err
}

// setDeadline sets when Read gives up. The gateway may still read a stream when the call has ended.
func (b *body) setDeadline(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.left {
		_ = b.call.control.SetReadDeadline(until) // when it cannot be set, the connection is closed, which Read says
	}
}

// lingering is how long net/http may read what is left of a body that nobody wants: who sends it shall read the answer
// before the connection is reset.
const lingering = time.Second

// leave is called when the answer is given.
func (b *body) leave() {
	if !b.ended.Load() {
		b.setDeadline(time.Now().Add(lingering))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = true
}
