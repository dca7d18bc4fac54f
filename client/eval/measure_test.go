package eval_test

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/client/eval"
)

// The files in testdata are made up. Their report was written by the scorer that the project's public figures were
// made with, a separate implementation in Python, so equality here is equality with those figures.

func TestReportEqualsReference(t *testing.T) {
	pairs := readPairs(t)
	report := eval.NewReport(pairs, "scenario", "overlap", "how")

	want, err := os.ReadFile("testdata/report.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := report.WriteText(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the table differs; got\n%swant\n%s", got.String(), want)
	}
}

func TestReportEqualsReferenceToTheLastBit(t *testing.T) {
	text, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	// The reference writes NaN, which JSON does not have.
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "NaN", "null")), &want); err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(eval.NewReport(readPairs(t), "scenario", "overlap", "how"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

func TestMeasureNothing(t *testing.T) {
	m := eval.Measure(nil)
	for name, v := range map[string]float64{"wrong": m.Wrong, "recall": m.Recall, "abstain": m.Abstain, "assigned": m.Assigned} {
		if !math.IsNaN(v) {
			t.Errorf("%s of no leads is %v, want NaN", name, v)
		}
	}
	if m.R99 != 0 || m.ECE != 0 {
		t.Errorf("of no leads r99 is %v and ece %v, want 0", m.R99, m.ECE)
	}
}

func TestRight(t *testing.T) {
	f := func(l eval.Labelled, account string, want bool) {
		t.Helper()
		if got := l.Right(account); got != want {
			t.Errorf("%+v: %q is right: %v, want %v", l, account, got, want)
		}
	}
	f(eval.Labelled{Expected: "a", AmbiguousWith: []string{"b"}}, "a", true)
	f(eval.Labelled{Expected: "a", AmbiguousWith: []string{"b"}}, "b", true)
	f(eval.Labelled{Expected: "a"}, "b", false)
	f(eval.Labelled{Expected: "a"}, "", false)
	f(eval.Labelled{}, "", false)
	f(eval.Labelled{AmbiguousWith: []string{"b"}}, "b", false)
}

func TestCutOffDoesNotSplitATie(t *testing.T) {
	lead := eval.Labelled{Expected: "a"}
	right := &eval.Answer{Candidates: []eval.Scored{{AccountID: "a", Probability: .9}}}
	wrong := &eval.Answer{Candidates: []eval.Scored{{AccountID: "b", Probability: .9}}}
	m := eval.Measure([]eval.Pair{{Lead: &lead, Answer: right}, {Lead: &lead, Answer: wrong}})
	if m.R99 != 0 || m.Top1 != .5 {
		t.Errorf("r99 is %v and top1 %v, want 0 and 0.5", m.R99, m.Top1)
	}
}

func readPairs(t *testing.T) []eval.Pair {
	t.Helper()
	leads, err := eval.ReadFile("testdata/leads.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	answers := readAnswers(t)
	pairs := make([]eval.Pair, len(leads))
	for i := range leads {
		pairs[i] = eval.Pair{Lead: &leads[i].Labelled, Answer: answers[leads[i].ID]}
	}
	return pairs
}

func readAnswers(t *testing.T) map[string]*eval.Answer {
	t.Helper()
	f, err := os.Open("testdata/outcomes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	answers := map[string]*eval.Answer{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var o struct {
			LeadID      string  `json:"lead_id"`
			Decision    string  `json:"decision"`
			AccountID   string  `json:"account_id"`
			Probability float64 `json:"probability"`
			Candidates  []struct {
				AccountID   string  `json:"account_id"`
				Probability float64 `json:"probability"`
			} `json:"candidates"`
		}
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		a := &eval.Answer{Decision: o.Decision, AccountID: o.AccountID, Probability: o.Probability}
		for _, c := range o.Candidates {
			a.Candidates = append(a.Candidates, eval.Scored{AccountID: c.AccountID, Probability: c.Probability})
		}
		answers[o.LeadID] = a
	}
	return answers
}
