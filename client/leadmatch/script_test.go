package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leadmatch/leadmatch/server/testcert"
)

// update makes scripts rewrite what they compare with.
var update = flag.Bool("update", false, "rewrite testdata")

// serverDir holds leadmatchd, built once for all scripts.
var serverDir string

func TestMain(m *testing.M) {
	testscript.Main(buildServer{m}, map[string]func(){"leadmatch": main})
}

// buildServer builds leadmatchd before the tests. The commands that scripts run are this binary again, and don't.
type buildServer struct{ m *testing.M }

func (b buildServer) Run() int {
	dir, err := os.MkdirTemp("", "leadmatch")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	serverDir = dir
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "leadmatchd"), "github.com/leadmatch/leadmatch/server/leadmatchd")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building leadmatchd: %v\n%s", err, out)
		return 1
	}
	return b.m.Run()
}

// TestScripts runs the command as people do, against a real server. In the scripts,
//
//	server ARGS…    starts leadmatchd on this script's data folder and address, and waits until it serves
//	exits N ARGS…   runs leadmatch and wants this exit code
//
// CA, CERT and KEY are files for TLS.
func TestScripts(t *testing.T) {
	ca := testcert.New(t)
	cert, key := ca.Issue(t, "leadmatchd.test")
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CA", ca.File)
			env.Setenv("CERT", cert)
			env.Setenv("KEY", key)
			return setUpScript(env)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server": startServer,
			"exits":  wantExitCode,
		},
	})
}

func setUpScript(env *testscript.Env) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	env.Setenv("LEADMATCH_ADDR", addr)
	env.Setenv("PATH", serverDir+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("USER", "ann")
	env.Setenv("NOT_UTF8", "a\xff")
	env.Setenv("LONG", strings.Repeat("x", 100_000))
	env.Setenv("TZ", "UTC")
	sample, err := filepath.Abs("../../bench/sample")
	if err != nil {
		return err
	}
	env.Setenv("SAMPLE", sample)
	return nil
}

// freeAddr returns an address that nobody listens on just now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: server ARGS…")
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, filepath.Join(serverDir, "leadmatchd"), append([]string{
		"serve", "--data", ts.MkAbs("data"), "--listen", ts.Getenv("LEADMATCH_ADDR"), "--http-listen", "off",
	}, args...)...)
	server.Dir = ts.MkAbs(".")
	ts.Check(server.Start())
	ts.Defer(func() {
		cancel()
		_ = server.Wait() // it was killed
	})
	ts.Check(ts.Exec("leadmatch", "--wait", "20s", "status"))
}

func wantExitCode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(strings.Join(args[:min(1, len(args))], ""))
	if err != nil || neg {
		ts.Fatalf("usage: exits N ARGS…")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec("leadmatch", args[1:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
