package main

import (
	"context"
	"io"
)

// untilDone makes reads from a terminal or a pipe end with the context, which they do not by themselves.
func untilDone(ctx context.Context, r io.Reader) io.Reader { return &interruptible{ctx: ctx, r: r} }

type interruptible struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	done chan readResult // of the read under way
	held []byte          // read and not yet handed out
}

type readResult struct {
	n   int
	err error
}

func (i *interruptible) Read(p []byte) (int, error) {
	if len(i.held) > 0 {
		n := copy(p, i.held)
		i.held = i.held[n:]
		return n, nil
	}
	if i.buf == nil {
		i.buf, i.done = make([]byte, 64<<10), make(chan readResult, 1)
	}
	go func() {
		n, err := i.r.Read(i.buf)
		i.done <- readResult{n, err}
	}()
	select {
	case r := <-i.done:
		n := copy(p, i.buf[:r.n])
		i.held = i.buf[n:r.n]
		if len(i.held) > 0 {
			return n, nil // the error, if any, comes again
		}
		return n, r.err
	case <-i.ctx.Done():
		return 0, context.Cause(i.ctx)
	}
}
