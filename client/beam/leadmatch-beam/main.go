// Command leadmatch-beam decides files of leads in a pipeline of Apache Beam, as `leadmatch rematch` does on one machine.
//
//	leadmatch-beam --leads 'leads-*.csv' --addr 127.0.0.1:7411 --outcomes outcomes.jsonl --bad bad.jsonl
//	leadmatch-beam --leads leads.csv --snapshot book.snapshot --outcomes outcomes.jsonl --bad bad.jsonl
//
// --runner says where it runs: here (prism, the default), flink, spark, dataflow or universal; their options are Beam's own.
// The exit code is 0 when all is done, 1 when the pipeline failed, 2 when it was called the wrong way, and 3 when it is done
// but for rows that are in the file of --bad.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/metrics"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/avroio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/textio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	leadbeam "github.com/leadmatch/leadmatch/client/beam"
)

// settings are what the flags say, beside those of Beam.
type settings struct {
	leads, format, outcomes, bad string
	columns                      columns
	raw                          bool
	files                        int
	fleet                        leadbeam.Fleet
	options                      leadbeam.Options
	limit                        uint
}

// columns are given as COLUMN=FIELD, as often as it takes.
type columns map[string]string

func (c columns) String() string { return "" }

func (c columns) Set(s string) error {
	column, field, ok := strings.Cut(s, "=")
	if !ok || column == "" {
		return fmt.Errorf("expected COLUMN=FIELD")
	}
	c[column] = field
	return nil
}

func (s *settings) register(f *flag.FlagSet) {
	s.columns = columns{}
	f.StringVar(&s.leads, "leads", "", "files of leads: a name or a pattern of the runner's file systems; required")
	f.StringVar(&s.format, "format", "", "csv, jsonl, lines (JSON Lines that are divided among workers; leads need ids) or avro; otherwise told by the files")
	f.Var(s.columns, "map", "a column that is not known by itself: COLUMN=FIELD; may be given several times")
	f.BoolVar(&s.raw, "raw", false, "in CSV, keep the ' before what a spreadsheet would run as a formula")
	f.StringVar(&s.outcomes, "outcomes", "", "file to write outcomes to, as JSON Lines; required")
	f.StringVar(&s.bad, "bad", "", "file to write rows to that could not be decided, and why, as JSON Lines; required")
	f.IntVar(&s.files, "files", 1, "how many files the outcomes are written to")
	f.StringVar(&s.fleet.Addr, "addr", "", "servers that decide: host:port, several with commas between, or a target of gRPC")
	f.BoolVar(&s.fleet.Secure.TLS, "tls", false, "speak TLS, with a server whose certificate the workers trust")
	f.StringVar(&s.fleet.Secure.TLSCA, "tls-ca", "", "trust servers by the certificates in this file of the workers")
	f.StringVar(&s.fleet.Secure.TLSCert, "tls-cert", "", "show this certificate")
	f.StringVar(&s.fleet.Secure.TLSKey, "tls-key", "", "the certificate's key")
	f.StringVar(&s.fleet.Secure.TLSServerName, "tls-server-name", "", "name in the server's certificate, when the address has another")
	f.StringVar(&s.fleet.Secure.TokenFile, "token-file", "", "file of the workers with the token to show; else their LEADMATCH_TOKEN")
	f.IntVar(&s.fleet.Streams, "streams", 0, "streams at once, for each bundle; 0 means 2")
	f.DurationVar(&s.fleet.Timeout, "timeout", 0, "how long an answer to 128 leads may take; 0 means a minute")
	f.DurationVar(&s.fleet.Patience, "patience", 0, "how long to go on trying while no server answers; 0 means two minutes")
	f.StringVar(&s.options.Snapshot, "snapshot", "", "decide in the workers, by this file of leadmatch snapshot export, in place of --addr")
	f.UintVar(&s.limit, "limit", 5, "candidates to return, at most 50")
	f.BoolVar(&s.options.Explain, "explain", false, "with each candidate's evidence, and how the candidates were found")
	f.Uint64Var(&s.options.MinRevision, "min-revision", 0, "answer from this revision or a later one")
	f.IntVar(&s.options.Batch, "batch", 0, "leads that are decided together; 0 means 2048")
}

func main() {
	var s settings
	s.register(flag.CommandLine)
	flag.Parse()
	beam.Init()
	os.Exit(run(context.Background(), &s))
}

func run(ctx context.Context, s *settings) int {
	p, err := s.pipeline()
	if err != nil {
		fmt.Fprintf(os.Stderr, "leadmatch-beam: %v\n", err)
		return 2
	}
	result, err := beamx.RunWithMetrics(ctx, p)
	if err != nil {
		fmt.Fprintf(os.Stderr, "leadmatch-beam: %v\n", err)
		return 1
	}
	if told := counts(result); told["bad_rows"]+told["refused"] > 0 {
		return 3
	}
	return 0
}

// pipeline puts the pipeline together.
func (s *settings) pipeline() (*beam.Pipeline, error) {
	for _, f := range []struct{ name, value string }{{"leads", s.leads}, {"outcomes", s.outcomes}, {"bad", s.bad}} {
		if f.value == "" {
			return nil, fmt.Errorf("--%s: expected a file", f.name)
		}
	}
	if s.files < 1 || s.files > 1000 {
		return nil, fmt.Errorf("--files: expected 1 to 1000, not %d", s.files)
	}
	if s.fleet.Addr != "" {
		s.options.Fleet = &s.fleet
	}
	s.options.Limit = uint32(min(s.limit, 1000)) // more than can be is told below
	p, scope := beam.NewPipelineWithRoot()
	leads, bad, err := s.read(scope)
	if err != nil {
		return nil, err
	}
	outcomes, refused, err := leadbeam.TryRematch(scope, leads, s.options)
	if err != nil {
		return nil, err
	}
	leadbeam.WriteText(scope, s.outcomes, s.files, leadbeam.OutcomeLines(scope, outcomes))
	leadbeam.WriteText(scope, s.bad, 1, leadbeam.DeadLines(scope, bad, refused))
	return p, nil
}

func (s *settings) read(scope beam.Scope) (leads, bad beam.PCollection, err error) {
	switch format := strings.ToLower(s.format); format {
	case "lines":
		leads, bad = leadbeam.FromJSON(scope, textio.Read(scope, s.leads), s.columns)
	case "avro":
		leads, bad = leadbeam.FromJSON(scope, avroio.Read(scope, s.leads, reflect.TypeFor[string]()), s.columns)
	case "", "csv", "tsv", "jsonl", "ndjson", "json":
		leads, bad = leadbeam.ReadFiles(scope, leadbeam.Files{Pattern: s.leads, Map: s.columns, Format: format, Raw: s.raw})
	default:
		err = fmt.Errorf("--format: expected csv, jsonl, lines or avro, not %q", s.format)
	}
	return leads, bad, err
}

// counts prints the pipeline's own counters, where the runner has them, and returns them.
func counts(result beam.PipelineResult) map[string]int64 {
	told := map[string]int64{}
	if result == nil {
		return told
	}
	ours := func(r metrics.SingleResult) bool { return r.Namespace() == leadbeam.Namespace }
	for _, c := range result.Metrics().Query(ours).Counters() {
		told[c.Name()] += c.Result()
	}
	var parts []string
	for name, n := range told {
		parts = append(parts, fmt.Sprintf("%d %s", n, name))
	}
	slices.Sort(parts)
	fmt.Fprintf(os.Stderr, "leadmatch-beam: done: %s\n", strings.Join(parts, ", "))
	return told
}
