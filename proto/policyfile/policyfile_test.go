package policyfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/proto/policyfile"
)

// TestSameOfBoth reads policies that hold every field, as YAML and as JSON.
func TestSameOfBoth(t *testing.T) {
	f := func(yaml, json string) {
		t.Helper()
		want, err := policyfile.Read("p.json", strings.NewReader(json))
		if err != nil {
			t.Fatal(err)
		}
		got, err := policyfile.Read("p.yaml", strings.NewReader(yaml))
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(got, want) {
			t.Errorf("%s\nis %v, want %v", yaml, got, want)
		}
	}
	f(`# By sales, for autumn.
name: "2026" # text, as it stands in quotes
right_per_wrong: 50
no_match_probability: .75
min_margin_bits: 1e0
tie_breaks:
- same_country
- label:region=no
filters: [has_owner, 'label:tier!=2']
shared_domains: [example.com, 2026-11-22]
weights:
  bias: -3.5
  7: 0x10
calibration:
  - evidence: >-
      name_and_place
    points:
    - {said: 1, worth: 0.5}
    - said: 2
      worth: 1
`, `{"name": "2026", "rightPerWrong": 50, "no_match_probability": 0.75, "min_margin_bits": 1,
		"tie_breaks": ["same_country", "label:region=no"], "filters": ["has_owner", "label:tier!=2"],
		"shared_domains": ["example.com", "2026-11-22"], "weights": {"bias": -3.5, "7": 16},
		"calibration": [{"evidence": "name_and_place", "points": [{"said": 1, "worth": 0.5}, {"said": 2, "worth": 1}]}]}`)
	f("\uFEFF---\nweights: {}\n...\n", "\uFEFF {}")
}

// TestRefused says what is wrong, and where.
func TestRefused(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		p, err := policyfile.Read("new", strings.NewReader(text))
		if err == nil {
			t.Errorf("%.100s: read as %v", text, p)
		} else if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "new: ") {
			t.Errorf("%.100s: %v, want %s", text, err, want)
		}
	}
	f("", "new: it is empty; the default policy is {}")
	f("# nothing", "new: it is empty")
	f("{\n\"dial\": 7}", `new: line 2: unknown field "dial"`)
	f("{\n\"name\": a", "new: line 2: syntax error")
	f("{\"name\": ", "new: unexpected EOF")
	f("name: a\n\n# the dial\ndial: 7\n", `new: line 4: unknown field "dial"`)
	f("calibration:\n- evidence: a\n  points:\n  - said: 1\n    is: 2\n", `new: line 5: unknown field "is"`)
	f("name: a\nname: b", `new: line 2: duplicate field "name"`)
	f("weights:\n  bias: 1\n  bias: 2\n", "line 3: duplicate map key")
	f("name: a\nright_per_wrong: many", "new: line 2: invalid value for double field rightPerWrong")
	f("name: 2026", "new: line 1: invalid value for string field name: 2026")
	f("min_margin_bits: yes", "line 1: invalid value")
	f("\n\ntie_breaks: same_country", "new: line 3: ")
	f("name: a\nfilters:\n", "new: line 2: expected a value")
	f("min_margin_bits: .inf", "new: line 1: expected a finite number")
	f("name: !secret a", "line 1: the tag !secret is not known")
	f("filters: &f [has_owner]\ntie_breaks: *f", "new: line 2: anchors and aliases")
	f("- name", "new: line 1: expected a policy's fields")
	f("[]", "new: line 1: expected a policy's fields")
	f("? [a]\n: b", "line 1: expected the name of a field")
	f("name: a\n---\nname: b", "line 2: a second document")
	f("a: b: c", "new: mapping values are not allowed")
	f("name: a\n\tmore: b", "line 2")
	f("name: "+strings.Repeat("x", policyfile.MaxBytes), "more than 4194304 bytes")
}

func TestOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "policy.yaml")
	if _, err := policyfile.Open(name); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(name, []byte("name: a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := policyfile.Open(name); err != nil || p.GetName() != "a" {
		t.Errorf("got %v, %v", p, err)
	}
}

// FuzzRead looks for texts that are read as something else once they were written as JSON.
func FuzzRead(f *testing.F) {
	f.Add("name: a\nweights: {bias: 1}")
	f.Add("filters: [x, \"y\"]")
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := policyfile.Read("p", strings.NewReader(text))
		if err != nil {
			return
		}
		json, err := protojson.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := policyfile.Read("p", strings.NewReader(string(json))); err != nil || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Errorf("%q is %v, and then %v (%v)", text, p, again, err)
		}
	})
}
