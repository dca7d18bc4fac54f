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
	conn *grpc.ClientConn
}

var serving = regexp.MustCompile(`leadmatchd is serving.* address=(\S+)`)

// run starts leadmatchd on a free port and returns when it says that it serves.
func run(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{Cmd: leadmatchd("--data", dir, "--listen", "127.0.0.1:0", "--min-free-bytes", "1")}
	stderr, err := p.StderrPipe()
	check(t, err, p.Start())
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if found := serving.FindStringSubmatch(lines.Text()); found != nil {
			p.addr = found[1]
			break
		}
	}
	if p.addr == "" {
		t.Fatal("leadmatchd ended before it served")
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

// Sizes of the import that is killed.
const (
	killCycles = 6
	killBatch  = 50
)

// TestKillDuringImport kills leadmatchd while batches are written, again and again: every batch that was acknowledged
// must be there afterwards, and no part of one that was not.
func TestKillDuringImport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	acknowledged, begun := 0, 0
	for cycle := range killCycles {
		p := run(t, dir)
		stored := batchesStored(t, p)
		if stored < acknowledged || stored > begun {
			t.Fatalf("cycle %d: %d batches are stored, %d were acknowledged, %d begun", cycle, stored, acknowledged, begun)
		}
		acknowledged, begun = stored, stored
		timer := time.AfterFunc(time.Duration(20+40*cycle)*time.Millisecond, func() { p.Process.Kill() })
		for err := error(nil); err == nil; {
			err = write(p, begun)
			begun++
			if err == nil {
				acknowledged = begun
			}
		}
		timer.Stop()
		p.Wait()
	}
	if acknowledged < killCycles {
		t.Fatalf("only %d batches were acknowledged: the kills came too early to show anything", acknowledged)
	}
}

func write(p *process, batch int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req := &leadmatchv1.UpsertAccountsRequest{}
	for i := range killBatch {
		req.Accounts = append(req.Accounts, &leadmatchv1.Account{Id: fmt.Sprintf("%06d-%02d", batch, i), Name: "Some Company"})
	}
	_, err := leadmatchv1.NewAccountServiceClient(p.conn).UpsertAccounts(ctx, req)
	return err
}

// batchesStored counts the batches, which must be whole and in order, in the store and in the index.
func batchesStored(t *testing.T, p *process) (batches int) {
	t.Helper()
	accounts := 0
	for token := ""; accounts == 0 || token != ""; {
		page, err := leadmatchv1.NewAccountServiceClient(p.conn).ListAccounts(t.Context(),
			&leadmatchv1.ListAccountsRequest{PageSize: 1000, PageToken: token})
		check(t, err)
		for _, a := range page.GetAccounts() {
			if want := fmt.Sprintf("%06d-%02d", accounts/killBatch, accounts%killBatch); a.GetId() != want {
				t.Fatalf("account %d is %s, want %s", accounts, a.GetId(), want)
			}
			accounts++
		}
		if token = page.GetNextPageToken(); accounts == 0 {
			break
		}
	}
	if accounts%killBatch != 0 {
		t.Fatalf("half a batch is stored: %d accounts", accounts)
	}
	status, err := leadmatchv1.NewAdminServiceClient(p.conn).GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	check(t, err)
	if status.GetAccounts() != uint64(accounts) {
		t.Fatalf("the store holds %d accounts, the index %d", accounts, status.GetAccounts())
	}
	return accounts / killBatch
}

// TestSignalEndsInOrder stops leadmatchd as a service manager does.
func TestSignalEndsInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := run(t, dir)
	check(t, write(p, 0), p.Process.Signal(syscall.SIGTERM), p.Wait())
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
	f(server.ExitConfig, "the limit of streams is -1", "--data", dir, "--max-streams=-1")
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
