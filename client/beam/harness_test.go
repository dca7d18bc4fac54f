package leadbeam

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"

	"github.com/leadmatch/leadmatch/client/beam/internal/fleet"
)

const (
	root   = "../.."
	sample = root + "/bench/sample/"
)

var data = flag.String("data", "", "folder with labelled sets: SET.accounts.jsonl.gz and SET.leads.jsonl.gz")

// The programs, and a server with the sample's accounts that no test changes, with a snapshot of it.
var (
	programs fleet.Programs
	book     *fleet.Server
	snapshot string
)

func TestMain(m *testing.M) {
	flag.Parse()
	beam.Init()
	os.Exit(withBook(m))
}

func withBook(m *testing.M) int {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "leadbeam")
	if err == nil {
		defer os.RemoveAll(dir)
		programs, err = fleet.Build(ctx, root, dir)
	}
	if err == nil {
		book, err = programs.Start(ctx, filepath.Join(dir, "data"))
	}
	if err == nil {
		defer book.Kill()
		snapshot = filepath.Join(dir, "snapshot")
		err = fill(ctx, book, sample+"accounts.csv", snapshot)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// fill imports accounts, starts the server again, so that its index is one segment, and takes a snapshot.
func fill(ctx context.Context, s *fleet.Server, accounts, snapshot string) error {
	if err := s.Leadmatch(ctx, "accounts", "import", accounts); err != nil {
		return err
	}
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	return s.Leadmatch(ctx, "snapshot", "export", "-o", snapshot)
}

// ways are both ways to decide.
func ways() map[string]Options {
	return map[string]Options{"fleet": {Fleet: &Fleet{Addr: book.Addr}, Batch: 100}, "snapshot": {Snapshot: snapshot, Batch: 100}}
}

// decide runs a pipeline that decides the leads that read puts out, and returns the lines of outcomes and dead letters,
// sorted.
func decide(t *testing.T, opts Options, read func(beam.Scope) (leads, bad beam.PCollection)) (outcomes, dead []string, err error) {
	t.Helper()
	dir := t.TempDir()
	p, s := beam.NewPipelineWithRoot()
	leads, bad := read(s)
	out, refused := Rematch(s, leads, opts)
	WriteText(s, filepath.Join(dir, "outcomes"), 3, OutcomeLines(s, out))
	WriteText(s, filepath.Join(dir, "dead"), 1, DeadLines(s, bad, refused))
	if err := ptest.Run(p); err != nil {
		return nil, nil, err
	}
	return lines(t, filepath.Join(dir, "outcomes*")), lines(t, filepath.Join(dir, "dead")), nil
}

func files(pattern string) func(beam.Scope) (beam.PCollection, beam.PCollection) {
	return func(s beam.Scope) (beam.PCollection, beam.PCollection) { return ReadFiles(s, Files{Pattern: pattern}) }
}

// lines returns the lines of files, sorted. A file of no lines is not written.
func lines(t *testing.T, pattern string) (all []string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.AppendSeq(all, strings.Lines(string(text)))
	}
	slices.Sort(all)
	return all
}

// rematched returns the lines that leadmatch rematch writes, sorted.
func rematched(t *testing.T, s *fleet.Server, leads string) []string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "outcomes.jsonl")
	if err := s.Leadmatch(t.Context(), "rematch", leads, "-o", out); err != nil {
		t.Fatal(err)
	}
	want := lines(t, out)
	if len(want) == 0 {
		t.Fatal("leadmatch rematch decided nothing")
	}
	return want
}

// sameLines compares what was decided, whatever the order.
func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: %d lines, want %d; the first that differs:\n%swant\n%s", what, len(got), len(want), got[i], want[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", what, len(got), len(want))
}

func letters(t *testing.T, lines []string) (all []DeadLetter) {
	t.Helper()
	for _, line := range lines {
		var d DeadLetter
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b DeadLetter) int { return int(a.Line - b.Line) })
	return all
}

// write makes a file of the test's.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
