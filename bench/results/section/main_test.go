package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	if err := run([]string{"-name", "Kills", "-command", "make kill", file}, strings.NewReader("none lost\n")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "## Kills\n\n") || !strings.HasSuffix(string(text), "\nnone lost\n") || !strings.Contains(string(text), "make kill") {
		t.Errorf("%s (%v)", text, err)
	}
	for _, args := range [][]string{{"-name", "Kills", "-command", "make kill"}, {"-name", "Kills", file}, {"-command", "make kill", file}} {
		if err := run(args, strings.NewReader("body")); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	if err := run([]string{"-name", "Kills", "-command", "make kill", file}, strings.NewReader(" \n")); err == nil {
		t.Error("an empty section was accepted")
	}
}
