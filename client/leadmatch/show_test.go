package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// golden compares with a file in testdata, which -update rewrites.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update accepts it); got\n%s", path, got)
	}
}

func evidence(kind leadmatchv1.EvidenceKind, level string, bits float64, lead, account string, source leadmatchv1.Source) *leadmatchv1.Evidence {
	return &leadmatchv1.Evidence{Kind: kind, Level: level, Bits: bits, LeadValue: lead, AccountValue: account, Source: source}
}

// reviewed is an outcome that has everything there is to show, with names that are meant to do harm.
func reviewed() *leadmatchv1.Outcome {
	const (
		prior  = leadmatchv1.EvidenceKind_EVIDENCE_KIND_PRIOR
		name   = leadmatchv1.EvidenceKind_EVIDENCE_KIND_NAME
		domain = leadmatchv1.EvidenceKind_EVIDENCE_KIND_DOMAIN
		place  = leadmatchv1.EvidenceKind_EVIDENCE_KIND_LOCATION
	)
	return &leadmatchv1.Outcome{
		LeadId: "l1", Decision: leadmatchv1.Decision_DECISION_REVIEW, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_MODEL,
		Reasons:     []leadmatchv1.Reason{leadmatchv1.Reason_REASON_SIBLINGS, leadmatchv1.Reason_REASON_PLACE_CONTRADICTION},
		Probability: .62, MarginBits: .9, NoMatchProbability: .00004,
		Candidates: []*leadmatchv1.Candidate{
			{
				AccountId: "a1", AccountName: "東京海上", OwnerId: "ann", Probability: .62, Bits: 8.4,
				Evidence: []*leadmatchv1.Evidence{
					evidence(prior, "prior", -1.5, "", "", 0),
					evidence(name, "same", 9.2, "Tokyo Marine", "Tokio Marine", leadmatchv1.Source_SOURCE_FORMER_NAME),
					evidence(domain, "shared", 2.5, "tokiomarine.com", "tokiomarine.com", leadmatchv1.Source_SOURCE_DOMAIN),
					evidence(place, "other country", -1.8, "DE", "JP", leadmatchv1.Source_SOURCE_ADDRESS),
				},
			},
			{
				AccountId: "a2", AccountName: "Tokio Marine \x1b[31mEurope\u202e", Probability: .3799, Bits: 7.5,
				Evidence: []*leadmatchv1.Evidence{
					evidence(prior, "prior", -1.5, "", "", 0),
					evidence(name, "nearly", 9, "Tokyo Marine", "Tokio Marine Europe", leadmatchv1.Source_SOURCE_NAME),
				},
			},
			{AccountId: "a3", AccountName: "Gone", Probability: .00006, Bits: -9, ExcludedBy: "label:type=customer"},
		},
		Retrieval: &leadmatchv1.Retrieval{
			Keys:           []*leadmatchv1.RetrievalKey{{Kind: "domain", Value: "tokiomarine.com", Accounts: 12}, {Kind: "similar_word", Value: "tokio", Accounts: 1}},
			CandidatesSeen: 1234, CandidatesScored: 40, Cuts: []string{"postings"},
		},
	}
}

func TestShowOutcome(t *testing.T) {
	var b bytes.Buffer
	o := reviewed()
	showOutcome(&b, o)
	explain(&b, o)
	for _, o := range []*leadmatchv1.Outcome{
		{
			Decision: leadmatchv1.Decision_DECISION_MATCHED, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_TIE_BREAK,
			TieBreakRung: "has_owner", AccountId: "a1", OwnerId: "ann",
			Candidates: []*leadmatchv1.Candidate{{AccountId: "a1", AccountName: "Acme", Probability: .99995, Bits: 17}},
		},
		{
			Decision: leadmatchv1.Decision_DECISION_MATCHED, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_OVERRIDE,
			OverrideId: "o7", AccountId: "a1",
		},
		{Decision: leadmatchv1.Decision_DECISION_NO_MATCH, Reasons: []leadmatchv1.Reason{leadmatchv1.Reason_REASON_NO_CANDIDATES}},
		{Decision: leadmatchv1.Decision_DECISION_INSUFFICIENT},
	} {
		b.WriteString("\n----\n")
		showOutcome(&b, o)
	}
	golden(t, "outcomes.golden", b.String())
}

func TestWaterfallStaysInItsColumns(t *testing.T) {
	for _, o := range []*leadmatchv1.Outcome{reviewed(), {Candidates: []*leadmatchv1.Candidate{{}}}} {
		s := newScale(o.GetCandidates())
		for _, c := range o.GetCandidates() {
			sum := 0.0
			for _, e := range c.GetEvidence() {
				if bar := []rune(s.bar(sum, sum+e.GetBits())); len(bar) != barWidth {
					t.Errorf("a bar of %d, want %d", len(bar), barWidth)
				}
				sum += e.GetBits()
			}
		}
		if s.bar(0, 0) == "" || s.column(s.low) != 0 || s.column(s.high) != barWidth-1 {
			t.Errorf("scale %+v does not fill its width", s)
		}
	}
}

func TestFigures(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(thousands(0), "0")
	f(thousands(999), "999")
	f(thousands(1107949), "1,107,949")
	f(thousands(-1234), "-1,234")
	f(thousands(-123), "-123")
	f(count(1, "row"), "1 row")
	f(count(2000, "row"), "2,000 rows")
	f(percent(0), "0.0 %")
	f(percent(1), "100.0 %")
	f(percent(.5), "50.0 %")
	f(percent(.9996), "99.96 %")
	f(percent(.99999), "> 99.99 %")
	f(percent(.00001), "< 0.01 %")
	f(percent(.0004), "0.04 %")
	f(size(999), "999 bytes")
	f(size(1234), "1.2 kB")
	f(size(229_500_000), "229.5 MB")
	f(roundTime(1234567*time.Microsecond).String(), "1.2s")
	f(roundTime(1234*time.Microsecond).String(), "1ms")
}

func TestReadsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pipe, writer := io.Pipe()
	defer writer.Close()
	r := untilDone(ctx, pipe)
	go func() { _, _ = writer.Write([]byte("hello")) }()
	text := make([]byte, 5)
	if _, err := io.ReadFull(r, text); err != nil || string(text) != "hello" {
		t.Errorf("got %q and %v", text, err)
	}
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := r.Read(text); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReadsPassEverything(t *testing.T) {
	want := strings.Repeat("leadmatch ", 50_000)
	text, err := io.ReadAll(untilDone(t.Context(), strings.NewReader(want)))
	if err != nil || string(text) != want {
		t.Errorf("got %d bytes and %v, want %d", len(text), err, len(want))
	}
}
