package timing

import (
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

func TestSummarize(t *testing.T) {
	times := make([]time.Duration, 200)
	for i := range times {
		times[i] = time.Duration((i*37)%200+1) * time.Microsecond
	}
	want := Summary{200, 101 * time.Microsecond, 199 * time.Microsecond, 200 * time.Microsecond}
	if got := Summarize(times); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Summarize(times[:1]); got.Median != got.Max || got.Leads != 1 {
		t.Errorf("of one time: %+v", got)
	}
}

func TestEveryLeadIsTimed(t *testing.T) {
	c := corpus.New(1, 200)
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, c.Accounts()); err != nil {
		t.Fatal(err)
	}
	var leads []*matcher.Lead
	for _, kind := range corpus.Kinds {
		l, _ := c.Lead(kind, 0)
		leads = append(leads, &l)
	}
	times := Leads(x.Snapshot(), leads)
	if len(times) != len(leads) {
		t.Fatalf("%d times of %d leads", len(times), len(leads))
	}
	for i, took := range times {
		if took <= 0 || took > time.Second {
			t.Errorf("the %s lead took %v", corpus.Kinds[i], took)
		}
	}
}

func TestMicros(t *testing.T) {
	if got := Micros(12345 * time.Nanosecond); got != "12.3" {
		t.Errorf("got %s, want 12.3", got)
	}
}
