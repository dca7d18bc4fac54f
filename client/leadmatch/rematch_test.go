package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/client/rows"
)

var (
	rematchKills  = flag.Int("rematch.kills", 6, "how often TestRematchIsKilled kills")
	rematchReport = flag.String("rematch.report", "", "file that TestRematchIsKilled writes what it found into")
)

// service is a leadmatchd with the sample's accounts that tests of a whole command run against.
type service struct {
	t     *testing.T
	dir   string
	addr  string
	flags []string
	cmd   *exec.Cmd
}

func startService(t *testing.T, flags ...string) *service {
	t.Helper()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, dir: t.TempDir(), addr: addr, flags: flags}
	s.start()
	t.Cleanup(s.kill)
	s.leadmatch("accounts", "import", "../../bench/sample/accounts.csv")
	return s
}

func (s *service) start() {
	s.t.Helper()
	s.cmd = exec.Command(filepath.Join(serverDir, "leadmatchd"), append([]string{
		"--data", filepath.Join(s.dir, "data"), "--listen", s.addr, "--http-listen", "off",
	}, s.flags...)...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.leadmatch("--wait", "20s", "status")
}

func (s *service) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

func (s *service) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "leadmatch", args...)
	cmd.Env = append(os.Environ(), "LEADMATCH_ADDR="+s.addr)
	return cmd
}

// leadmatch runs the command, which is to succeed, and returns what it said.
func (s *service) leadmatch(args ...string) string {
	s.t.Helper()
	out, err := s.command(context.Background(), args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("leadmatch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// path is a file of the test's.
func (s *service) path(name string) string { return filepath.Join(s.dir, name) }

func (s *service) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// writeLeads writes the sample's leads as often as it takes for n of them, with ids of their own, and rows in between
// that cannot be read.
func (s *service) writeLeads(name string, n int) {
	s.t.Helper()
	text, err := os.ReadFile("../../bench/sample/leads.csv")
	if err != nil {
		s.t.Fatal(err)
	}
	header, body, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	lines := strings.Split(body, "\n")
	out, err := rows.Create(s.path(name), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintln(out, header)
	for i := range n {
		fmt.Fprintf(out, "n%d-%s\n", i, lines[i%len(lines)])
		if i%997 == 0 {
			fmt.Fprintln(out, "a row,that has too few")
		}
	}
	if err := out.Commit(); err != nil {
		s.t.Fatal(err)
	}
}

// read returns what a file holds, unpacked.
func (s *service) read(name string) string {
	s.t.Helper()
	in, err := rows.Open(s.path(name), rows.InputOptions{}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// TestRematchIsKilled kills the command at random points until it has been killed often enough, and looks at the output
// each time that it got to the end: no lead is lost, none is there twice.
func TestRematchIsKilled(t *testing.T) {
	s := startService(t)
	s.writeLeads("a.csv.gz", 2000)
	s.writeLeads("b.csv.zst", 2000)
	s.writeLeads("c.csv", 2000)
	leads := []string{s.path("a.csv.gz"), s.path("b.csv.zst"), s.path("c.csv")}
	before := s.path("before.jsonl")
	begin := time.Now()
	s.partly(append([]string{"rematch", "-o", before}, leads...)...)
	whole := time.Since(begin)
	s.leadmatch("accounts", "delete", "acc-0014") // so that something changes

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	outputs := []string{"out.jsonl.gz", "out.csv", "out.jsonl", "out.csv.zst"}
	kills, ends := 0, 0
	for kills < *rematchKills || ends < 2 {
		name := outputs[ends%len(outputs)]
		args := append([]string{"rematch", "--previous", before}, leads...)
		if ends%3 == 1 {
			args = append(args, "--changed-only")
		}
		want := "want-" + name
		s.partly(append(args, "-o", s.path(want))...)
		kills += s.killUntilDone(r, whole, append(args, "-o", s.path(name), "--checkpoint", s.path("state"), "--checkpoint-every", "5ms"))
		ends++
		if got, want := s.read(name), s.read(want); got != want {
			t.Fatalf("%s: after kills there are %d bytes, without %d; they differ from byte %d on", name, len(got), len(want), firstDifference(got, want))
		}
		for _, gone := range []string{"state", "state.next", name + ".partial"} {
			if _, err := os.Stat(s.path(gone)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is still there (%v)", gone, err)
			}
		}
	}
	report := fmt.Sprintf("`leadmatch rematch --checkpoint` over three files (gzip, Zstandard, plain) with 6,000 leads and rows that cannot be\n"+
		"read was killed %d times, at random points of %d runs, and called again each time. Each output, of JSON Lines and CSV,\n"+
		"compressed and plain, whole and changes only, was the same, byte for byte, as that of a run that was left alone: no\n"+
		"lead was lost, none was there twice. Seed %d.\n", kills, ends, seed)
	t.Log(report)
	if *rematchReport != "" {
		if err := os.WriteFile(*rematchReport, []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// partly runs the command, which is done but for some rows.
func (s *service) partly(args ...string) {
	s.t.Helper()
	out, err := s.command(context.Background(), args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitPartly {
		s.t.Fatalf("leadmatch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// killUntilDone runs the command until it gets to the end, and returns how often it was killed before.
func (s *service) killUntilDone(r *rand.Rand, whole time.Duration, args []string) (kills int) {
	s.t.Helper()
	for {
		limit := time.Duration(r.Int64N(int64(whole) + 1))
		if kills >= 20 {
			limit = time.Minute // this machine has become slow
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		out, err := s.command(ctx, args...).CombinedOutput()
		killed := ctx.Err() != nil
		cancel()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.ExitCode() == exitPartly:
			return kills
		case !killed:
			s.t.Fatalf("leadmatch %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		kills++
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestRematchGoesOnOnlyWithTheSame stops a run in the middle and changes what it reads.
func TestRematchGoesOnOnlyWithTheSame(t *testing.T) {
	s := startService(t)
	s.writeLeads("leads.csv", 10_000)
	args := []string{"rematch", s.path("leads.csv"), "-o", s.path("out.jsonl"), "--checkpoint", s.path("state"), "--checkpoint-every", "1ms"}
	s.stopInTheMiddle(args)
	refused := func(want string, args ...string) {
		t.Helper()
		out, err := s.command(context.Background(), args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("got %v and %s, want %q", err, out, want)
		}
	}
	refused("--limit was 5 and is 7", append(args, "--limit", "7")...)
	refused("the output was", append(args, "-o", s.path("other.jsonl"))...)
	refused("the number of inputs was 1 and is 2", append([]string{"rematch", s.path("leads.csv")}, args[1:]...)...)

	whole := s.read("leads.csv")
	rewrite := func(text string) {
		t.Helper()
		s.write("leads.csv", text)
	}
	rewrite(whole + "more,,,,\n")
	refused("the size of", args...)
	rewrite(strings.Replace(whole, "n0-", "x0-", 1))
	refused("are not those that were decided before", args...)
	rewrite(whole)
	s.partly(args...)
	if n := strings.Count(s.read("out.jsonl"), "\n"); n != 10_000 {
		t.Errorf("got %d outcomes, want 10,000", n)
	}
}

// TestRematchThatOnlyWantsItsName has all decided when something stands where the output is to be.
func TestRematchThatOnlyWantsItsName(t *testing.T) {
	s := startService(t)
	s.writeLeads("leads.csv", 999)
	text := s.read("leads.csv") + "a last row,that has too few\n"
	s.write("leads.csv", text)
	s.partly("rematch", s.path("leads.csv"), "-o", s.path("want.jsonl"))
	args := []string{"rematch", "-", "-o", s.path("out.jsonl"), "--checkpoint", s.path("state"), "--checkpoint-every", "1ns"}
	again := func() (string, int) {
		cmd := s.command(context.Background(), args...)
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out), exit.ExitCode()
	}
	stdin, leads := io.Pipe()
	go func() {
		half := strings.Index(text, "\nn600-") + 1
		io.WriteString(leads, text[:half])
		s.awaitCheckpoint()
		if err := os.Mkdir(s.path("out.jsonl"), 0o700); err != nil {
			t.Error(err)
		}
		io.WriteString(leads, text[half:])
		leads.Close()
	}()
	cmd := s.command(context.Background(), args...)
	cmd.Stdin = stdin
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "what was decided is kept, 999 leads") {
		t.Fatalf("got %v\n%s", err, out)
	}
	if err := os.Remove(s.path("out.jsonl")); err != nil {
		t.Fatal(err)
	}
	if out, code := again(); code != exitPartly || !strings.Contains(out, "3 rows could not be read") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if s.read("out.jsonl") != s.read("want.jsonl") {
		t.Error("the outcomes are not those of a run that was left alone")
	}
}

// stopInTheMiddle kills a run when it has made a checkpoint.
func (s *service) stopInTheMiddle(args []string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := s.command(ctx, args...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.awaitCheckpoint()
	cancel()
	_ = cmd.Wait() // it was killed
	if _, err := os.Stat(s.path("state")); err != nil {
		s.t.Fatalf("it was too quick to be killed: %v", err)
	}
}

// awaitCheckpoint returns when a run has made a checkpoint that holds outcomes.
func (s *service) awaitCheckpoint() {
	for {
		if text, _ := os.ReadFile(s.path("state")); bytes.Contains(text, []byte(`"bytes":`)) && !bytes.Contains(text, []byte(`"bytes":0`)) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestRematchOutlastsTheServer kills the server in the middle and starts it again.
func TestRematchOutlastsTheServer(t *testing.T) {
	s := startService(t)
	s.writeLeads("leads.csv", 10_000)
	s.partly("rematch", s.path("leads.csv"), "-o", s.path("want.jsonl"))
	var said bytes.Buffer
	args := []string{"rematch", s.path("leads.csv"), "-o", s.path("out.jsonl"), "--checkpoint", s.path("state"), "--checkpoint-every", "1ms"}
	cmd := s.command(context.Background(), args...)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.awaitCheckpoint()
	s.kill()
	s.start()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitPartly {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if !strings.Contains(said.String(), "waiting for "+s.addr) {
		t.Errorf("it did not say that it waits:\n%s", said.String())
	}
	if s.read("out.jsonl") != s.read("want.jsonl") {
		t.Error("the outcomes are not those of a server that stays")
	}

	// One that stays away is said, and what was done is kept.
	s.stopInTheMiddle(args)
	s.kill()
	out, err := s.command(context.Background(), append(args, "--wait", "100ms")...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no leadmatchd is serving") {
		t.Errorf("got %v and %s", err, out)
	}
	s.start()
	s.partly(args...)
	if s.read("out.jsonl") != s.read("want.jsonl") {
		t.Error("the outcomes are not those of a server that stays")
	}
}

// TestRematchWhenNoMoreCanBeWritten lets the output grow no further than a disk that is full would, and then again.
func TestRematchWhenNoMoreCanBeWritten(t *testing.T) {
	s := startService(t)
	s.writeLeads("leads.csv", 5000)
	s.partly("rematch", s.path("leads.csv"), "-o", s.path("want.jsonl"))
	args := []string{"rematch", s.path("leads.csv"), "-o", s.path("out.jsonl"), "--checkpoint", s.path("state"), "--checkpoint-every", "1ms"}
	cmd := exec.Command("sh", append([]string{"-c", `ulimit -f 512; exec leadmatch "$@"`, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "LEADMATCH_ADDR="+s.addr)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "out.jsonl: file too large") || !strings.Contains(string(out), "the same command goes on") {
		t.Fatalf("got %v and %s", err, out)
	}
	if _, err := os.Stat(s.path("out.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is an output though it is not whole (%v)", err)
	}
	s.partly(args...)
	if s.read("out.jsonl") != s.read("want.jsonl") {
		t.Error("the outcomes are not those of a disk with room")
	}
	if out, err := s.command(context.Background(), "rematch", s.path("leads.csv"), "-o", "/dev/full").CombinedOutput(); err == nil || !strings.Contains(string(out), "no space left") {
		t.Errorf("got %v and %s", err, out)
	}
}
