package load

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what was measured, without the warm-up.
type Result struct {
	Mode  Mode    `json:"mode"`
	Rate  float64 `json:"rate"` // leads a second that were to come; 0 is a closed loop
	Batch int     `json:"batch"`

	Seconds        float64   `json:"seconds"`          // that were measured
	Leads          int       `json:"leads"`            // that were answered in these
	LeadsPerSecond float64   `json:"leads_per_second"` //
	Matched        int       `json:"matched"`          // of them, to an account
	Refused        int       `json:"refused,omitempty"`
	Messages       int       `json:"messages"`         // that were due in these seconds and were answered
	Unsent         int       `json:"unsent,omitempty"` // messages that were due and never sent; Latency has what they waited
	Latency        Latency   `json:"latency"`          // of messages
	Late           *Latency  `json:"late,omitempty"`   // in an open loop, of which: until the message was sent
	Failures       []Failure `json:"failures,omitempty"`

	// BySecond are latencies of what was answered in each second.
	BySecond []Latency `json:"-"`

	Writes *WriteResult `json:"writes,omitempty"`
}

// Latency is how long things took.
type Latency struct {
	Count                          int
	Mean, P50, P90, P99, P999, Max time.Duration
}

// MarshalJSON spells times in microseconds.
func (l Latency) MarshalJSON() ([]byte, error) {
	micros := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return json.Marshal(struct {
		Count int     `json:"count"`
		Mean  float64 `json:"mean_us"`
		P50   float64 `json:"p50_us"`
		P90   float64 `json:"p90_us"`
		P99   float64 `json:"p99_us"`
		P999  float64 `json:"p99_9_us"`
		Max   float64 `json:"max_us"`
	}{l.Count, micros(l.Mean), micros(l.P50), micros(l.P90), micros(l.P99), micros(l.P999), micros(l.Max)})
}

func summarize(h *hdrhistogram.Histogram) Latency {
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) }
	return Latency{
		Count: int(h.TotalCount()), Mean: time.Duration(h.Mean()), P50: at(50), P90: at(90), P99: at(99), P999: at(99.9),
		Max: time.Duration(h.Max()),
	}
}

// Failure is why messages were not answered.
type Failure struct {
	Code     string `json:"code"` // of gRPC; NoAnswer where a stream's answer did not come in time
	Messages int    `json:"messages"`
	Leads    int    `json:"leads"`
	Message  string `json:"message"` // of the first
}

// Failed returns how many messages were not answered.
func (r *Result) Failed() (n int) {
	for _, f := range r.Failures {
		n += f.Messages
	}
	return n
}

func sorted(failures map[string]*Failure) (out []Failure) {
	for _, f := range failures {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Failure) int { return cmp.Compare(b.Messages, a.Messages) })
	return out
}
