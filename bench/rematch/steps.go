package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/matcher"
)

// measurement is what the steps hand on and what they measure.
type measurement struct {
	config
	dir      string
	programs local.Programs
	server   *local.Server
	leads    []*matcher.Lead

	engine               time.Duration // for all leads
	wholeRun, comparison *job
	killedTook           time.Duration
	impact               impact
	rounds               []*round
}

// start imports the accounts and starts the server again: the index is then one segment, and stays so. What a search that
// reaches a cap sees depends on how the accounts are divided.
func (m *measurement) start(ctx context.Context) (err error) {
	if err := m.serve(ctx); err != nil {
		return err
	}
	if _, _, err = m.server.Leadmatch(ctx, m.programs, "accounts", "import", m.path("accounts.jsonl")); err != nil {
		return err
	}
	if err := m.server.Stop(); err != nil {
		return err
	}
	return m.serve(ctx)
}

func (m *measurement) serve(ctx context.Context) (err error) {
	m.server, err = local.Start(ctx, m.programs.Server, m.path("data"), "--http-listen", "off")
	return err
}

func (m *measurement) stop() error {
	if m.server == nil {
		return nil
	}
	return m.server.Stop()
}

// job is a leadmatch rematch of all leads that runs or has ended.
type job struct {
	cmd    *exec.Cmd
	said   bytes.Buffer
	begun  time.Time
	took   time.Duration
	memory *memory
}

func (m *measurement) begin(ctx context.Context, args ...string) (*job, error) {
	return m.beginWith(ctx, 1, args...)
}

// beginWith rematches the leads so many times in one run.
func (m *measurement) beginWith(ctx context.Context, times int, args ...string) (*job, error) {
	j := &job{begun: time.Now()}
	leads := slices.Repeat([]string{m.path("leads.jsonl.gz")}, times)
	j.cmd = exec.CommandContext(ctx, m.programs.CLI, slices.Concat([]string{"rematch"}, leads, args)...)
	j.cmd.Env = append(os.Environ(), "LEADMATCH_ADDR="+m.server.Addr)
	j.cmd.Stderr = &j.said
	if err := j.cmd.Start(); err != nil {
		return nil, err
	}
	j.memory = watch(m.server.Pid(), j.cmd.Process.Pid)
	return j, nil
}

func (j *job) wait() error {
	err := j.cmd.Wait()
	j.took = time.Since(j.begun)
	j.memory.stop()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, j.said.String())
	}
	return nil
}

func (m *measurement) all(ctx context.Context, args ...string) (*job, error) {
	j, err := m.begin(ctx, args...)
	if err != nil {
		return nil, err
	}
	return j, j.wait()
}

func (m *measurement) whole(ctx context.Context) (err error) {
	m.wholeRun, err = m.all(ctx, "-o", m.path("whole.jsonl"))
	return err
}

// killed kills the command at random until it was killed often enough, and then lets it end: the output has to be the same.
func (m *measurement) killed(ctx context.Context) error {
	args := []string{"-o", m.path("killed.jsonl"), "--checkpoint", m.path("state"), "--checkpoint-every", "500ms"}
	r := rand.New(rand.NewPCG(seed, 2))
	start := time.Now()
	for range m.kills {
		j, err := m.begin(ctx, args...)
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(r.Float64() * 2 / float64(m.kills) * float64(m.wholeRun.took)))
		_ = j.cmd.Process.Kill() // it may have ended
		_ = j.wait()             // it was killed
	}
	if _, err := os.Stat(m.path("killed.jsonl")); errors.Is(err, os.ErrNotExist) {
		if _, err := m.all(ctx, args...); err != nil {
			return err
		}
	}
	m.killedTook = time.Since(start)
	return sameFiles(m.path("whole.jsonl"), m.path("killed.jsonl"))
}

func sameFiles(a, b string) error {
	left, err := os.Open(a)
	if err != nil {
		return err
	}
	defer left.Close()
	right, err := os.Open(b)
	if err != nil {
		return err
	}
	defer right.Close()
	var l, r [64 << 10]byte
	for at := int64(0); ; {
		n, err := io.ReadFull(left, l[:])
		k, _ := io.ReadFull(right, r[:])
		if !bytes.Equal(l[:n], r[:k]) {
			return fmt.Errorf("%s and %s differ, after byte %d", a, b, at)
		}
		if err != nil {
			return nil
		}
		at += int64(n)
	}
}

func (m *measurement) compared(ctx context.Context) (err error) {
	m.comparison, err = m.all(ctx, "--previous", m.path("whole.jsonl"), "--changed-only", "-o", m.path("changes.jsonl"))
	if err != nil {
		return err
	}
	if said := m.comparison.said.String(); !strings.Contains(said, "\n0 changed of ") {
		return fmt.Errorf("nothing was to change:\n%s", said)
	}
	return nil
}
