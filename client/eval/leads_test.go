package eval_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/client/eval"
)

const oneLead = `{"id": "l1", "company": "Acme", "email": null, "city": "Köln", "expected_account_id": "a1",
	"ambiguous_with": ["a2"], "scenario": "name_only", "in_crm": true, "base": null}`

func TestRead(t *testing.T) {
	leads, err := eval.Read(strings.NewReader("\n" + strings.ReplaceAll(oneLead, "\n", "") + "\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []eval.Lead{{
		Labelled: eval.Labelled{
			ID: "l1", Expected: "a1", AmbiguousWith: []string{"a2"},
			Labels: map[string]string{"scenario": "name_only", "in_crm": "true"},
		},
		Company: "Acme", City: "Köln",
	}}
	if !reflect.DeepEqual(leads, want) {
		t.Errorf("got %+v, want %+v", leads, want)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := eval.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", text, err, want)
		}
	}
	f("", "no leads")
	f(`{"company": "Acme", "expected_account_id": null}`, "line 1: id: expected the lead's id")
	f("\n"+`{"id": "l1", "company": "Acme"}`, "line 2: expected_account_id: expected")
	f(`{"id": "l1", "company": 7, "expected_account_id": null}`, "company: expected a string or null, not 7")
	f(`{"id": "l1", "ambiguous_with": "a", "expected_account_id": null}`, "ambiguous_with: expected a list")
	f(`{"id": "l1", "ambiguous_with": [1], "expected_account_id": null}`, "ambiguous_with: expected a list")
	f(`{"id": "l1"`, "line 1: ")
	f(strings.Repeat(" ", 2<<20), "line 1: ")
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leads.jsonl.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(strings.ReplaceAll(oneLead, "\n", ""))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if leads, err := eval.ReadFile(path); err != nil || len(leads) != 1 {
		t.Errorf("got %d leads and error %v, want 1 and none", len(leads), err)
	}

	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-6], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := eval.ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that is cut off: error is %v, want one that names the file", err)
	}
}
