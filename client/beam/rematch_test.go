package leadbeam

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/graph/window"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/metrics"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestBadRows: what cannot be decided comes out with its place, field and what was expected; the rest is decided.
func TestBadRows(t *testing.T) {
	path := write(t, "bad.csv", "id,company,email\n1,Texas instrument,\n2,too,many,fields\n3,,"+strings.Repeat("e", 321)+"\n4,\"open,\n5,Kyoto Univ,\n")
	for way, opts := range ways() {
		outcomes, dead, err := decide(t, opts, files(path))
		if err != nil {
			t.Fatal(err)
		}
		got := letters(t, dead)
		if len(outcomes) != 2 || len(got) != 3 {
			t.Fatalf("%s: %v, %v", way, outcomes, dead)
		}
		f := func(d, want DeadLetter) {
			t.Helper()
			if want.File = path; d != want {
				t.Errorf("%s: %+v, want %+v", way, d, want)
			}
		}
		f(got[0], DeadLetter{Line: 3, Expected: "expected 3 fields, as the header has; got 4", Row: "2,too,many,fields"})
		f(got[1], DeadLetter{
			Line: 4, Field: "email", Expected: "at most 320 bytes; it has 321",
			Row: `{"id":"3","email":"` + strings.Repeat("e", 321) + `"}`,
		})
		f(got[2], DeadLetter{Line: 5, Expected: "a quote is never closed, or not within 1 MiB", Row: `4,"open,`})
	}
	for _, object := range []string{`{"company":{}, "id":"1"}`, `{"company":"A"}`, `{`} {
		_, dead, err := decide(t, ways()["snapshot"], func(s beam.Scope) (beam.PCollection, beam.PCollection) {
			return FromJSON(s, beam.Create(s, object), nil)
		})
		if err != nil || len(dead) != 1 || letters(t, dead)[0].Row != object {
			t.Errorf("%s: %v, %v", object, dead, err)
		}
	}
}

// TestServerComesBack: a server that is killed while a pipeline runs, and comes back, costs no outcome.
func TestServerComesBack(t *testing.T) {
	s, err := programs.Start(t.Context(), filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Kill() }()
	if err := fill(t.Context(), s, sample+"accounts.csv", filepath.Join(t.TempDir(), "snapshot")); err != nil {
		t.Fatal(err)
	}
	leads := sample + "leads.csv"
	want := rematched(t, s, leads)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	back := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { back <- s.Start(context.WithoutCancel(t.Context())) })
	got, _, err := decide(t, Options{Fleet: &Fleet{Addr: s.Addr, Patience: time.Minute}, Batch: 50}, files(leads))
	if err != nil {
		t.Fatal(err)
	}
	if err := <-back; err != nil {
		t.Fatal(err)
	}
	sameLines(t, "with a server that came back", got, want)
}

// TestNothingToDecideBy: the pipeline fails and says why, when no server answers, and by a snapshot that is damaged.
func TestNothingToDecideBy(t *testing.T) {
	whole, err := os.ReadFile(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	damaged := write(t, "damaged.snapshot", string(whole[:len(whole)-3]))
	f := func(opts Options, want string) {
		t.Helper()
		if _, _, err := decide(t, opts, files(sample+"leads.csv")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(Options{Fleet: &Fleet{Addr: "127.0.0.1:1", Patience: -1}}, "leads.csv:2 on: ")
	f(Options{Snapshot: damaged}, "damaged.snapshot: the backup cannot be used")
	f(Options{Snapshot: damaged + ".none"}, "no such file")
}

// TestBundleIsRepeated fails bundles and repeats them: each outcome comes once, and is the same.
func TestBundleIsRepeated(t *testing.T) {
	for way, opts := range ways() {
		opts.Batch = 2
		before := clients.users() + engines.users() // a runner may leave out the teardown of its last bundles
		f := &matchFn{Options: opts}
		if err := f.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
		bundle := func(leads ...string) (ids []string) {
			outcome := func(o *leadmatchv1.Outcome) { ids = append(ids, o.GetLeadId()+":"+o.GetAccountId()) }
			dead := func(d DeadLetter) { t.Errorf("%v", d) }
			f.StartBundle(outcome, dead)
			for _, id := range leads {
				lead := Lead{ID: id, Company: "Texas Instruments", Email: "jo@ti.com"}
				if err := f.ProcessElement(t.Context(), window.GlobalWindow{}, lead, outcome, dead); err != nil {
					t.Fatal(err)
				}
			}
			if leads[len(leads)-1] == "fails" {
				return nil // something else in the bundle has failed: there is no end of it
			}
			if err := f.FinishBundle(t.Context(), outcome, dead); err != nil {
				t.Fatal(err)
			}
			return ids
		}
		first := strings.Join(bundle("a", "b", "c"), " ")
		bundle("d", "e", "fails")
		again := strings.Join(bundle("a", "b", "c"), " ")
		if first != again || strings.Count(first, ":acc-") != 3 {
			t.Errorf("%s: %s, then %s", way, first, again)
		}
		f.Teardown()
		f.Teardown()
		if after := clients.users() + engines.users(); after != before {
			t.Errorf("%s: %d users after the teardown, %d before", way, after, before)
		}
	}
}

func (s *shared[T]) users() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.byKey {
		n += one.users
	}
	return n
}

// TestShared: one is made for all who ask, let go with the last, and made again after an error.
func TestShared(t *testing.T) {
	var s shared[int]
	made, freed := 0, 0
	get := func(err error) (func(), error) {
		_, release, got := s.get("key", func() (int, error) { made++; return made, err }, func(int) { freed++ })
		return release, got
	}
	first, _ := get(nil)
	second, _ := get(nil)
	first()
	if made != 1 || freed != 0 {
		t.Errorf("made %d, freed %d while it is used", made, freed)
	}
	second()
	if _, err := get(os.ErrClosed); err != os.ErrClosed || freed != 1 {
		t.Errorf("%v, freed %d", err, freed)
	}
	if third, err := get(nil); err != nil || made != 3 {
		t.Errorf("%v, made %d", err, made)
	} else {
		third()
	}
	if freed != 2 || s.users() != 0 {
		t.Errorf("freed %d, %d users", freed, s.users())
	}
}

// TestWindows: batches span elements, so that other windows than the global one are refused.
func TestWindows(t *testing.T) {
	p, s := beam.NewPipelineWithRoot()
	leads := beam.WindowInto(s, window.NewFixedWindows(time.Minute), beam.Create(s, Lead{ID: "1"}))
	Rematch(s, leads, ways()["snapshot"])
	if err := ptest.Run(p); err == nil || !strings.Contains(err.Error(), "expected them in the global window") {
		t.Errorf("%v", err)
	}
}

// TestMetrics: Beam's own counters say what came of the rows.
func TestMetrics(t *testing.T) {
	path := write(t, "some.csv", "id,company,email\n1,Texas instruments,jo@ti.com\n2,xxx,\n3,too,many,fields\n4,,"+strings.Repeat("e", 321)+"\n")
	p, s := beam.NewPipelineWithRoot()
	leads, _ := ReadFiles(s, Files{Pattern: path})
	Rematch(s, leads, ways()["fleet"])
	result, err := ptest.RunWithMetrics(p)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	all := result.Metrics().Query(func(r metrics.SingleResult) bool { return r.Namespace() == Namespace })
	for _, c := range all.Counters() {
		got[c.Name()] += c.Result()
	}
	for name, want := range map[string]int64{"MATCHED": 1, "INSUFFICIENT": 1, "bad_rows": 1, "refused": 1, "REVIEW": 0} {
		if got[name] != want {
			t.Errorf("%s: %d, want %d", name, got[name], want)
		}
	}
	if d := all.Distributions(); len(d) != 1 || d[0].Name() != "batch_microseconds" || d[0].Result().Count < 1 || d[0].Result().Min <= 0 {
		t.Errorf("%v", d)
	}
}

func TestOptions(t *testing.T) {
	f := func(o Options, field string) {
		t.Helper()
		_, s := beam.NewPipelineWithRoot()
		if _, _, err := TryRematch(s, beam.Create(s, Lead{}), o); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	f(Options{}, "Fleet, Snapshot")
	f(Options{Snapshot: "x", Fleet: &Fleet{Addr: "x"}}, "Fleet, Snapshot")
	f(Options{Fleet: &Fleet{}}, "Fleet.Addr")
	f(Options{Fleet: &Fleet{Addr: "a:1", Streams: 65}}, "Fleet.Streams")
	f(Options{Snapshot: "x", Batch: -1}, "Batch")
	f(Options{Snapshot: "x", Limit: 51}, "Limit")
}
