package main

import (
	"bytes"
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
		"| ReplaceAccounts of all |", "(" + ratesChart + ")", "(" + writesChart + ")",
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

func TestProcessorTime(t *testing.T) {
	begin, pid := time.Now(), os.Getpid()
	before := cpuTime(pid)
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		if before != 0 {
			t.Errorf("used %v where nobody tells", before)
		}
		return
	}
	for cpuTime(pid)-before < 50*time.Millisecond {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%v of work took %v of the processor", time.Since(begin), cpuTime(pid)-before)
		}
	}
	if cpuTime(-1) != 0 {
		t.Error("no process uses the processor")
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
