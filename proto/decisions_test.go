package proto_test

import (
	"os"
	"strings"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Who reads about decisions finds each one and each reason.
func TestDecisionsAreExplained(t *testing.T) {
	text, err := os.ReadFile("../matcher/DECISIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	has := func(prefix string, names map[int32]string) {
		t.Helper()
		for number, name := range names {
			if number != 0 && !strings.Contains(string(text), "\n| "+strings.TrimPrefix(name, prefix)+" | ") {
				t.Errorf("matcher/DECISIONS.md says nothing about %s", name)
			}
		}
	}
	has("REASON_", leadmatchv1.Reason_name)
	has("DECISION_", leadmatchv1.Decision_name)
}
