package local

import (
	"context"
	"errors"
	"log/slog"

	"github.com/leadmatch/leadmatch/server"
)

// Here starts a server in this process, on a free port, for tests, and returns its address when it serves. Whoever starts
// it calls stop, which returns how it ended.
func Here(cfg server.Config) (addr string, stop func() error, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg.Listen = "127.0.0.1:0"
	serving, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- server.Run(ctx, cfg, slog.New(addressTaker{slog.DiscardHandler, serving})) }()
	select {
	case addr = <-serving:
		return addr, func() error { cancel(); return <-ended }, nil
	case err = <-ended:
		cancel()
		return "", nil, errors.Join(errors.New("the server ended before it served"), err)
	}
}

// addressTaker is a log that takes the address out of the message with which a server begins to serve.
type addressTaker struct {
	slog.Handler
	to chan<- string
}

func (addressTaker) Enabled(context.Context, slog.Level) bool { return true }

func (t addressTaker) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "address" {
			select {
			case t.to <- a.Value.String():
			default:
			}
		}
		return true
	})
	return nil
}
