// Package metrics counts what happens on the way of every call. A count is an atomic addition, and no text is looked up:
// the names and labels are put together when somebody asks (see package server's collector).
//
// # Concurrency
//
// Any number of goroutines may use all of it at once. What is read while others count may be off by what they are at.
package metrics

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A histogram's bounds are two for each power of two, from 1.5 µs to 17 s: what is read off between two of them is wrong
// by a fifth at most.
const (
	boundsShift = 9 // the unit of bounds is 512 ns
	buckets     = 48
)

// Histogram counts durations. The zero value is empty.
type Histogram struct {
	counts [buckets + 1]atomic.Uint64 // the last is for what is longer than all bounds
	sum    atomic.Int64               // nanoseconds
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) {
	if !counting {
		return
	}
	h.counts[bucketOf(d)].Add(1)
	h.sum.Add(int64(d))
}

// bucketOf returns the first bucket whose bound is above d.
func bucketOf(d time.Duration) int {
	units := uint64(max(d, 0)) >> boundsShift
	if units < 2 {
		return 0
	}
	power := bits.Len64(units) - 2
	return min(2*power+int(units>>power&1), buckets)
}

// bound returns what is above all that is in a bucket.
func bound(bucket int) time.Duration {
	return time.Duration(3+bucket%2) << (bucket/2 + boundsShift)
}

// Count returns how many durations there were.
func (h *Histogram) Count() (n uint64) {
	for i := range h.counts {
		n += h.counts[i].Load()
	}
	return n
}

// Metric returns the histogram as Prometheus has it, in seconds.
func (h *Histogram) Metric(desc *prometheus.Desc, labels ...string) prometheus.Metric {
	below, count := make(map[float64]uint64, buckets), uint64(0)
	for i := range buckets {
		count += h.counts[i].Load()
		below[bound(i).Seconds()] = count
	}
	count += h.counts[buckets].Load()
	return prometheus.MustNewConstHistogram(desc, count, time.Duration(h.sum.Load()).Seconds(), below, labels...)
}
