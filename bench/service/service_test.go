package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestEverythingIsMeasured goes through all of it, with few accounts and little time for each figure.
func TestEverythingIsMeasured(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "RESULTS.md")
	var printed bytes.Buffer
	if err := run(t.Context(), []string{"-accounts", "500", "-leads", "300", "-span", "50ms", "-results", path}, &printed); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"## Service", "make load", "500 accounts", "| usual |", "| domain |", "| StreamMatch |", "| engine alone |", "| a rebuild of the index |",
		"| ReplaceAccounts of all |", "| to disk p50 | p99 |", "| sent late, p99 | waited, ms/s | stolen |", "(" + ratesChart + ")", "(" + writesChart + ")",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
	if !strings.Contains(string(text), printed.String()[:200]) {
		t.Errorf("what was printed is not what was written:\n%s", &printed)
	}
	for _, chart := range []string{ratesChart, writesChart} {
		if svg, err := os.ReadFile(filepath.Join(dir, chart)); err != nil || !bytes.HasPrefix(svg, []byte("<svg")) {
			t.Errorf("%s: %v", chart, err)
		}
	}
}

func TestFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if _, err := parse(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", args, err, want)
		}
	}
	f("-leads have to be 1 or more", "-accounts", "0")
	f("-leads have to be 1 or more", "-leads", "0")
	f("-span 1ms or more", "-span", "0s")
	f("unexpected argument", "accounts.jsonl")
}

func TestRatiosAreOfRounds(t *testing.T) {
	a := series{{10, 4}, {20, 4}, {30, 4}}
	b := series{{20, 2}, {20, 0}, {20, 1}}
	if got := ratio(a, b, rate); got != 1 {
		t.Errorf("the ratio of rates is %v, want 1, the median of .5, 1 and 1.5", got)
	}
	if got := ratio(a, b, cpu); got != 3 {
		t.Errorf("the ratio of CPU is %v, want 3, the middle of 2 and 4", got)
	}
	if a.perSecond() != 20 || b.cpu() != 1 || median(nil) != 0 {
		t.Errorf("medians are %v, %v, %v", a.perSecond(), b.cpu(), median(nil))
	}
}

func TestWhatElseTheMachineDoes(t *testing.T) {
	if got := (machine{300, 30}).stolenSince(machine{100, 10}); got != .1 {
		t.Errorf("stolen were %v, want a tenth", got)
	}
	if now := readMachine(); now.stolenSince(now) != 0 || now.stolen > now.all {
		t.Errorf("%+v", now)
	}
	if waitTime(-1) != 0 {
		t.Error("no process waits")
	}
	if _, err := os.Stat("/proc/self/schedstat"); err == nil && (waitTime(os.Getpid()) < 0 || readMachine().all == 0) {
		t.Error("nothing is told of the processors")
	}
}

func TestStages(t *testing.T) {
	const text = "# HELP x\nleadmatch_store_commit_duration_seconds_bucket{le=\"0.001\"} %d\nleadmatch_store_commit_duration_seconds_bucket{le=\"0.01\"} %d\n" +
		"leadmatch_store_commit_duration_seconds_bucket{le=\"+Inf\"} %d\nleadmatch_index_apply_duration_seconds_bucket{le=\"+Inf\"} 0\nother 1\n"
	read := func(a, b, c int) stages {
		t.Helper()
		s, err := parseStages(strings.NewReader(fmt.Sprintf(text, a, b, c)))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := read(5, 13, 14).disk.since(read(5, 5, 5).disk)
	if s.count() != 9 || s.at(.5) != 10*time.Millisecond || s.at(1) != 0 || (buckets{}).at(.5) != 0 {
		t.Errorf("%v: %v at the median, %v at the end", s, s.at(.5), s.at(1))
	}
	for _, wrong := range []string{"", `leadmatch_store_commit_duration_seconds_bucket{le="x"} 1`} {
		if _, err := parseStages(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
	if quantile([]float64{1, 2, 3}, .5) != 2 || quantile([]float64{1, 2, 3}, 1) != 3 || quantile(nil, .5) != 0 {
		t.Error("quantiles are wrong")
	}
}

func TestFigures(t *testing.T) {
	got := []string{millis(1234 * time.Microsecond), millis(12 * time.Millisecond), percent(.615), percent(0)}
	if want := []string{"1.23", "12", "62 %", "–"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if due(1_000_000) != 142_858 || due(10) != 20_001 {
		t.Errorf("a rebuild is due after %d and %d", due(1_000_000), due(10))
	}
}
