package leadbeam

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func init() {
	register.DoFn4x1[context.Context, fileio.ReadableFile, func(Lead), func(DeadLetter), error](&readFn{})
	register.Emitter1[Lead]()
	register.Emitter1[DeadLetter]()
}

// Files are files of leads.
type Files struct {
	Pattern string            // of names, as package fileio takes them: "leads.csv", "gs://crm/leads-*.jsonl"
	Map     map[string]string // columns that are not known by themselves: {"Firma": "company"}
	Format  string            // csv or jsonl; "" tells it from the name, or from how the file begins
	Raw     bool              // keep the ' before what a spreadsheet would run as a formula
}

// ReadFiles reads leads, and makes a dead letter of each row that cannot be read. Formats and columns are those of package
// client/rows. A file is read by one worker, Parquet as a whole into memory; a file that is damaged, and a pattern without
// a wildcard that no file has the name of, fails the bundle. The leads then go to whichever worker is free.
//
// A lead without an id gets "line:" and its line, as from leadmatch rematch; where the pattern may stand for several
// files, "NAME:line:" and its line.
func ReadFiles(s beam.Scope, f Files) (leads, bad beam.PCollection) {
	s = s.Scope("leadbeam.ReadFiles")
	matches := fileio.MatchFiles(s, f.Pattern, fileio.MatchEmptyAllowIfWildcard())
	files := fileio.ReadMatches(s, matches, fileio.ReadUncompressed(), fileio.ReadDirectorySkip()) // rows unpacks
	leads, bad = beam.ParDo2(s, &readFn{Files: f, Several: strings.ContainsAny(f.Pattern, `*?[{`)}, files)
	return beam.Reshuffle(s, leads), bad
}

type readFn struct {
	Files   Files
	Several bool // files may be several: ids say which
}

func (f *readFn) ProcessElement(ctx context.Context, file fileio.ReadableFile, lead func(Lead), bad func(DeadLetter)) error {
	path := file.Metadata.Path
	text, err := file.Open(ctx)
	if err != nil {
		return err
	}
	defer text.Close()
	r, err := f.open(path, text)
	if err != nil {
		return err
	}
	for {
		m, err := r.Read()
		line := int64(r.Line())
		var wrong *rows.RowError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &wrong):
			badRows.Inc(ctx, 1)
			bad(unread(path, line, r.Text(), err))
		case err != nil:
			return err
		default:
			if m.GetId() == "" {
				m.Id = f.id(path, line)
			}
			lead(leadOf(m, path, line))
		}
	}
}

func (f *readFn) id(path string, line int64) string {
	if f.Several {
		return fmt.Sprintf("%s:line:%d", path, line)
	}
	return fmt.Sprintf("line:%d", line)
}

func (f *readFn) open(path string, text io.Reader) (*rows.Reader[*leadmatchv1.Lead], error) {
	format, err := rows.ParseFormat(f.Files.Format)
	if err != nil {
		return nil, wrong("Format", "%v", err)
	}
	if text, err = seekable(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	in, err := rows.NewInput(path, rows.InputOptions{Format: format}, text)
	if err != nil {
		return nil, err
	}
	return rows.NewLeads(in, &rows.Options{Map: f.Files.Map, Raw: f.Files.Raw, Text: true})
}

// seekable reads Parquet into memory, since what is in it stands at its end, and leaves everything else a stream.
func seekable(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(4); string(magic) != "PAR1" {
		return b, nil // an error of reading comes again
	}
	all, err := io.ReadAll(b)
	return bytes.NewReader(all), err
}
