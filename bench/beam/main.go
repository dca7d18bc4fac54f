// Beam times a pipeline of client/beam on Prism, Beam's local runner, beside leadmatch rematch: the same made-up leads, through the same
// server and from its snapshot, on the same machine.
//
//	go run ./bench/beam [-accounts N] [-leads N] [-rounds N] [-results bench/RESULTS.md]
//
// Data goes into a temporary folder, which is removed.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
	"github.com/leadmatch/leadmatch/client/rows"
)

const seed = 1

func main() { program.Main("beam", run) }

// measurement is what the flags say, and what is measured.
type measurement struct {
	accounts, leads, rounds int
	results                 string

	dir      string
	programs local.Programs
	server   *local.Server
	ways     []*way
}

// way is one way to decide all the leads.
type way struct {
	name    string
	command func(out string) *exec.Cmd
	took    []time.Duration
}

func parse(args []string) (*measurement, error) {
	m := &measurement{}
	f := flag.NewFlagSet("beam", flag.ContinueOnError)
	f.IntVar(&m.accounts, "accounts", 100_000, "accounts to match against")
	f.IntVar(&m.leads, "leads", 100_000, "leads to decide")
	f.IntVar(&m.rounds, "rounds", 3, "how often each way is timed, in turn")
	f.StringVar(&m.results, "results", "", "Markdown file to write the figures into")
	if err := program.Parse(f, args); err != nil {
		return nil, err
	}
	if m.accounts < 1 || m.leads < 1 || m.rounds < 1 {
		return nil, errors.New("-accounts, -leads and -rounds have to be above 0")
	}
	return m, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	m, err := parse(args)
	if err != nil {
		return err
	}
	if m.dir, err = os.MkdirTemp("", "leadmatch-beam-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	err = m.prepare(ctx)
	if err == nil {
		err = m.time(ctx)
	}
	if m.server != nil {
		err = errors.Join(err, m.server.Stop())
	}
	if err != nil {
		return err
	}
	return results.Report(w, m.results, "Beam", "make beam", m.markdown())
}

func (m *measurement) path(name string) string { return filepath.Join(m.dir, name) }

// prepare builds the programs, makes accounts and leads, and starts a server with the accounts, whose index is one segment.
func (m *measurement) prepare(ctx context.Context) (err error) {
	if m.programs, err = local.Build(ctx, m.dir); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-C", "client/beam", "-o", m.path("leadmatch-beam"), "./leadmatch-beam")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the pipeline: %w\n%s", err, out)
	}
	if err := m.makeBook(); err != nil {
		return err
	}
	if err := m.serve(ctx); err != nil {
		return err
	}
	if _, _, err := m.server.Leadmatch(ctx, m.programs, "accounts", "import", m.path("accounts.jsonl")); err != nil {
		return err
	}
	if err := m.server.Stop(); err != nil {
		return err
	}
	if err := m.serve(ctx); err != nil {
		return err
	}
	_, _, err = m.server.Leadmatch(ctx, m.programs, "snapshot", "export", "-o", m.path("snapshot"))
	return err
}

func (m *measurement) serve(ctx context.Context) (err error) {
	m.server, err = local.Start(ctx, m.programs.Server, m.path("data"), "--http-listen", "off")
	return err
}

func (m *measurement) makeBook() error {
	c := corpus.New(seed, m.accounts)
	var accounts, lines bytes.Buffer
	if err := book.Write(&accounts, c.Accounts()); err != nil {
		return err
	}
	leads, err := load.Usual.Of(seed, c.Leads(min(20_000, m.leads)), m.leads)
	if err != nil {
		return err
	}
	for i, lead := range load.Wire(leads) {
		lead.Id = fmt.Sprintf("%d-%s", i, lead.GetId())
		lines.Write(append(rows.AppendJSON(nil, lead), '\n'))
	}
	return errors.Join(os.WriteFile(m.path("accounts.jsonl"), accounts.Bytes(), 0o600),
		os.WriteFile(m.path("leads.jsonl"), lines.Bytes(), 0o600))
}

// time runs the ways in turn, and looks whether all decide the same.
func (m *measurement) time(ctx context.Context) error {
	pipeline := func(args ...string) func(string) *exec.Cmd {
		return func(out string) *exec.Cmd {
			return exec.CommandContext(ctx, m.path("leadmatch-beam"),
				append([]string{"--leads", m.path("leads.jsonl"), "--outcomes", out, "--bad", m.path("bad")}, args...)...)
		}
	}
	m.ways = []*way{
		{name: "leadmatch rematch", command: func(out string) *exec.Cmd {
			return exec.CommandContext(ctx, m.programs.CLI, "--addr", m.server.Addr, "rematch", m.path("leads.jsonl"), "-o", out)
		}},
		{name: "Prism, through the server", command: pipeline("--addr", m.server.Addr)},
		{name: "Prism, through the server, file read in lines", command: pipeline("--addr", m.server.Addr, "--format", "lines")},
		{name: "Prism, from a snapshot", command: pipeline("--snapshot", m.path("snapshot"))},
	}
	var want []string
	for range m.rounds {
		for _, w := range m.ways {
			got, err := w.time(m.path("outcomes"))
			if err != nil {
				return err
			}
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				return fmt.Errorf("%s decides otherwise than %s", w.name, m.ways[0].name)
			}
		}
	}
	return nil
}

// time decides all the leads once and returns the outcomes' lines, sorted.
func (w *way) time(out string) ([]string, error) {
	cmd := w.command(out)
	begin := time.Now()
	said, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", w.name, err, said)
	}
	w.took = append(w.took, time.Since(begin))
	text, err := os.ReadFile(out)
	return slices.Sorted(strings.Lines(string(text))), err
}

// median returns what a way took.
func (w *way) median() time.Duration {
	slices.Sort(w.took)
	return w.took[len(w.took)/2]
}

func (m *measurement) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d made-up leads, of a file of JSON Lines, against %d accounts; the whole command, with its start, and for a\n"+
		"snapshot its loading. Server and pipeline share the machine. Medians of %d rounds, one way after the other; all wrote the\n"+
		"same lines.\n\n", m.leads, m.accounts, m.rounds)
	b.WriteString("| | s | leads a second | of leadmatch rematch's |\n|---|--:|--:|--:|\n")
	base := m.ways[0].median()
	for _, w := range m.ways {
		took := w.median()
		fmt.Fprintf(&b, "| %s | %.1f | %.0f | %.2f |\n", w.name, took.Seconds(), float64(m.leads)/took.Seconds(), base.Seconds()/took.Seconds())
	}
	return b.String()
}
