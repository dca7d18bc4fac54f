package rematch

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func outcomes(list ...*leadmatchv1.Outcome) iter.Seq2[*leadmatchv1.Outcome, error] {
	return func(yield func(*leadmatchv1.Outcome, error) bool) {
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// TestPrevious asks for outcomes that were given in another order, some of them twice.
func TestPrevious(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	want := map[string]*leadmatchv1.Outcome{}
	var list []*leadmatchv1.Outcome
	for range 5000 {
		o := &leadmatchv1.Outcome{
			LeadId: fmt.Sprint("l", r.IntN(4000)), Decision: leadmatchv1.Decision(1 + r.IntN(4)),
			AccountId: fmt.Sprint("a", r.IntN(100)), OwnerId: strings.Repeat("o", r.IntN(1000)),
			Reasons: []leadmatchv1.Reason{leadmatchv1.Reason(1 + r.IntN(5))}, Probability: r.Float64(),
			Candidates: []*leadmatchv1.Candidate{{AccountId: "a1"}},
		}
		list, want[o.GetLeadId()] = append(list, o), o
	}
	p, err := ReadPrevious(outcomes(list...))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Len() != len(want) {
		t.Errorf("%d leads, want %d", p.Len(), len(want))
	}
	for i := range 5000 {
		lead := fmt.Sprint("l", i)
		got, err := p.Find(lead)
		if err != nil {
			t.Fatal(err)
		}
		if (got == nil) != (want[lead] == nil) {
			t.Fatalf("%s: got %v, want %v", lead, got, want[lead])
		}
		if got != nil && (Flip(got, want[lead]) != "" || got.GetProbability() != want[lead].GetProbability() || got.GetReasons()[0] != want[lead].GetReasons()[0]) {
			t.Fatalf("%s: got %v, want %v", lead, got, want[lead])
		}
	}
	same, err := ReadPrevious(outcomes(list...))
	if err != nil {
		t.Fatal(err)
	}
	defer same.Close()
	list[7].OwnerId += "!"
	other, err := ReadPrevious(outcomes(list...))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if p.Digest() != same.Digest() || p.Digest() == other.Digest() {
		t.Errorf("digests are %x, of the same %x, of others %x", p.Digest(), same.Digest(), other.Digest())
	}
}

func TestTally(t *testing.T) {
	const (
		matched = leadmatchv1.Decision_DECISION_MATCHED
		review  = leadmatchv1.Decision_DECISION_REVIEW
	)
	outcome := func(d leadmatchv1.Decision, account, owner string) *leadmatchv1.Outcome {
		return &leadmatchv1.Outcome{Decision: d, AccountId: account, OwnerId: owner, Versions: &leadmatchv1.Versions{Revision: 7}}
	}
	tally := NewTally()
	f := func(was, now *leadmatchv1.Outcome, want string) {
		t.Helper()
		tally.Add(was, now)
		if got := Flip(was, now); was != nil && got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(nil, outcome(matched, "a1", "ann"), "")
	f(outcome(matched, "a1", "ann"), outcome(matched, "a1", "ann"), "")
	f(outcome(matched, "a1", "ann"), outcome(matched, "a1", "bob"), "another owner")
	f(outcome(matched, "a1", "ann"), outcome(matched, "a2", "ann"), "another account")
	f(outcome(matched, "a1", "ann"), outcome(review, "", ""), "MATCHED → REVIEW")
	if tally.Leads != 5 || tally.Compared != 4 || tally.Changed != 3 || tally.Decisions["MATCHED"] != 4 || tally.Owners["ann"] != 3 ||
		tally.FirstRevision != 7 || tally.LastRevision != 7 {
		t.Errorf("got %+v", tally)
	}
}

func TestCountsAreBounded(t *testing.T) {
	c := Counts{}
	for i := range maxCounted + 10 {
		c.add(fmt.Sprint(i))
	}
	c.add("0")
	if len(c) != maxCounted+1 || c[others] != 10 || c["0"] != 2 {
		t.Errorf("%d kinds, %d others, %d of 0", len(c), c[others], c["0"])
	}
}

func TestCheckpointOfAnotherJob(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	plan := Plan{Inputs: []Input{{"a.csv", 7}}, Output: "out", Options: map[string]string{"--limit": "5"}}
	c, err := OpenCheckpoint(path, plan)
	if err != nil || c.Begun() {
		t.Fatalf("got %v, %v", c, err)
	}
	c.At, c.Bytes = Place{Line: 3, Leads: 2, Digest: 1<<63 + 1}, 9
	c.Tally.Decisions["MATCHED"] = 2
	if err := c.save(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenCheckpoint(path, plan)
	if err != nil || again.At != c.At || again.Bytes != 9 || again.Tally.Decisions["MATCHED"] != 2 || !again.Begun() {
		t.Errorf("got %+v, %v", again, err)
	}
	f := func(want string, change func(*Plan)) {
		t.Helper()
		other := Plan{Inputs: []Input{{"a.csv", 7}}, Output: "out", Options: map[string]string{"--limit": "5"}}
		change(&other)
		if _, err := OpenCheckpoint(path, other); !errors.Is(err, ErrOtherPlan) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("input 1 was a.csv and is b.csv", func(p *Plan) { p.Inputs[0].Name = "b.csv" })
	f("the size of a.csv was 7 and is 8", func(p *Plan) { p.Inputs[0].Size = 8 })
	f("the number of inputs was 1 and is 2", func(p *Plan) { p.Inputs = append(p.Inputs, Input{"c", 1}) })
	f("--limit was 5 and is not there", func(p *Plan) { delete(p.Options, "--limit") })
	f("the output was out and is other", func(p *Plan) { p.Output = "other" })
	for _, text := range []string{"", "{", "{}", `{"format":99}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCheckpoint(path, plan); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
