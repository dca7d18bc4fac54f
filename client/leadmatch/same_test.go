package main

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// readLeads reads what can be read of a file.
func readLeads(t *testing.T, path string) (leads []*leadmatchv1.Lead) {
	t.Helper()
	in, err := rows.Open(path, rows.InputOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := rows.NewLeads(in, nil)
	if err != nil {
		t.Fatal(err)
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
	web, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "decisions.jsonl")
	s := startService(t, "--decision-log", log, "--decision-log-leads", "whole", "--http-listen", web)
	s.writeLeads("leads.csv", n)
	s.partly("rematch", s.path("leads.csv"), "-o", s.path("rematch.jsonl"))
	want := s.read("rematch.jsonl")
	if lines := strings.Count(want, "\n"); lines != n {
		t.Fatalf("rematch: %d outcomes, want %d", lines, n)
	}
	same := func(way, got string) {
		t.Helper()
		s.same(way, got, want)
	}
	s.waitForLines(log, n)
	logged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	s.write("log.jsonl", string(logged))
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
	leads := readLeads(t, s.path("leads.csv"))
	same("Match", s.lines(each(leads, 1, func(one []*leadmatchv1.Lead) ([]*leadmatchv1.Outcome, error) {
		o, err := c.Match(t.Context(), one[0], nil)
		return []*leadmatchv1.Outcome{o}, err
	})))
	same("BatchMatch", s.lines(each(leads, 500, func(batch []*leadmatchv1.Lead) ([]*leadmatchv1.Outcome, error) {
		return c.BatchMatch(t.Context(), batch, nil)
	})))
	same("Match over HTTP", s.lines(each(leads, 1, func(one []*leadmatchv1.Lead) ([]*leadmatchv1.Outcome, error) {
		resp := &leadmatchv1.MatchResponse{}
		err := post("http://"+web+"/v1/match", &leadmatchv1.MatchRequest{Lead: one[0]}, resp)
		return []*leadmatchv1.Outcome{resp.GetOutcome()}, err
	})))
	same("BatchMatch over HTTP", s.lines(each(leads, 500, func(batch []*leadmatchv1.Lead) ([]*leadmatchv1.Outcome, error) {
		resp := &leadmatchv1.BatchMatchResponse{}
		err := post("http://"+web+"/v1/match:batch", &leadmatchv1.BatchMatchRequest{Leads: batch}, resp)
		return resp.GetOutcomes(), err
	})))
	given := func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, l := range leads {
			if !yield(l, nil) {
				return
			}
		}
	}
	same("StreamMatch", s.lines(outcomes(c.MatchAll(t.Context(), given, nil))))

	policy := &leadmatchv1.Policy{RightPerWrong: 2}
	s.write("policy.yaml", "right_per_wrong: 2")
	s.partly("preview", "--policy", s.path("policy.yaml"), s.path("leads.csv"), "-o", s.path("preview.jsonl"))
	same("PreviewPolicy", s.lines(outcomes(c.PreviewAll(t.Context(), policy, given, nil))))
	s.same("preview", s.read("preview.jsonl"), s.changes(c.PreviewAll(t.Context(), policy, given, nil)))
}

// same compares outcomes with those that they are to be.
func (s *service) same(way, got, want string) {
	s.t.Helper()
	if at := firstDifference(got, want); got != want {
		s.t.Errorf("%s differs from byte %d on:\n%.300s\n%.300s", way, at, got[at:], want[at:])
	}
}

// each decides leads so many at a time.
func each(leads []*leadmatchv1.Lead, n int, decide func([]*leadmatchv1.Lead) ([]*leadmatchv1.Outcome, error)) iter.Seq2[*leadmatchv1.Outcome, error] {
	return func(yield func(*leadmatchv1.Outcome, error) bool) {
		for batch := range slices.Chunk(leads, n) {
			decided, err := decide(batch)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range decided {
				yield(o, nil)
			}
		}
	}
}

func outcomes(results iter.Seq2[*client.Result, error]) iter.Seq2[*leadmatchv1.Outcome, error] {
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

// post makes a call as programs without gRPC do.
func post(url string, req, resp proto.Message) error {
	body, err := protojson.Marshal(req)
	if err != nil {
		return err
	}
	r, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, text)
	}
	if err != nil {
		return err
	}
	return protojson.Unmarshal(text, resp)
}

// changes writes outcomes side by side, as preview does.
func (s *service) changes(results iter.Seq2[*client.Result, error]) string {
	s.t.Helper()
	var text strings.Builder
	w, err := rows.NewChangeWriter(&text, rows.WriterOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	for r, err := range results {
		if err != nil {
			s.t.Fatal(err)
		}
		if err := w.Write(r.Outcome, r.Proposed); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		s.t.Fatal(err)
	}
	return text.String()
}

// waitForLines waits until a file that is being written has so many lines.
func (s *service) waitForLines(path string, n int) {
	s.t.Helper()
	for range 1200 {
		if text, err := os.ReadFile(path); err == nil && strings.Count(string(text), "\n") >= n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("%s has not got %d lines after a minute", path, n)
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
