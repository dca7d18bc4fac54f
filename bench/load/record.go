package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"google.golang.org/grpc/status"
)

// recorder gathers what is measured. Any number of goroutines may use it at once.
type recorder struct {
	window span

	mu       sync.Mutex // guards the rest
	latency  *hdrhistogram.Histogram
	late     *hdrhistogram.Histogram // how long messages waited to be sent
	seconds  []*hdrhistogram.Histogram
	leads    int // answered within the window
	messages int // answered that were due within it
	matched  int
	refused  int
	failures map[string]*Failure
}

// The ends of what can be told apart, in nanoseconds, and to how many digits.
const (
	shortest = int64(time.Microsecond)
	longest  = int64(10 * time.Minute)
	digits   = 3
)

func newRecorder(window span) *recorder {
	return &recorder{
		window: window, latency: newHistogram(digits), late: newHistogram(digits), failures: map[string]*Failure{},
	}
}

func newHistogram(digits int) *hdrhistogram.Histogram {
	return hdrhistogram.New(shortest, longest, digits)
}

func note(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d), shortest), longest)) // no value within its ends is refused
}

// answer notes a message that was due and sent then, and is answered now.
func (r *recorder) answer(due, sent time.Time, a answers) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.window.holds(now) {
		r.leads += a.leads
		r.matched += a.matched
		r.refused += a.refused
		note(r.second(now), now.Sub(due))
	}
	if r.window.holds(due) {
		r.messages++
		note(r.latency, now.Sub(due))
		note(r.late, sent.Sub(due))
	}
}

// second returns the histogram of the second that t lies in.
func (r *recorder) second(t time.Time) *hdrhistogram.Histogram {
	n := int(t.Sub(r.window.start) / time.Second)
	for len(r.seconds) <= n {
		r.seconds = append(r.seconds, newHistogram(digits-1))
	}
	return r.seconds[n]
}

// fail notes a message that was not answered.
func (r *recorder) fail(due time.Time, leads int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.window.holds(due) {
		return
	}
	s := status.Convert(err)
	code := s.Code().String()
	if err == errLate {
		code = "NoAnswer"
	}
	f := r.failures[code]
	if f == nil {
		f = &Failure{Code: code, Message: s.Message()}
		r.failures[code] = f
	}
	f.Messages++
	f.Leads += leads
}

// result sums up. Messages that nobody could send before the end count with what they had waited.
func (r *recorder) result(a *arrivals) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := time.Now()
	if end.After(r.window.end) {
		end = r.window.end
	}
	unsent := 0
	a.left(end, func(due time.Time) {
		if r.window.holds(due) {
			unsent++
			note(r.latency, end.Sub(due))
			note(r.late, end.Sub(due))
		}
	})
	measured := max(0, end.Sub(r.window.start))
	out := &Result{
		Seconds: measured.Seconds(), Leads: r.leads, Messages: r.messages, Matched: r.matched, Refused: r.refused, Unsent: unsent,
		Latency: summarize(r.latency), Failures: sorted(r.failures),
	}
	if measured > 0 {
		out.LeadsPerSecond = float64(r.leads) / measured.Seconds()
	}
	if !a.closed() {
		late := summarize(r.late)
		out.Late = &late
	}
	for _, h := range r.seconds {
		out.BySecond = append(out.BySecond, summarize(h))
	}
	return out
}
