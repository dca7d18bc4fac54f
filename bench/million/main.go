// Million measures leadmatch with a million accounts, or as many as are asked for: it imports them into a server of its
// own, restarts it, matches leads through it, and then times the engine alone on the same accounts.
//
//	go run ./bench/million [-accounts N | -file ACCOUNTS.jsonl.gz] [-results bench/RESULTS.md]
//
// Without a file the accounts are the corpus's. Data goes into a temporary folder, which is removed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/matcher"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "million:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	accounts int
	file     string
	leads    int
	results  string
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("million", flag.ContinueOnError)
	f.IntVar(&c.accounts, "accounts", 1_000_000, "made-up accounts to measure with")
	f.StringVar(&c.file, "file", "", "JSON Lines file of accounts to measure with instead")
	f.IntVar(&c.leads, "leads", 2000, "leads of each kind")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if c.accounts < 1 || c.leads < 1 {
		return c, errors.New("-accounts and -leads have to be 1 or more")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-million-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := &measurement{config: c, dir: dir}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"building the programs", m.build},
		{"making leads and accounts", m.prepare},
		{"importing through the server", m.importAll},
		{"restarting the server", m.restart},
		{"matching through the server", m.matchAll},
		{"timing the engine alone", m.timeEngine},
	} {
		fmt.Fprintln(os.Stderr, step.what, "…")
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	text := m.markdown()
	fmt.Fprintln(w, text)
	if c.results == "" {
		return nil
	}
	return results.Write(c.results, "A million accounts", "make million", text)
}

// measurement is what the steps hand on and what they measure.
type measurement struct {
	config
	dir      string
	programs local.Programs
	path     string // of the accounts
	leadSet  []kindLeads

	imported, restarted, matched timed
	storeBytes                   int
	server                       serverFigures
	engine                       engineFigures
}

// timed is something done a number of times.
type timed struct {
	n    int
	took time.Duration
}

func (t timed) perSecond() float64 { return float64(t.n) / t.took.Seconds() }

// serverFigures are what a server that has just loaded everything says of itself.
type serverFigures struct {
	accounts, indexBytes uint64
	resident, peak       int // bytes; 0 where the system does not tell
}

func (m *measurement) build(ctx context.Context) (err error) {
	m.programs, err = local.Build(ctx, m.dir)
	return err
}

func (m *measurement) dataDir() string { return filepath.Join(m.dir, "data") }

func (m *measurement) importAll(ctx context.Context) error {
	err := m.serve(ctx, func(s *local.Server) error {
		start := time.Now()
		if _, _, err := s.Leadmatch(ctx, m.programs, "accounts", "import", m.path); err != nil {
			return err
		}
		m.imported.took = time.Since(start)
		status, err := m.status(ctx, s)
		m.imported.n = int(status.accounts)
		return err
	})
	if err != nil {
		return err
	}
	m.storeBytes, err = folderSize(m.dataDir())
	return err
}

func (m *measurement) restart(ctx context.Context) error {
	start := time.Now()
	return m.serve(ctx, func(s *local.Server) (err error) {
		m.restarted.took = time.Since(start)
		m.server, err = m.status(ctx, s)
		if err == nil && int(m.server.accounts) != m.imported.n {
			err = fmt.Errorf("%d accounts are there, and %d were imported", m.server.accounts, m.imported.n)
		}
		return err
	})
}

func (m *measurement) matchAll(ctx context.Context) error {
	path := filepath.Join(m.dir, "leads.jsonl")
	n, err := writeLeads(path, m.leadSet)
	if err != nil {
		return err
	}
	return m.serve(ctx, func(s *local.Server) error {
		start := time.Now()
		_, _, err := s.Leadmatch(ctx, m.programs, "bulk", path, "-o", filepath.Join(m.dir, "outcomes.jsonl"))
		m.matched = timed{n, time.Since(start)}
		return err
	})
}

// serve does something with a server on the data folder.
func (m *measurement) serve(ctx context.Context, do func(*local.Server) error) (err error) {
	s, err := local.Start(ctx, m.programs.Server, m.dataDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return do(s)
}

func (m *measurement) status(ctx context.Context, s *local.Server) (serverFigures, error) {
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

// engineFigures are of the engine alone, in this process.
type engineFigures struct {
	built timed
	stats matcher.Stats
}
