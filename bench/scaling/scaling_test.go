package main

import (
	"math"
	"os"
	"strings"
	"testing"
)

const resultsFile = "../RESULTS.md"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocument: the tables of server/SCALING.md are what bench/RESULTS.md says. `make scaling` writes them anew.
func TestDocument(t *testing.T) {
	f, err := readFigures(read(t, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	document := read(t, "../../server/SCALING.md")
	blocks := f.blocks()
	if got := strings.Count(document, "<!-- /"); got != len(blocks) {
		t.Errorf("the document has %d blocks, %d are computed", got, len(blocks))
	}
	for name, body := range blocks {
		if !strings.Contains(document, "<!-- "+name+" -->\n"+strings.TrimSpace(body)+"\n<!-- /"+name+" -->\n") {
			t.Errorf("%s: the document is not what RESULTS.md says; make scaling writes it anew", name)
		}
	}
}

// TestFiguresThatAreMissing: each one is missed by the name of its section.
func TestFiguresThatAreMissing(t *testing.T) {
	whole := read(t, resultsFile)
	for _, name := range []string{sectionMillion, sectionSizes, sectionService, sectionReplica, sectionBytes} {
		if _, err := readFigures(strings.Replace(whole, "\n## "+name+"\n", "\n## other\n", 1)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, row := range []string{"| StreamMatch |", "| " + rowAccount + " |", "Replacing all accounts took", "| absent | median |"} {
		if _, err := readFigures(strings.ReplaceAll(whole, row, "| other |")); err == nil || !strings.Contains(err.Error(), "section") {
			t.Errorf("%s: %v", row, err)
		}
	}
}

// TestFormulas computes with round figures.
func TestFormulas(t *testing.T) {
	f := &figures{
		counted: counted{records: 64, cells: 4, wordsSmall: 100, wordsLarge: 1000},
		sizes: []size{
			{accounts: 1e5, startSeconds: 1, peak: 1e8, micros: 10},
			{accounts: 1e6, startSeconds: 10, peak: 7e8, micros: 20},
		},
		serviceAccounts: 1e6, unaryMicros: 150, streamMicros: 90, engine: 80,
		replicaMicros: []float64{100, 125}, followMicros: 200,
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("a start", f.at(1e7, startOf), 100)
	near("a peak", f.at(1e7, peakOf), 7e8+6e9)
	unary, stream := f.micros(1e7)
	near("Match", unary, 150+80)
	near("StreamMatch", stream, 90+80)
	near("reads of one replica", f.reads(1e6, 1, 0), .7*16*1e6/150)
	near("reads of ten", f.reads(1e6, 10, 1000), 10*(.7*16*1e6-200_000)/(150*1.25))
	near("reads beside too many writes", f.reads(1e6, 2, 1e6), 0)
	near("words", f.accountsOfWords(10_000), 1e7)
	f.wordsLarge = 101
	if most, by := f.fits(); most != maxAccounts || by != "accounts" {
		t.Errorf("%v by %s, want all accounts that can be numbered", most, by)
	}
	f.records = 128
	if most, by := f.fits(); most != 1<<27 || by != "records" {
		t.Errorf("%v by %s, want 1<<27 by records", most, by)
	}
	near("indexes", f.indexes(1<<27+1), 2)
}
