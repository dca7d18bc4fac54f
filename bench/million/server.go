package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/client"
)

// serverFigures are what a server that has just loaded everything says of itself.
type serverFigures struct {
	accounts, indexBytes uint64
	resident, peak       int // bytes; 0 where the system does not tell
}

// measureServer imports the accounts into a server, starts it again, and matches through it.
func (m *measurement) measureServer(ctx context.Context, programs local.Programs) (err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	var path string
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"making leads and accounts", func() (err error) { path, err = m.prepare(); return err }},
		{"importing through the server", func() error { return m.importAll(ctx, programs, path) }},
		{"restarting the server and matching through it", func() error { return m.restart(ctx, programs) }},
	} {
		program.Say("%s: %s", m.name, step.what)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func (m *measurement) dataDir() string { return filepath.Join(m.dir, "data") }

func (m *measurement) importAll(ctx context.Context, programs local.Programs, path string) error {
	err := m.serve(ctx, programs, func(s *local.Server) error {
		start := time.Now()
		if _, _, err := s.Leadmatch(ctx, programs, "accounts", "import", path); err != nil {
			return err
		}
		m.imported.took = time.Since(start)
		status, err := status(ctx, s)
		m.imported.n = int(status.accounts)
		return err
	})
	if err != nil {
		return err
	}
	m.storeBytes, err = folderSize(m.dataDir())
	return err
}

func (m *measurement) restart(ctx context.Context, programs local.Programs) error {
	start := time.Now()
	return m.serve(ctx, programs, func(s *local.Server) (err error) {
		m.restarted.took = time.Since(start)
		m.server, err = status(ctx, s)
		if err == nil && int(m.server.accounts) != m.imported.n {
			err = fmt.Errorf("%d accounts are there, and %d were imported", m.server.accounts, m.imported.n)
		}
		if err != nil {
			return err
		}
		return m.matchAll(ctx, programs, s)
	})
}

func (m *measurement) matchAll(ctx context.Context, programs local.Programs, s *local.Server) error {
	path := filepath.Join(m.dir, "leads.jsonl")
	n, err := m.writeLeads(path)
	if err != nil {
		return err
	}
	start := time.Now()
	_, _, err = s.Leadmatch(ctx, programs, "bulk", path, "-o", filepath.Join(m.dir, "outcomes.jsonl"))
	m.matched = timed{n, time.Since(start)}
	return err
}

// serve does something with a server on the data folder.
func (m *measurement) serve(ctx context.Context, programs local.Programs, do func(*local.Server) error) (err error) {
	s, err := local.Start(ctx, programs.Server, m.dataDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return do(s)
}

func status(ctx context.Context, s *local.Server) (serverFigures, error) {
	c, err := client.Dial(s.Addr, nil)
	if err != nil {
		return serverFigures{}, err
	}
	defer c.Close()
	status, err := c.Status(ctx)
	if err != nil {
		return serverFigures{}, err
	}
	f := serverFigures{accounts: status.Accounts, indexBytes: status.IndexBytes}
	f.resident, f.peak = memory(s.Pid())
	return f, nil
}

// folderSize returns how many bytes the files in a folder take.
func folderSize(dir string) (bytes int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += int(info.Size())
		}
		return err
	})
	return bytes, err
}

// memory returns what a process has in memory and had at most, in bytes; 0 where there is no /proc.
func memory(pid int) (resident, peak int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch key {
		case "VmRSS":
			resident = kilobytes * 1024
		case "VmHWM":
			peak = kilobytes * 1024
		}
	}
	return resident, peak
}
