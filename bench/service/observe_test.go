package main

import (
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/local"
)

// TestObservingIsMeasured has a server that is not observed, and one that is in all ways.
func TestObservingIsMeasured(t *testing.T) {
	dir := t.TempDir()
	built, err := local.Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse([]string{"-observe", "-accounts", "200", "-leads", "100", "-span", "50ms"})
	if err != nil {
		t.Fatal(err)
	}
	all := []*observed{ways()[1], ways()[4]}
	if err := observeAll(t.Context(), c, dir, map[bool]string{false: built.Server}, all, 2); err != nil {
		t.Fatal(err)
	}
	text := observeTable(c, all)
	for _, want := range []string{"200 made-up accounts", "| metrics, as always |", "| and all calls traced |"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
	for _, o := range all {
		if len(o.series) != 2 || o.perSecond() <= 0 {
			t.Errorf("%s: %v", o.how, o.series)
		}
	}
}
