package rows

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestLeadsComeBack reads what was written.
func TestLeadsComeBack(t *testing.T) {
	for name, opts := range map[string]WriterOptions{
		"l.jsonl": {}, "l.csv": {Format: CSV}, "l.tsv": {Format: CSV, Tab: true}, "raw.csv": {Format: CSV, Raw: true},
	} {
		t.Run(name, rapid.MakeCheck(func(rt *rapid.T) {
			want := []*leadmatchv1.Lead{drawLead(rt), drawLead(rt)}
			var b bytes.Buffer
			w, err := NewLeadWriter(&b, opts)
			if err != nil {
				rt.Fatal(err)
			}
			for _, l := range want {
				if err := w.Write(l); err != nil {
					rt.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil {
				rt.Fatal(err)
			}
			got, faults := readLeads(t, name, b.String(), &Options{Raw: opts.Raw, Strict: true})
			if len(faults) > 0 || len(got) != len(want) {
				rt.Fatalf("got %d leads and %v from\n%s", len(got), faults, b.String())
			}
			for i := range want {
				if !proto.Equal(got[i], want[i]) {
					rt.Fatalf("got %v, want %v from\n%s", got[i], want[i], b.String())
				}
			}
		}))
	}
}

func drawLead(t *rapid.T) *leadmatchv1.Lead {
	text := func(field string) string { return plainText().Draw(t, field) }
	l := &leadmatchv1.Lead{
		Id: "x" + text("id"), Company: text("company"), Email: text("email"), Website: text("website"), Phone: text("phone"),
	}
	if rapid.Bool().Draw(t, "place") {
		l.Address = &leadmatchv1.Address{Country: "x" + text("country"), City: text("city"), Street: text("street")}
	}
	return l
}

// TestOutcomesSayWhatTheyHaveRead reads it back, and the versions, which it holds for.
func TestOutcomesSayWhatTheyHaveRead(t *testing.T) {
	want := &leadmatchv1.Outcome{
		LeadId: "l", Decision: leadmatchv1.Decision_DECISION_REVIEW, Reads: []byte{1, 0, 255, 127},
		Versions: &leadmatchv1.Versions{Revision: 1 << 60, Policy: 2, Normalizer: "n", Model: "m", ProposedPolicy: "p"},
	}
	in, err := NewInput("o.jsonl", InputOptions{}, strings.NewReader(string(AppendOutcome(nil, want))+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewOutcomes(in, &Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	got, faults := drain(r)
	if len(faults) > 0 || len(got) != 1 || !proto.Equal(got[0], want) {
		t.Errorf("got %v, %v, want %v", got, faults, want)
	}
}
