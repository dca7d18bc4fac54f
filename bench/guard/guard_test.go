package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

var here, elsewhere, otherKind = machine{"amd64", "x"}, machine{"amd64", "y"}, machine{"arm64", "z"}

// Every measure fails on its own, in both directions where it has to be equal, and says what changed and by how much.
func TestEachMeasureFails(t *testing.T) {
	f := func(measure string, was, is float64, on machine, want string) {
		t.Helper()
		held := &figures{here, []figure{{measure, "fuzzy", was}}}
		problems := strings.Join(compare(held, []figure{{measure, "fuzzy", is}}, (&figure{measure: measure}).kind().counts, on), "\n")
		if want == "" && problems != "" || !strings.Contains(problems, want) {
			t.Errorf("%s: %v, was %v: %q, want %q", measure, is, was, problems, want)
		}
	}
	for _, m := range measures {
		f(m.name, 1000, 1000, here, "")
		f(m.name, 1000, 1500, here, "fuzzy        1500")
		f(m.name, 1000, 1500, here, "+50.0 %")
		if m.time {
			f(m.name, 1000, 500, here, "")
			f(m.name, 1000, 1140, here, "")
			f(m.name, 1000, 1160, here, "+16.0 %")
			f(m.name, 1000, 1900, elsewhere, "")
			f(m.name, 1000, 2100, elsewhere, "+110.0 %")
			continue
		}
		f(m.name, 1000, 900, here, "-10.0 %")
		f(m.name, 1000, 1000+m.slack+1, here, "was 1000")
		f(m.name, 1000, 999-m.slack, elsewhere, "was 1000")
		f(m.name, 1000, 1009, otherKind, "")
		f(m.name, 1000, 1011, otherKind, "+1.1 %")
		f(m.name, 0, m.slack+1, otherKind, "was 0: +")
	}
}

// A guard that compares nothing fails.
func TestWhatIsMissingFails(t *testing.T) {
	held := &figures{here, []figure{{"scored", "fuzzy", 1}, {"lookups", "fuzzy", 2}}}
	f := func(measured []figure, counting bool, want ...string) {
		t.Helper()
		problems := compare(held, measured, counting, here)
		if len(problems) != len(want) {
			t.Fatalf("problems %q, want %q", problems, want)
		}
		for i := range want {
			if !strings.Contains(problems[i], want[i]) {
				t.Errorf("problems %q, want %q", problems, want)
			}
		}
	}
	f(nil, false, "scored           fuzzy        was not measured")
	f(nil, true, "lookups          fuzzy        was not measured")
	f([]figure{{"scored", "typo", 1}}, false, "typo         1, which the file does not have", "fuzzy        was not measured")
	f([]figure{{"lookups", "fuzzy", 2}}, true)
}

func TestAcceptedFiguresAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.txt")
	usual := []figure{{"allocations", "fuzzy", 0}, {"scored", "fuzzy", 12345678}, {"time", "fuzzy", 1.25}}
	if err := writeFigures(path, merge(nil, usual, false)); err != nil {
		t.Fatal(err)
	}
	held, err := readFigures(path)
	if err != nil {
		t.Fatal(err)
	}
	if problems := compare(held, usual, false, thisMachine()); len(problems) > 0 {
		t.Errorf("what was accepted is wrong: %q", problems)
	}
	// The other build adds its figures, and a time that is within the noise stays as it was.
	counts := []figure{{"lookups", "fuzzy", 7}}
	now := []figure{{"allocations", "fuzzy", 1}, {"time", "fuzzy", 1.3}}
	if err := writeFigures(path, merge(&figures{here, merge(held, counts, true)}, now, false)); err != nil {
		t.Fatal(err)
	}
	if held, err = readFigures(path); err != nil {
		t.Fatal(err)
	}
	want := []figure{{"allocations", "fuzzy", 1}, {"lookups", "fuzzy", 7}, {"time", "fuzzy", 1.25}}
	if len(held.all) != len(want) {
		t.Fatalf("the file holds %v, want %v", held.all, want)
	}
	for i := range want {
		if held.all[i] != want[i] {
			t.Errorf("the file holds %v, want %v", held.all, want)
		}
	}
	if err := os.WriteFile(path, []byte("scored fuzzy many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readFigures(path); err == nil || !strings.Contains(err.Error(), `figures.txt:1: "many" is no number`) {
		t.Errorf("error is %v", err)
	}
}

// What is counted is the same every time; a part that is not measured at all would be zero everywhere.
func TestCountsRepeat(t *testing.T) {
	subjects, err := subjects()
	if err != nil {
		t.Fatal(err)
	}
	again := work(subjects)
	for i, f := range work(subjects) {
		if f != again[i] {
			t.Errorf("%+v, and %+v the second time", f, again[i])
		}
		if f.value == 0 && f.of != "domain" && f.of != "address" { // which need no search by words
			t.Errorf("%s of %s is 0", f.measure, f.of)
		}
	}
	for _, p := range indexBytes(subjects[0].snapshot) {
		if p.value == 0 {
			t.Errorf("the index has no %s", p.of)
		}
	}
	for _, f := range lookups(subjects) {
		if (f.value > 0) != matcher.Counting {
			t.Errorf("%s of %s: %v, counting: %v", f.measure, f.of, f.value, matcher.Counting)
		}
	}
}
