package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server"
)

// TestMain lets the test's own binary be leadmatchd, so that it need not be built.
func TestMain(m *testing.M) {
	if os.Getenv("LEADMATCHD_TEST_BE_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func leadmatchd(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "LEADMATCHD_TEST_BE_MAIN=1")
	return cmd
}

// process is a leadmatchd that runs.
type process struct {
	*exec.Cmd
	addr string
	http string // address, or off
	conn *grpc.ClientConn
}

var serving = regexp.MustCompile(`leadmatchd is serving.* address=(\S+) http=(\S+)`)

// run starts leadmatchd on a free port and returns when it says that it serves.
func run(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: leadmatchd(append([]string{"--data", dir, "--listen", "127.0.0.1:0", "--min-free-bytes", "1"}, args...)...)}
	stderr, err := p.StderrPipe()
	check(t, err, p.Start())
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	lines := bufio.NewScanner(stderr)
	said := ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		if found := serving.FindStringSubmatch(lines.Text()); found != nil {
			p.addr, p.http = found[1], found[2]
			break
		}
	}
	if p.addr == "" {
		t.Fatalf("leadmatchd ended before it served:\n%s", said)
	}
	go func() { // the rest of its log is not looked at
		for lines.Scan() {
		}
	}()
	p.conn, err = grpc.NewClient(p.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(t, err)
	t.Cleanup(func() { p.conn.Close() })
	return p
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// write stores as many accounts.
func write(p *process, n int) error {
	req := &leadmatchv1.UpsertAccountsRequest{}
	for i := range n {
		req.Accounts = append(req.Accounts, &leadmatchv1.Account{Id: fmt.Sprint(i), Name: "Some Company"})
	}
	_, err := leadmatchv1.NewAccountServiceClient(p.conn).UpsertAccounts(context.Background(), req)
	return err
}

// TestSignalEndsInOrder stops leadmatchd as a service manager does.
func TestSignalEndsInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := run(t, dir)
	check(t, write(p, 50), p.Process.Signal(syscall.SIGTERM), p.Wait())
	out, err := leadmatchd("verify", "--data", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "50 accounts") {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestErrorsAreOneLineAndACode runs leadmatchd where it cannot run.
func TestErrorsAreOneLineAndACode(t *testing.T) {
	f := func(code int, says string, args ...string) {
		t.Helper()
		cmd := leadmatchd(args...)
		timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		defer timer.Stop()
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != code {
			t.Errorf("%v: %v, want exit code %d\n%s", args, err, code, out)
		}
		last := strings.TrimSuffix(string(out), "\n")
		if i := strings.LastIndexByte(last, '\n'); i >= 0 {
			last = last[i+1:]
		}
		if !strings.HasPrefix(last, "leadmatchd: ") || !strings.Contains(last, says) {
			t.Errorf("%v: %q does not say %q", args, last, says)
		}
	}
	dir := t.TempDir()
	f(server.ExitConfig, "--nonsense", "--nonsense")
	f(server.ExitConfig, "log-level", "--log-level", "loud")
	f(server.ExitConfig, "--listen-anywhere-without-authentication", "--data", dir, "--listen", "0.0.0.0:0")
	f(server.ExitConfig, "max-streams is -1", "--data", dir, "--max-streams=-1")
	f(server.ExitConfig, "not host:port", "--data", dir, "--listen", "7411")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer taken.Close()
	f(server.ExitListen, "address already in use", "--data", dir, "--listen", taken.Addr().String())

	other := filepath.Join(t.TempDir(), "other")
	check(t, os.Mkdir(other, 0o700), os.WriteFile(filepath.Join(other, "letter.txt"), nil, 0o600))
	f(server.ExitData, "letter.txt", "--data", other, "--listen", "127.0.0.1:0")
	f(server.ExitFailure, "not a directory", "--data", filepath.Join(other, "letter.txt"), "--listen", "127.0.0.1:0")

	used := filepath.Join(t.TempDir(), "used")
	run(t, used)
	f(server.ExitInUse, "in use by another leadmatchd", "--data", used, "--listen", "127.0.0.1:0")
	f(server.ExitInUse, "in use by another leadmatchd", "verify", "--data", used)
	f(server.ExitData, "there is no leadmatch data folder: "+dir, "verify", "--data", filepath.Join(dir, "nothing"))
	f(server.ExitFailure, "no such file", "restore", filepath.Join(dir, "nothing"), "--data", dir)
}

// TestReloadOnSignal adds a token to a leadmatchd that runs, and says so with SIGHUP.
func TestReloadOnSignal(t *testing.T) {
	tokens := filepath.Join(t.TempDir(), "tokens")
	add := func(name string) string {
		t.Helper()
		out, err := leadmatchd("token", tokens, "--name", name, "--scopes", "match").Output()
		check(t, err)
		return strings.TrimSpace(string(out))
	}
	add("first")
	p := run(t, filepath.Join(t.TempDir(), "data"), "--tokens", tokens)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+add("second"))
	check(t, p.Process.Signal(syscall.SIGHUP))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		_, err := leadmatchv1.NewMatchServiceClient(p.conn).Match(ctx, &leadmatchv1.MatchRequest{})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	check(t, p.Process.Signal(syscall.SIGTERM), p.Wait())
}
