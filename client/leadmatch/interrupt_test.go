package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Interrupted commands end at once, with an exit code of their own, and leave no file behind.
func TestInterrupt(t *testing.T) {
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	leads := filepath.Join(t.TempDir(), "leads.csv")
	if err := os.WriteFile(leads, []byte("company\nAcme\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(args ...string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		silent, writer := io.Pipe() // as a terminal at which nobody types
		defer writer.Close()
		time.AfterFunc(50*time.Millisecond, cancel)
		begin := time.Now()
		var stdout, stderr bytes.Buffer
		code := run(ctx, append([]string{"--addr", addr, "--wait", "1m"}, args...), silent, &stdout, &stderr)
		if code != exitInterrupted || !strings.HasSuffix(stderr.String(), "leadmatch: interrupted\n") || time.Since(begin) > 10*time.Second {
			t.Errorf("%v: exit code %d after %v: %s", args, code, time.Since(begin), stderr.String())
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%v: left behind %v (%v)", args, entries, err)
		}
	}
	f("status")
	f("bulk", leads, "-o", filepath.Join(dir, "out.csv"))
	f("bulk", "-", "-o", filepath.Join(dir, "out.csv"))
	f("accounts", "import", "-")
	f("policy", "set", "-")
}
