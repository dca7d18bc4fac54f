package local

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildServer compiles leadmatchd alone.
func buildServer(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "leadmatchd")
	if out, err := exec.Command("go", "build", "-o", program, module+"/server/leadmatchd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestServerStartsAndStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program, data := buildServer(t), t.TempDir()
	for _, end := range []func(*Server) error{(*Server).Kill, (*Server).Stop} {
		s, err := Start(ctx, program, data)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatalf("it serves, but %v", err)
		}
		conn.Close()
		if err := end(s); err != nil {
			t.Error(err)
		}
		if conn, err := net.Dial("tcp", s.Addr); err == nil {
			conn.Close()
			t.Error("it has ended, but somebody listens at its port")
		}
	}
}

func TestStartSaysWhatTheServerComplainedOf(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := Start(ctx, buildServer(t), t.TempDir(), "--no-such-flag")
	if err == nil || !strings.Contains(err.Error(), "no-such-flag") {
		t.Errorf("error is %v, want one that quotes the server", err)
	}
}
