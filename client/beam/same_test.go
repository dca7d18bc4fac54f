package leadbeam

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/avroio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/textio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"
	"github.com/parquet-go/parquet-go"
)

// TestSameOutcomes decides files of leads on Prism, through a server and from a snapshot: the lines that leadmatch rematch
// writes, byte for byte.
func TestSameOutcomes(t *testing.T) {
	whole := sample + "leads.csv"
	noIDs := write(t, "noids.jsonl", `{"company":"Texas instrument"}`+"\n\n"+`{"email":"jo@ti.com"}`+"\n"+`not JSON`+"\n"+`{"company":"Сименс","city":"Bonn\ud800"}`+"\n")
	for _, leads := range []string{whole, noIDs} {
		want := rematched(t, book, leads)
		for way, opts := range ways() {
			got, _, err := decide(t, opts, files(leads))
			if err != nil {
				t.Fatal(err)
			}
			sameLines(t, way+" of "+leads, got, want)
		}
	}
}

// TestSameOutcomesOfSets does so with the labelled sets of -data, explained.
func TestSameOutcomesOfSets(t *testing.T) {
	sets, err := filepath.Glob(filepath.Join(*data, "*.leads.jsonl.gz"))
	if err != nil || (len(sets) == 0) != (*data == "") {
		t.Fatalf("%d sets in %q (%v)", len(sets), *data, err)
	}
	for _, leads := range sets {
		name := strings.TrimSuffix(filepath.Base(leads), ".leads.jsonl.gz")
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := programs.Start(t.Context(), filepath.Join(dir, "data"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Kill()
			snapshot := filepath.Join(dir, "snapshot")
			if err := fill(t.Context(), s, filepath.Join(*data, name+".accounts.jsonl.gz"), snapshot); err != nil {
				t.Fatal(err)
			}
			want := rematched(t, s, leads)
			for _, opts := range []Options{{Fleet: &Fleet{Addr: s.Addr}}, {Snapshot: snapshot}} {
				got, dead, err := decide(t, opts, files(leads))
				if err != nil || len(dead) > 0 {
					t.Fatal(err, dead)
				}
				sameLines(t, name, got, want)
			}
			t.Logf("%d leads", len(want))
		})
	}
}

// row is a lead as Parquet and Avro have it here.
type row struct {
	ID      string  `parquet:"id" json:"id"`
	Company *string `parquet:"company,optional" json:"company"`
	Email   string  `parquet:"email" json:"email"`
	City    *string `parquet:"city,optional" json:"city"`
}

const (
	someLeads = `{"id":"1","company":"Texas instrument","email":"","city":"Dallas"}
{"id":"2","company":null,"email":"jo@ti.com","city":null}
{"id":"3","company":"Kyoto Univ","email":"","city":null}
`
	schema = `{"type":"record","name":"lead","fields":[{"name":"id","type":"string"},{"name":"company","type":["null","string"]},
		{"name":"email","type":"string"},{"name":"city","type":["null","string"]}]}`
	asAvro = `{"id":"1","company":{"string":"Texas instrument"},"email":"","city":{"string":"Dallas"}}
{"id":"2","company":null,"email":"jo@ti.com","city":null}
{"id":"3","company":{"string":"Kyoto Univ"},"email":"","city":null}
`
)

// TestFormats: the same leads as JSON Lines, in one piece and line by line, Parquet and Avro.
func TestFormats(t *testing.T) {
	dir := t.TempDir()
	jsonl := write(t, "leads.jsonl", someLeads)
	of := func(s string) *string { return &s }
	pq := filepath.Join(dir, "leads.parquet")
	if err := parquet.WriteFile(pq, []row{
		{"1", of("Texas instrument"), "", of("Dallas")},
		{"2", nil, "jo@ti.com", nil},
		{"3", of("Kyoto Univ"), "", nil},
	}); err != nil {
		t.Fatal(err)
	}
	p, s := beam.NewPipelineWithRoot()
	avroio.Write(s, filepath.Join(dir, "leads"), schema, beam.CreateList(s, strings.Split(strings.TrimSpace(asAvro), "\n")))
	if err := ptest.Run(p); err != nil {
		t.Fatal(err)
	}
	want := rematched(t, book, jsonl)
	f := func(what string, read func(beam.Scope) (beam.PCollection, beam.PCollection)) {
		t.Helper()
		got, dead, err := decide(t, ways()["snapshot"], read)
		if err != nil || len(dead) > 0 {
			t.Fatal(err, dead)
		}
		sameLines(t, what, got, want)
	}
	f("JSON Lines", files(jsonl))
	f("Parquet", files(pq))
	f("lines", func(s beam.Scope) (beam.PCollection, beam.PCollection) {
		return FromJSON(s, textio.Read(s, jsonl), nil)
	})
	f("Avro", func(s beam.Scope) (beam.PCollection, beam.PCollection) {
		return FromJSON(s, avroio.Read(s, filepath.Join(dir, "leads*.avro"), reflect.TypeFor[string]()), nil)
	})
}
