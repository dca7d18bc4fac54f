package main

import (
	"compress/gzip"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/client/eval"
)

const (
	testAccounts = `{"id": "a1", "name": "Acme GmbH", "aliases": [], "domains": ["acme.com"], "phone": null, "type": "company"}
{"id": "a2", "name": "Zenith Bank", "aliases": ["Zenith"], "domains": [], "country": "NG", "phone": "+234 1 2784000"}
`
	testLeads = `{"id": "l1", "company": "acme", "email": null, "expected_account_id": "a1", "scenario": "name_only", "overlap": "exact_core"}
{"id": "l2", "company": "Nobody Knows It", "expected_account_id": null, "scenario": "name_only", "overlap": "none"}
`
)

// writeSet writes a set called "small" into a new folder.
func writeSet(t *testing.T, accounts, leads string) string {
	t.Helper()
	dir := t.TempDir()
	accountsPath, leadsPath := labelled.Files(dir, "small")
	for path, text := range map[string]string{accountsPath: accounts, leadsPath: leads} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		_, err = io.WriteString(z, text)
		if err := errors.Join(err, z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunPrintsAndWritesEverything(t *testing.T) {
	dir, out := writeSet(t, testAccounts, testLeads), t.TempDir()
	accounts, _ := labelled.Files(dir, "small")
	var b strings.Builder
	err := run(t.Context(), []string{
		"-data", dir, "-sets", "small", "-by", "scenario,overlap", "-recall", "-worst", "3", "-out", out,
		"-results", filepath.Join(out, "RESULTS.md"), "-json", filepath.Join(out, "figures.json"), "-among", accounts,
		"-cpuprofile", filepath.Join(out, "cpu.prof"),
	}, &b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"=== small", "scenario=name_only", "overlap=none", "engine, name_only", "share a key", "assigned to a wrong account"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the output says nothing of %q:\n%s", want, b.String())
		}
	}
	outcomes, err := os.ReadFile(filepath.Join(out, "small.outcomes.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(outcomes), `"lead_id"`); n != 2 {
		t.Errorf("%d outcomes were written, want 2:\n%s", n, outcomes)
	}
	for _, name := range []string{"figures.json", "cpu.small.prof", "RESULTS.md"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

// The floors here are about how many leads there are, which no change of the engine can change.
func TestFloors(t *testing.T) {
	dir := writeSet(t, testAccounts, testLeads)
	f := func(floors, wantError string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "floors.json")
		if err := os.WriteFile(path, []byte(floors), 0o600); err != nil {
			t.Fatal(err)
		}
		err := run(t.Context(), []string{"-data", dir, "-sets", "small", "-timed", "0", "-floors", path}, io.Discard)
		switch {
		case wantError == "" && err != nil:
			t.Errorf("%s: %v", floors, err)
		case wantError != "" && (err == nil || !strings.Contains(err.Error(), wantError)):
			t.Errorf("%s: error is %v, want one with %q", floors, err, wantError)
		}
	}
	f(`[{"set": "small", "measure": "n", "bound": 2}]`, "")
	f(`[{"set": "small", "scenario": "name_only", "measure": "n", "bound": 2}, {"set": "other", "measure": "n", "bound": 9}]`, "")
	f(`[{"set": "small", "measure": "n", "bound": 3}]`, "1 of 1 floors are not met")
	f(`[{"set": "small", "measure": "abstain", "bound": 1.1}, {"set": "small", "measure": "n", "bound": 1}]`, "1 of 2 floors")
	f(`[{"set": "other", "measure": "n", "bound": 1}]`, errNothingCompared.Error())
	f(`[]`, errNothingCompared.Error())
	f(`[{"set": "small", "scenario": "name_onyl", "measure": "n", "bound": 1}]`, "no slice scenario=name_onyl")
	f(`[{"set": "small", "measure": "recal", "bound": 1}]`, `no measure is called "recal"`)
	f(`{}`, "floors.json")
}

func TestFloorDirection(t *testing.T) {
	f := func(measure string, bound, figure float64, want bool) {
		t.Helper()
		if got := (&floor{Measure: measure, Bound: bound}).met(figure); got != want {
			t.Errorf("%s of %v meets %v: %v, want %v", measure, figure, bound, got, want)
		}
	}
	f("recall", .4, .5, true)
	f("recall", .4, .3, false)
	f("wrong", .02, .01, true)
	f("wrong", .02, .03, false)
	f("ece", .02, .02, true)
	f("recall", .746, .7456, true)
	f("recall", .746, .7454, false)
	f("wrong", .02, math.NaN(), false)
	f("recall", .4, math.NaN(), false)
}

func TestBadInput(t *testing.T) {
	f := func(wantError string, args ...string) {
		t.Helper()
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), wantError) {
			t.Errorf("%q: error is %v, want one with %q", args, err, wantError)
		}
	}
	f("unexpected argument", "-data", ".", "sec")
	f("-batch is 0", "-batch", "0")
	f("no SET.leads.jsonl.gz", "-data", t.TempDir())
	f("nosuch.accounts.jsonl.gz", "-data", t.TempDir(), "-sets", "nosuch")
	f("small.accounts.jsonl.gz:2:", "-sets", "small", "-data", writeSet(t, testAccounts[:len(testAccounts)-5], testLeads))
	f("no accounts", "-sets", "small", "-data", writeSet(t, "", testLeads))
	f("small.leads.jsonl.gz: no leads", "-sets", "small", "-data", writeSet(t, testAccounts, ""))
}

func TestSampleIsSpread(t *testing.T) {
	leads := make([]labelled.Lead, 1000)
	for i := range leads {
		leads[i].Truth.Labels = map[string]string{"scenario": []string{"a", "b", "b", "b"}[i%4]}
	}
	count := map[string]int{}
	for _, l := range sampleByScenario(leads, 300) {
		count[l.Truth.Labels["scenario"]]++
	}
	if count["a"] != 250 || count["b"] != 300 {
		t.Errorf("sampled %v, want all 250 of a and 300 of b", count)
	}
}

func TestServedAlike(t *testing.T) {
	a := &eval.Answer{Decision: "MATCHED", AccountID: "a1", Probability: .9, Candidates: []eval.Scored{{AccountID: "a1", Probability: .9}}}
	b := *a
	if !sameAnswer(a, &b) {
		t.Error("equal answers are not the same")
	}
	b.Candidates = []eval.Scored{{AccountID: "a1", Probability: .91}}
	if sameAnswer(a, &b) {
		t.Error("answers with different candidates are the same")
	}
	if err := servedAlike([]*report{{Set: "x"}, {Set: "y", Served: &servedFigures{}}}); err != nil {
		t.Error(err)
	}
	err := servedAlike([]*report{{Set: "x", Served: &servedFigures{Differ: 3}}})
	if err == nil || !strings.Contains(err.Error(), "set x: the server decided 3 leads otherwise") {
		t.Errorf("error is %v", err)
	}
}

func TestOutcomesAreReadAsWritten(t *testing.T) {
	want := &eval.Answer{Decision: "MATCHED", AccountID: "a1", Probability: .1 + .2, Candidates: []eval.Scored{{AccountID: "a1", Probability: .1 + .2}}}
	dir := t.TempDir()
	if err := writeOutcomes(dir, "small", []eval.Pair{{Lead: &eval.Labelled{ID: "l1"}, Answer: want}}); err != nil {
		t.Fatal(err)
	}
	answers, err := readOutcomes(filepath.Join(dir, "small.outcomes.jsonl"))
	if err != nil || answers["l1"] == nil || !sameAnswer(answers["l1"], want) {
		t.Errorf("read %+v, error %v, want %+v", answers, err, want)
	}
}
