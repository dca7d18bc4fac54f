package access

import (
	"sync/atomic"
	"time"
)

// burst is how much of its rate a caller may save up by being quiet.
const burst = time.Second

// rate lets through so many units a second, on average. Who has not used up what is due may take any number at once, and
// pays for it by waiting afterwards: a batch of a thousand leads needs no bucket that holds a thousand.
type rate struct {
	each time.Duration // time that one unit takes; 0: any number
	next atomic.Int64  // when the next unit may be taken, in nanoseconds since 1970
}

// take takes n units, or none and says after how long to ask again.
func (r *rate) take(n int, now time.Time) (wait time.Duration) {
	if r.each == 0 {
		return 0
	}
	for {
		next := r.next.Load()
		if early := next - now.UnixNano(); early > 0 {
			return time.Duration(early)
		}
		from := max(next, now.Add(-burst).UnixNano())
		if r.next.CompareAndSwap(next, from+int64(n)*int64(r.each)) {
			return 0
		}
	}
}
