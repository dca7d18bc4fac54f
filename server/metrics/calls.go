package metrics

import (
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
)

// Calls counts the calls of one method.
type Calls struct {
	Durations Histogram // of calls that were let in; of streams, their whole life
	byCode    [codes.Unauthenticated + 1]atomic.Uint64
}

// Refused counts a call that was not let in.
func (c *Calls) Refused(code codes.Code) { c.byCode[min(code, codes.Unauthenticated)].Add(1) }

// Done counts a call that is over.
func (c *Calls) Done(took time.Duration, code codes.Code) {
	if !counting {
		return
	}
	c.Refused(code)
	c.Durations.Observe(took)
}

// Each calls f with each code that calls ended with, and how many did.
func (c *Calls) Each(f func(code codes.Code, count uint64)) {
	for code := range c.byCode {
		if n := c.byCode[code].Load(); n > 0 {
			f(codes.Code(code), n)
		}
	}
}
