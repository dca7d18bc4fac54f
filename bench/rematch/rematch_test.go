package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSmall goes all the way with few accounts and leads.
func TestSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "RESULTS.md")
	var out strings.Builder
	args := []string{"-accounts", "300", "-leads", "3000", "-kills", "2", "-changed", "3", "-rate", "50", "-live", "200ms", "-results", path}
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Rematching", "make rematch", "| killed 2 times and resumed; the output is the same |", " % kept; the output is the same |", "| while everything is rematched | ", "| whole: client |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in the results:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), " 0.0 % kept") {
		t.Errorf("nothing was kept:\n%s", text)
	}
	for _, args := range [][]string{{"-leads", "0"}, {"-changed", "0"}, {"more"}, {"-rate", "-1"}} {
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
