//go:build linux && faults

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The tests in this file are those of "make faults". They need Linux, and the right to make a user namespace: in one of
// their own they mount a small file system, which needs no root.

const (
	tmpfsEnv   = "LEADMATCHD_TEST_TMPFS"
	tmpfsBytes = 400 << 20
)

// inTmpfs runs the test again in a namespace of its own, and f there, on a file system of tmpfsBytes.
func inTmpfs(t *testing.T, f func(dir string)) {
	t.Helper()
	if dir := os.Getenv(tmpfsEnv); dir != "" {
		check(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", tmpfsBytes)))
		f(dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), tmpfsEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	t.Logf("in a namespace of its own:\n%s", out)
	check(t, err)
}

// fill leaves so many bytes free on the file system of the folder, and returns what undoes it.
func fill(t *testing.T, dir string, leave uint64) (empty func()) {
	t.Helper()
	var s syscall.Statfs_t
	check(t, syscall.Statfs(dir, &s))
	file, err := os.Create(filepath.Join(dir, "ballast"))
	check(t, err)
	check(t, syscall.Fallocate(int(file.Fd()), 0, 0, int64(s.Bavail*uint64(s.Bsize)-leave)), file.Close())
	return func() { check(t, os.Remove(file.Name())) }
}

// batch stores accounts that nothing else has; it returns how many are stored.
func batch(p *process, n int) (int, error) {
	req := &leadmatchv1.UpsertAccountsRequest{}
	for i := range 1000 {
		req.Accounts = append(req.Accounts, &leadmatchv1.Account{
			Id: fmt.Sprintf("%06d-%03d", n, i), Name: "Some Company", Aliases: []string{strings.Repeat("x", 500)},
		})
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := leadmatchv1.NewAccountServiceClient(p.conn).UpsertAccounts(ctx, req)
	if err != nil {
		return n, err
	}
	return n + 1, nil
}

// TestFullDisk fills the disk under a server that keeps its reserve: writes are refused, reads go on, writes come back
// when space does, and a server that is killed meanwhile starts again.
func TestFullDisk(t *testing.T) {
	inTmpfs(t, func(tmpfs string) {
		const reserve = "150000000"
		dir := filepath.Join(tmpfs, "data")
		p := run(t, dir, "--min-free-bytes", reserve)
		stored, err := batch(p, 0)
		check(t, err)
		for round := range 3 {
			empty := fill(t, tmpfs, 140_000_000)
			if _, err := batch(p, stored); status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "disk") {
				t.Fatalf("round %d: a write to a full disk: %v", round, err)
			}
			if _, err := leadmatchv1.NewMatchServiceClient(p.conn).Match(t.Context(), &leadmatchv1.MatchRequest{}); err != nil {
				t.Fatal(err)
			}
			p.Process.Kill()
			p.Wait()
			p = run(t, dir, "--min-free-bytes", reserve)
			empty()
			stored, err = batch(p, stored)
			check(t, err)
			wantAccounts(t, p, stored)
		}
	})
}

// TestNoSpaceAtAll takes the reserve away and the space with it. The server may refuse or end; what it has acknowledged
// must be there once there is space.
func TestNoSpaceAtAll(t *testing.T) {
	inTmpfs(t, func(tmpfs string) {
		dir := filepath.Join(tmpfs, "data")
		p := run(t, dir, "--min-free-bytes", "1")
		empty := fill(t, tmpfs, 60_000_000)
		stored, err := 0, error(nil)
		for err == nil && stored < 1000 {
			stored, err = batch(p, stored)
		}
		t.Logf("after %d batches: %v", stored, err)
		if err == nil {
			t.Fatal("the disk does not become full")
		}
		p.Process.Kill()
		p.Wait()
		out, err := leadmatchd("serve", "--data", dir, "--listen", "127.0.0.1:0").CombinedOutput()
		t.Logf("started while it is full: %v: %s", err, out)
		if err == nil || !strings.Contains(string(out), "disk") {
			t.Fatal("it must not start, and say why")
		}
		empty()
		p = run(t, dir, "--min-free-bytes", "1")
		wantAccounts(t, p, stored)
	})
}

// TestFilesMayNotGrow lets the kernel refuse files above a size (RLIMIT_FSIZE), which Badger's next log and its tables
// are: their creation fails or is cut short.
func TestFilesMayNotGrow(t *testing.T) {
	for _, limit := range []uint64{1 << 20, 40 << 20} {
		dir := filepath.Join(t.TempDir(), "data")
		p := run(t, dir, "--min-free-bytes", "1")
		check(t, unix.Prlimit(p.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}, nil))
		stored, err := 0, error(nil)
		for err == nil && stored < 300 {
			stored, err = batch(p, stored)
		}
		t.Logf("files of at most %d MiB: after %d batches: %v", limit>>20, stored, err)
		if err == nil {
			t.Fatal("no file needs to grow")
		}
		p.Process.Kill()
		p.Wait()
		p = run(t, dir, "--min-free-bytes", "1")
		wantAccounts(t, p, stored)
	}
}

// wantAccounts wants at least the batches that were acknowledged, whole.
func wantAccounts(t *testing.T, p *process, batches int) {
	t.Helper()
	have := stored(t, p)
	if n := len(have); n%1000 != 0 || n < 1000*batches {
		t.Fatalf("%d accounts are stored, %d were acknowledged", n, 1000*batches)
	}
	for n := range batches {
		for i := range 1000 {
			if have[fmt.Sprintf("%06d-%03d", n, i)] == "" {
				t.Fatalf("account %d of batch %d is missing", i, n)
			}
		}
	}
}
