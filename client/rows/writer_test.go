package rows

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var update = flag.Bool("update", false, "rewrite testdata")

// golden compares with a file in testdata, which -update rewrites.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update accepts it); got\n%s", path, got)
	}
}

func sampleOutcomes() []*leadmatchv1.Outcome {
	return []*leadmatchv1.Outcome{
		{
			LeadId: "l1", Decision: leadmatchv1.Decision_DECISION_MATCHED, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_MODEL,
			Reasons:   []leadmatchv1.Reason{leadmatchv1.Reason_REASON_UNIQUE_DOMAIN, leadmatchv1.Reason_REASON_EXACT_NAME},
			AccountId: "a1", OwnerId: "ann", Probability: .9931, MarginBits: 7.25,
			Candidates: []*leadmatchv1.Candidate{
				{
					AccountId: "a1", AccountName: `=HYPERLINK("x")`, OwnerId: "ann", Probability: .9931, Bits: 11.5,
					Evidence: []*leadmatchv1.Evidence{{
						Kind: leadmatchv1.EvidenceKind_EVIDENCE_KIND_NAME, Level: "exact", Bits: 9,
						LeadValue: "Acme", AccountValue: "ACME", Source: leadmatchv1.Source_SOURCE_ALIAS,
					}},
				},
				{AccountId: "-a|2", AccountName: "Müller, \"Söhne\"", Probability: .002, Bits: -1},
			},
			Retrieval: &leadmatchv1.Retrieval{
				Keys:           []*leadmatchv1.RetrievalKey{{Kind: "domain", Value: "acme.com", Accounts: 1}},
				CandidatesSeen: 2, CandidatesScored: 2,
			},
			Versions:           &leadmatchv1.Versions{Revision: 1 << 60, Policy: 2, Normalizer: "1", Model: "7"},
			NoMatchProbability: 1e-7,
		},
		{LeadId: "l2", Decision: leadmatchv1.Decision_DECISION_NO_MATCH, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_MODEL},
	}
}

func TestOutcomes(t *testing.T) {
	f := func(name string, opts WriterOptions) {
		t.Helper()
		var b bytes.Buffer
		w, err := NewOutcomeWriter(&b, opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range sampleOutcomes() {
			if err := w.Write(o); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
	f("outcomes.jsonl", WriterOptions{})
	f("outcomes.csv", WriterOptions{Format: CSV})
	f("outcomes.raw.tsv", WriterOptions{Format: CSV, Tab: true, Raw: true})
}

// anyText is text that people and their enemies type, UTF-8 or not.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[-=+@'"|\\,;\t a-c]{0,8}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 6), func(b []byte) string { return string(b) }),
	)
}

// plainText is what comes back from CSV as it was: no spaces around it, no zero bytes, no line ends but LF.
func plainText() *rapid.Generator[string] {
	return rapid.Map(anyText(), func(s string) string {
		s = strings.NewReplacer("\x00", "", "\r", "").Replace(strings.ToValidUTF8(s, "?"))
		return strings.TrimSpace(s)
	})
}

func plainList() *rapid.Generator[[]string] {
	some := rapid.Map(plainText(), func(s string) string { return "x" + s })
	return rapid.SliceOfNDistinct(some, 0, 3, rapid.ID[string])
}

func drawAccount(t *rapid.T) *leadmatchv1.Account {
	a := &leadmatchv1.Account{
		Id: "a" + plainText().Draw(t, "id"), Name: plainText().Draw(t, "name"), ParentId: plainText().Draw(t, "parent"),
		OwnerId: plainText().Draw(t, "owner"), Aliases: plainList().Draw(t, "aliases"), Domains: plainList().Draw(t, "domains"),
		Phones: plainList().Draw(t, "phones"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "addresses") {
		a.Addresses = append(a.Addresses, &leadmatchv1.Address{Country: "x" + plainText().Draw(t, "country"), City: plainText().Draw(t, "city")})
	}
	if rapid.Bool().Draw(t, "maps") {
		a.Labels = map[string]string{"Key": "x" + plainText().Draw(t, "label")}
		a.Numbers = map[string]float64{"n": rapid.Float64Range(-1e9, 1e9).Draw(t, "number")}
	}
	return a
}

func TestAccountsComeBack(t *testing.T) {
	for name, opts := range map[string]WriterOptions{
		"a.jsonl": {}, "a.csv": {Format: CSV}, "a.tsv": {Format: CSV, Tab: true}, "raw.csv": {Format: CSV, Raw: true},
	} {
		t.Run(name, rapid.MakeCheck(func(rt *rapid.T) {
			want := []*leadmatchv1.Account{drawAccount(rt), drawAccount(rt)}
			var b bytes.Buffer
			columns := &AccountColumns{}
			for _, a := range want {
				columns.Add(a)
			}
			w, err := NewAccountWriter(&b, opts, columns)
			if err != nil {
				rt.Fatal(err)
			}
			for _, a := range want {
				if err := w.Write(a); err != nil {
					rt.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil {
				rt.Fatal(err)
			}
			got, faults := readAccounts(t, name, b.String(), &Options{Raw: opts.Raw, Strict: true})
			if len(faults) > 0 || len(got) != len(want) {
				rt.Fatalf("got %d accounts and %v from\n%s", len(got), faults, b.String())
			}
			for i := range want {
				if !proto.Equal(got[i], want[i]) {
					rt.Fatalf("got %v, want %v from\n%s", got[i], want[i], b.String())
				}
			}
		}))
	}
}

func TestFormulas(t *testing.T) {
	f := func(value, written string) {
		t.Helper()
		if got := escapeFormula(value); got != written {
			t.Errorf("%q is written %q, want %q", value, got, written)
		}
		if got := unescapeFormula(written); got != value {
			t.Errorf("%q is read %q, want %q", written, got, value)
		}
	}
	f("Acme", "Acme")
	f("=1+1", "'=1+1")
	f("+49 30", "'+49 30")
	f("-x", "'-x")
	f("@x", "'@x")
	f("\tx", "'\tx")
	f("'=x", "''=x")
	f("'s Hertogenbosch", "'s Hertogenbosch")
	f("", "")
}

func TestAppendJSONIsProtobufsJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAccount(rt)
		a.Name = strings.ToValidUTF8(anyText().Draw(rt, "text"), "\uFFFD")
		want := &leadmatchv1.GetAccountResponse{Account: a, Revision: rapid.Uint64().Draw(rt, "revision"), UpdateTime: timestamppb.New(time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "time"), 5e8))}
		var got leadmatchv1.GetAccountResponse
		text := AppendJSON(nil, want)
		if err := protojson.Unmarshal(text, &got); err != nil || !proto.Equal(&got, want) {
			rt.Fatalf("%s reads as %v (%v), want %v", text, &got, err, want)
		}
	})
	status := &leadmatchv1.GetStatusResponse{LoadDuration: durationpb.New(90*time.Second + 5*time.Millisecond)}
	if got := string(AppendJSON(nil, status)); got != `{"load_duration":"90.005s"}` {
		t.Errorf("got %s", got)
	}
	if got := string(AppendJSON(nil, &leadmatchv1.Candidate{Bits: math.Inf(1)})); got != `{"bits":null}` {
		t.Errorf("got %s", got)
	}
	if got := string(AppendJSON(nil, &leadmatchv1.BackupResponse{Chunk: []byte("x")})); got != `{"chunk":"eA=="}` {
		t.Errorf("got %s", got)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\x01\xffé\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil || got != string([]rune(s)) {
			t.Errorf("%q comes back as %q (%v)", s, got, err)
		}
	})
}

func drawOutcome(t *rapid.T) *leadmatchv1.Outcome {
	number := rapid.OneOf(rapid.Just(0.0), rapid.Float64())
	o := &leadmatchv1.Outcome{
		LeadId: anyText().Draw(t, "lead"), AccountId: anyText().Draw(t, "account"), OwnerId: anyText().Draw(t, "owner"),
		TieBreakRung: anyText().Draw(t, "rung"), OverrideId: anyText().Draw(t, "override"),
		Decision:    leadmatchv1.Decision(rapid.Int32Range(0, 6).Draw(t, "decision")),
		DecidedBy:   leadmatchv1.DecidedBy(rapid.Int32Range(0, 6).Draw(t, "by")),
		Probability: number.Draw(t, "p"), MarginBits: number.Draw(t, "margin"), NoMatchProbability: number.Draw(t, "none"),
		Reads: rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "reads"), UnscoredOdds: number.Draw(t, "unscored"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "reasons") {
		o.Reasons = append(o.Reasons, leadmatchv1.Reason(rapid.Int32Range(0, 40).Draw(t, "reason")))
	}
	for range rapid.IntRange(0, 3).Draw(t, "candidates") {
		c := &leadmatchv1.Candidate{
			AccountId: anyText().Draw(t, "id"), AccountName: anyText().Draw(t, "name"), OwnerId: anyText().Draw(t, "o"),
			Probability: number.Draw(t, "cp"), Bits: number.Draw(t, "bits"), ExcludedBy: anyText().Draw(t, "excluded"),
		}
		if rapid.Bool().Draw(t, "explained") {
			c.Evidence = []*leadmatchv1.Evidence{{Level: "same", Bits: 1}}
		}
		switch rapid.IntRange(0, 6).Draw(t, "weighed") {
		case 0:
			c.Features = []*leadmatchv1.Feature{{Name: "prior", Amount: 1}}
		case 1:
			c.CalibratedAs = anyText().Draw(t, "as")
		case 2:
			c.MatchFrom = number.Draw(t, "from")
		}
		o.Candidates = append(o.Candidates, c)
	}
	if rapid.Bool().Draw(t, "versions") {
		o.Versions = &leadmatchv1.Versions{Revision: rapid.Uint64().Draw(t, "revision"), Policy: 1, Normalizer: "1", Model: anyText().Draw(t, "model"), ProposedPolicy: anyText().Draw(t, "proposed")}
	}
	if rapid.Bool().Draw(t, "retrieval") {
		o.Retrieval = &leadmatchv1.Retrieval{CandidatesSeen: 1}
	}
	return o
}

func TestOutcomesAreAppendedTheSameBothWays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := drawOutcome(rt)
		if got, want := string(AppendOutcome(nil, o)), string(AppendJSON(nil, o)); got != want {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
	// A field that the proto gains has to be added to AppendOutcome and drawOutcome, and these counts.
	for m, want := range map[proto.Message]int{&leadmatchv1.Outcome{}: 16, &leadmatchv1.Candidate{}: 10, &leadmatchv1.Versions{}: 5} {
		if got := m.ProtoReflect().Descriptor().Fields().Len(); got != want {
			t.Errorf("%s has %d fields, and AppendOutcome knows %d", m.ProtoReflect().Descriptor().Name(), got, want)
		}
	}
}

func BenchmarkOutcome(b *testing.B) {
	o := sampleOutcomes()[0]
	o.Retrieval, o.Candidates[0].Evidence = nil, nil
	for name, f := range map[string]func([]byte, *leadmatchv1.Outcome) []byte{
		"any":     func(dst []byte, o *leadmatchv1.Outcome) []byte { return AppendJSON(dst, o) },
		"outcome": AppendOutcome,
	} {
		b.Run("writer="+name, func(b *testing.B) {
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf = f(buf[:0], o)
			}
		})
	}
}
