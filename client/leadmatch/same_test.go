package main

import (
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// readLeads reads what can be read of a file.
func (s *service) readLeads(name string) (leads []*leadmatchv1.Lead) {
	s.t.Helper()
	in, err := rows.Open(s.path(name), rows.InputOptions{}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer in.Close()
	r, err := rows.NewLeads(in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for {
		lead, err := r.Read()
		if err == io.EOF {
			return leads
		}
		if err == nil {
			leads = append(leads, lead)
		}
	}
}

// TestSameAnswerEverywhere sends the same leads through every way that there is, and compares the bytes of the outcomes.
func TestSameAnswerEverywhere(t *testing.T) {
	const n = 3000
	log := filepath.Join(t.TempDir(), "decisions.jsonl")
	s := startService(t, "--decision-log", log, "--decision-log-leads", "whole")
	s.writeLeads("leads.csv", n)
	s.partly("rematch", s.path("leads.csv"), "-o", s.path("rematch.jsonl"))
	want := s.read("rematch.jsonl")
	if lines := strings.Count(want, "\n"); lines != n {
		t.Fatalf("rematch: %d outcomes, want %d", lines, n)
	}
	same := func(way, got string) {
		t.Helper()
		if at := firstDifference(got, want); got != want {
			t.Errorf("%s differs from rematch from byte %d on:\n%.300s\n%.300s", way, at, got[at:], want[at:])
		}
	}
	s.waitForLines(log, n)
	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("log.jsonl"), logged, 0o600); err != nil {
		t.Fatal(err)
	}
	said := s.leadmatch("replay", s.path("log.jsonl"), "-o", s.path("replay.jsonl"))
	if !strings.Contains(said, "0 changed of 3,000 that were decided before") {
		t.Errorf("replay said %s", said)
	}
	same("replay", s.inOrder("replay.jsonl", want))

	c, err := client.Dial(s.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	leads := s.readLeads("leads.csv")
	same("Match", s.lines(func(yield func(*leadmatchv1.Outcome, error) bool) {
		for _, l := range leads {
			if o, err := c.Match(t.Context(), l, nil); !yield(o, err) {
				return
			}
		}
	}))
	same("BatchMatch", s.lines(func(yield func(*leadmatchv1.Outcome, error) bool) {
		for at := 0; at < len(leads); at += 500 {
			batch, err := c.BatchMatch(t.Context(), leads[at:min(at+500, len(leads))], nil)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range batch {
				yield(o, nil)
			}
		}
	}))
	given := func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, l := range leads {
			if !yield(l, nil) {
				return
			}
		}
	}
	outcomes := func(results iter.Seq2[*client.Result, error]) iter.Seq2[*leadmatchv1.Outcome, error] {
		return func(yield func(*leadmatchv1.Outcome, error) bool) {
			for r, err := range results {
				if err != nil {
					yield(nil, err)
					return
				}
				yield(r.Outcome, nil)
			}
		}
	}
	same("StreamMatch", s.lines(outcomes(c.MatchAll(t.Context(), given, nil))))
	same("PreviewPolicy", s.lines(outcomes(c.PreviewAll(t.Context(), &leadmatchv1.Policy{RightPerWrong: 2}, given, nil))))
}

// waitForLines waits until a file that is being written has so many lines.
func (s *service) waitForLines(path string, n int) {
	s.t.Helper()
	for range 200 {
		if text, err := os.ReadFile(path); err == nil && strings.Count(string(text), "\n") >= n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("%s has not got %d lines after ten seconds", path, n)
}

// inOrder returns the lines of a file in the order of others with the same leads: a log is in the order of the answers.
func (s *service) inOrder(name, like string) string {
	byLead := map[string]string{}
	for line := range strings.Lines(s.read(name)) {
		byLead[leadOf(line)] = line
	}
	var b strings.Builder
	for line := range strings.Lines(like) {
		b.WriteString(byLead[leadOf(line)])
	}
	return b.String()
}

func leadOf(line string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(line, `{"lead_id":"`), `"`)
	return id
}

// lines writes outcomes as rematch does.
func (s *service) lines(outcomes iter.Seq2[*leadmatchv1.Outcome, error]) string {
	s.t.Helper()
	var text []byte
	for o, err := range outcomes {
		if err != nil {
			s.t.Fatal(err)
		}
		text = append(rows.AppendJSON(text, o), '\n')
	}
	return string(text)
}
