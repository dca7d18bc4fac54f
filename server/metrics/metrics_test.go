package metrics

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/leadmatch/leadmatch/matcher"
)

// TestBuckets compares bucketOf with looking through the bounds.
func TestBuckets(t *testing.T) {
	slow := func(d time.Duration) int {
		for i := range buckets {
			if d < bound(i) {
				return i
			}
		}
		return buckets
	}
	f := func(d time.Duration) {
		t.Helper()
		if got, want := bucketOf(d), slow(d); got != want {
			t.Errorf("%v: %d, want %d", d, got, want)
		}
	}
	for i := range buckets {
		f(bound(i) - 1)
		f(bound(i))
		if i > 0 && bound(i) <= bound(i-1) {
			t.Errorf("bound %d is %v, the one before %v", i, bound(i), bound(i-1))
		}
	}
	for range 100_000 {
		f(time.Duration(rand.Uint64() >> rand.IntN(64) >> 1))
	}
	f(-1)
	f(0)
	if bound(0) != 1536 || bound(buckets-1) < 15*time.Second {
		t.Errorf("bounds go from %v to %v", bound(0), bound(buckets-1))
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	h.Observe(time.Microsecond)
	h.Observe(time.Millisecond)
	h.Observe(time.Hour)
	var m dto.Metric
	if err := h.Metric(prometheus.NewDesc("x", "", nil, nil)).Write(&m); err != nil {
		t.Fatal(err)
	}
	got := m.GetHistogram()
	last := got.GetBucket()[len(got.GetBucket())-1]
	if got.GetSampleCount() != 3 || h.Count() != 3 || last.GetCumulativeCount() != 2 || got.GetSampleSum() != 3600.001001 {
		t.Errorf("%v", got)
	}
}

func TestKindOf(t *testing.T) {
	f := func(want Kind, l matcher.Lead, reasons ...matcher.Reason) {
		t.Helper()
		if got := KindOf(&l, &matcher.Outcome{Reasons: reasons}); got != want {
			t.Errorf("%+v: %s, want %s", l, KindNames[got], KindNames[want])
		}
	}
	place := matcher.Address{City: "Bonn"}
	f(ByDomain, matcher.Lead{Email: "jo@acme.com", Company: "Acme"})
	f(ByDomain, matcher.Lead{Website: "acme.com", Phone: "1"})
	f(ByName, matcher.Lead{Email: "jo@gmail.com", Company: "Acme"}, matcher.FreemailOnly)
	f(ByNameAndPlace, matcher.Lead{Email: "jo@gmail.com", Company: "Acme", Address: place}, matcher.FreemailOnly)
	f(ByPhone, matcher.Lead{Phone: "1", Address: place})
	f(ByNothing, matcher.Lead{Address: place})
	f(ByNothing, matcher.Lead{})
}

// TestNothingIsAllocated counts as a call does.
func TestNothingIsAllocated(t *testing.T) {
	var leads Leads
	var calls Calls
	l, o := matcher.Lead{Company: "Acme"}, matcher.Outcome{Decision: matcher.Matched, Reasons: []matcher.Reason{matcher.ExactName}}
	if n := testing.AllocsPerRun(100, func() {
		leads.Time(&l, &o, time.Microsecond)
		leads.Count(&o)
		calls.Done(time.Microsecond, 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if leads.Decisions[matcher.Matched].Load() == 0 || leads.Reasons[matcher.ExactName].Load() == 0 {
		t.Error("nothing was counted")
	}
}

func BenchmarkCount(b *testing.B) {
	var leads Leads
	var calls Calls
	l, o := matcher.Lead{Company: "Acme"}, matcher.Outcome{Decision: matcher.Matched, Reasons: []matcher.Reason{matcher.ExactName}}
	b.ReportAllocs()
	for b.Loop() {
		begin := time.Now()
		leads.Time(&l, &o, time.Since(begin))
		leads.Count(&o)
		calls.Done(time.Since(begin), 0)
	}
}
