package matcher_test

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/matcher"
)

// TestScenarios asks the engine what testdata/scenarios says must come out.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		scenarios, err := parseScenarios(file)
		if err != nil {
			t.Fatal(err)
		}
		count += len(scenarios)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			for _, s := range scenarios {
				t.Run(s.name, s.run)
			}
		})
	}
	if count < 120 {
		t.Fatalf("%d scenarios, want at least 120", count)
	}
}

func (s *scenario) run(t *testing.T) {
	x := s.index(t)
	defer x.Close()
	snap := x.Snapshot()
	for _, l := range s.leads {
		var out, bare matcher.Outcome
		snap.Match(&out, &l.Lead, matcher.MatchOptions{Limit: 50, Explain: true})
		snap.Match(&bare, &l.Lead, matcher.MatchOptions{Limit: 50})
		problems := l.scenarioWant.compare(&out)
		if l.miss {
			if len(problems) == 0 {
				t.Errorf("%s:%d: this known miss is met now: make it a lead: %s", s.file, l.line, l.text)
			}
			problems = nil
		}
		problems = append(problems, inconsistencies(&out, &bare)...)
		if len(problems) > 0 {
			t.Errorf("%s:%d: lead: %s\n\t%s\n%s", s.file, l.line, l.text, strings.Join(problems, "\n\t"), describeOutcome(&out))
		}
	}
}

// index puts the scenario's book into an index of its own.
func (s *scenario) index(t *testing.T) *matcher.Index {
	t.Helper()
	accounts := backgroundAccounts(s.background)
	if s.sample {
		more, err := sample.Accounts()
		if err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, more...)
	}
	if s.policy != nil {
		for _, wrong := range s.policy.Check() {
			t.Fatalf("%s:%d: policy: %v", s.file, s.line, wrong)
		}
	}
	x := matcher.New(nil)
	x.Apply(matcher.Changes{
		Revision: 1, Upsert: append(accounts, s.accounts...), SetOverrides: s.overrides, Policy: s.policy,
	})
	return x
}

// compare returns how the outcome differs from what was asked for.
func (w *scenarioWant) compare(out *matcher.Outcome) (problems []string) {
	failf := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !slices.Contains(w.decisions, out.Decision) {
		failf("decision: want %s, got %s", joinNames(decisionNames, w.decisions), decisionNames[out.Decision])
	}
	if got := reached(out); len(w.accounts) > 0 && !slices.Contains(w.accounts, got) {
		failf("account: want %s, got %q", strings.Join(w.accounts, " or "), got)
	}
	for _, r := range w.reasons {
		if !slices.Contains(out.Reasons, r) {
			failf("reason %s is missing", reasonNames[r])
		}
	}
	for _, r := range w.without {
		if slices.Contains(out.Reasons, r) {
			failf("reason %s is given", reasonNames[r])
		}
	}
	first10 := out.Candidates[:min(10, len(out.Candidates))]
	for _, id := range w.has {
		if !slices.ContainsFunc(first10, func(c matcher.Candidate) bool { return c.AccountID == id }) {
			failf("%s is not among the candidates", id)
		}
	}
	if w.by != 0 && out.DecidedBy != w.by {
		failf("decided by: want %s, got %s", decidedByNames[w.by], decidedByNames[out.DecidedBy])
	}
	text := func(what, want, got string) {
		if want != "" && want != got {
			failf("%s: want %q, got %q", what, want, got)
		}
	}
	text("rung", w.rung, out.TieBreakRung)
	text("override", w.override, out.OverrideID)
	text("owner", w.owner, out.OwnerID)
	return problems
}

// reached is the account that the lead goes to or, when it goes to none, the first candidate.
func reached(out *matcher.Outcome) string {
	if out.Decision == matcher.Matched || len(out.Candidates) == 0 {
		return out.AccountID
	}
	return out.Candidates[0].AccountID
}

// inconsistencies returns what no outcome may be, whatever the lead; bare is the outcome without an explanation.
func inconsistencies(out, bare *matcher.Outcome) (problems []string) {
	failf := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if (out.AccountID != "") != (out.Decision == matcher.Matched) {
		failf("an account is named when, and only when, the lead is MATCHED: %s, %q", decisionNames[out.Decision], out.AccountID)
	}
	sum := out.NoMatchProbability
	for _, c := range out.Candidates {
		sum += c.Probability
		bits := 0.0
		for _, e := range c.Evidence {
			bits += e.Bits
		}
		if math.Abs(bits-c.Bits) > 1e-3 {
			failf("%s: the evidence adds up to %.4f bits, not %.4f", c.AccountID, bits, c.Bits)
		}
	}
	if n := len(out.Candidates); n > 0 && n < 50 && out.DecidedBy == matcher.ByModel && math.Abs(sum-1) > 1e-3 {
		failf("the probabilities add up to %.4f", sum)
	}
	if !reflect.DeepEqual(unexplained(out), unexplained(bare)) {
		failf("asking for an explanation changes the outcome to\n%s", describeOutcome(bare))
	}
	return problems
}

// unexplained is the outcome without what is there only when it was explained.
func unexplained(out *matcher.Outcome) matcher.Outcome {
	o := *out
	o.Retrieval.Keys, o.Retrieval.Cuts, o.Reasons = nil, nil, append([]matcher.Reason{}, out.Reasons...)
	o.Candidates = append([]matcher.Candidate{}, out.Candidates...)
	for i := range o.Candidates {
		o.Candidates[i].Evidence = nil
	}
	return o
}

// describeOutcome writes an outcome and its three best candidates for a person to read.
func describeOutcome(out *matcher.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\tgot %s %s by %s, p=%.4f, none=%.4f, margin %.2f bits, %s", decisionNames[out.Decision],
		reached(out), decidedByNames[out.DecidedBy], out.Probability, out.NoMatchProbability, out.MarginBits,
		joinNames(reasonNames, out.Reasons))
	for _, c := range out.Candidates[:min(3, len(out.Candidates))] {
		fmt.Fprintf(&b, "\n\t  %s %q p=%.4f %.2f bits %s", c.AccountID, c.AccountName, c.Probability, c.Bits, c.ExcludedBy)
		for _, e := range c.Evidence {
			fmt.Fprintf(&b, "\n\t    %+6.2f %s %q ~ %q", e.Bits, e.Level, e.LeadValue, e.AccountValue)
		}
	}
	return b.String()
}

func joinNames[T matcher.Decision | matcher.Reason](names []string, values []T) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = names[v]
	}
	return strings.Join(parts, "|")
}

// TestScenarioFormat holds the parser to what the README says it refuses.
func TestScenarioFormat(t *testing.T) {
	refuse := func(lines string) {
		t.Helper()
		p := scenarioParser{file: "x"}
		for i, line := range strings.Split(lines, "\n") {
			directive, rest, _ := strings.Cut(line, ": ")
			if p.directive(i+1, directive, rest) != nil {
				return
			}
		}
		if p.check() == nil {
			t.Errorf("accepted:\n%s", lines)
		}
	}
	refuse("scenario: without a lead")
	refuse("lead: company=a -> MATCHED")
	refuse("scenario: s\nlead: company=a")
	refuse("scenario: s\nlead: company=a -> MAYBE")
	refuse("scenario: s\nlead: company=a -> ")
	refuse("scenario: s\nlead: colour=a -> MATCHED")
	refuse("scenario: s\nlead: company=\"a -> MATCHED")
	refuse("scenario: s\nlead: company=a -> MATCHED reason=NONE")
	refuse("scenario: s\naccount: id=a number.x=many\nlead: company=a -> MATCHED")
	refuse("scenario: s\noverride: action=MAYBE\nlead: company=a -> MATCHED")
	refuse("scenario: s\npolicy: dial=1\nlead: company=a -> MATCHED")
	refuse("scenario: s\nbackground: many\nlead: company=a -> MATCHED")
	refuse("scenario: s\nbook: other\nlead: company=a -> MATCHED")
	refuse("scenario: s\nlead: company=a -> MATCHED\nscenario: s\nlead: company=a -> MATCHED")
	refuse("")
}
