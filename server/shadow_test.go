package server

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// withFile writes a file of the test's and returns its path.
func withFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestShadow(t *testing.T) {
	path, log := withFile(t, "shadow.json", `{"filters": ["label:type=partner"]}`), filepath.Join(t.TempDir(), "log.jsonl")
	r := start(t, Config{DataDir: t.TempDir(), ShadowPolicy: path, ShadowShare: 1, DecisionLog: log, DecisionLogShare: 1e-9})
	r.upsert(t, acme())
	const times = 20
	for i := range times {
		if o := r.match(t, acmeLead(fmt.Sprint(i))); o.GetDecision() != leadmatchv1.Decision_DECISION_MATCHED || o.GetVersions().GetProposedPolicy() != "" {
			t.Fatalf("the shadow policy decided: %v", o)
		}
	}
	r.match(t, &leadmatchv1.Lead{Company: "Nobody at all"})
	decided, flips := r.server.shadow.counts()
	if decided != times+1 || len(flips) != 1 {
		t.Fatalf("%d decided, %v", decided, flips)
	}
	for flip, n := range flips {
		if n != times || !strings.HasPrefix(flip.Kind, "MATCHED → ") || flip.Reason == "" {
			t.Errorf("%d times %+v", n, flip)
		}
	}
	// The leads that it decides are counted once, and bulk work is not what it is for.
	status, err := r.GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	if err != nil || status.GetLeadsMatched() != times {
		t.Errorf("%v, %v", status, err)
	}
	if _, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("b")}}); err != nil {
		t.Fatal(err)
	}
	if again, _ := r.server.shadow.counts(); again != decided {
		t.Errorf("%d were decided, %d before a batch", again, decided)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	// All that it disagrees with is logged, whatever the share.
	text, err := os.ReadFile(log)
	if n := strings.Count(string(text), `"shadow":{"decision":"`); err != nil || n != times {
		t.Errorf("%d were logged (%v):\n%s", n, err, text)
	}
}

func TestShadowThatIsWrong(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := newServer(Config{DataDir: "unused", ShadowPolicy: withFile(t, "shadow.json", text)}.withDefaults(), slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f(`{"right_per_wrong": -1}`, "right_per_wrong")
	f("filters: [has_owner]\nright_per_wrong: -1", "shadow.json: policy.right_per_wrong: want 1 to")
	f("name: a\ndial: 1", `the shadow policy: `)
	f("name: a\ndial: 1", `shadow.json: line 2: unknown field "dial"`)
	f(`{"dial": 1}`, `unknown field "dial"`)
}

func TestDecisionsAreLogged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	r := start(t, Config{DataDir: t.TempDir(), DecisionLog: path})
	r.upsert(t, acme())
	r.match(t, acmeLead("one"))
	if _, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("two"), acmeLead("three")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.preview(t, &leadmatchv1.PreviewPolicyRequest{Policy: &leadmatchv1.Policy{}, Leads: []*leadmatchv1.Lead{acmeLead("no decision")}}); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 3 || strings.Contains(string(text), "acmerockets.com") || strings.Contains(string(text), "no decision") {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
