package server

import (
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/server/metrics"
)

// counters are what is counted on the way of a call; collector makes metrics of them when somebody asks.
type counters struct {
	calls   map[string]*metrics.Calls // by method; never changed after it was made
	other   metrics.Calls             // of methods that there are not
	leads   metrics.Leads
	refused [whys]atomic.Uint64
	answers [6]atomic.Uint64  // by HTTP, by the hundreds of the code
	commits metrics.Histogram // until they are on disk
	applied metrics.Histogram // until they are visible, after that
	reloads [2]atomic.Uint64  // of files: those that went well, and the others
}

func (c *counters) init() {
	c.calls = make(map[string]*metrics.Calls, len(rules))
	for method := range rules {
		c.calls[method] = &metrics.Calls{}
	}
}

// of returns the counters of a method.
func (c *counters) of(method string) *metrics.Calls {
	if m := c.calls[method]; m != nil {
		return m
	}
	return &c.other
}

// why says why a call or a connection was not let in.
type why uint8

const (
	whyToken why = iota
	whyScope
	whyLoading
	whyBusy   // and the kinds from here on
	whyUnread = whyBusy + why(kinds)
)

const (
	whyRate = whyUnread + 1 + iota
	whyConnections
	whys
)

var whyNames = [whys]string{
	whyToken: "token", whyScope: "scope", whyLoading: "loading", whyBusy + why(outside): "busy_health",
	whyBusy + why(live): "busy_live", whyBusy + why(bulk): "busy_bulk", whyBusy + why(writing): "busy_writing",
	whyUnread: "unread", whyRate: "rate", whyConnections: "connections",
}

// refuse counts why something was not let in, and returns the error.
func (c *counters) refuse(w why, err error) error {
	c.refused[w].Add(1)
	return err
}

// codeOf is status.Code for errors that are mostly none.
func codeOf(err error) codes.Code {
	if err == nil {
		return codes.OK
	}
	return status.Code(err)
}
