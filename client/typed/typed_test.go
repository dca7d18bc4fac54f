package typed

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTyping: names come out changed, never empty, and the same from the same seed.
func TestTyping(t *testing.T) {
	names := []string{"Acme", "AB", "Acme Anvils GmbH", "The First National Bank of Omaha", "株式会社アニメ", "Ööö Inc."}
	f := func(what string, typed func(r *rand.Rand, name string) string) {
		t.Helper()
		for _, name := range names {
			for seed := range uint64(20) {
				got := typed(rand.New(rand.NewPCG(seed, 0)), name)
				if got == name || strings.TrimSpace(got) == "" {
					t.Errorf("%s: %q becomes %q", what, name, got)
				}
				if again := typed(rand.New(rand.NewPCG(seed, 0)), name); again != got {
					t.Errorf("%s: %q becomes %q, and then %q", what, name, got, again)
				}
			}
		}
		if got := typed(rand.New(rand.NewPCG(1, 0)), ""); strings.TrimSpace(got) != got {
			t.Errorf("%s: no name becomes %q", what, got)
		}
	}
	f("Loosely", Loosely)
	f("Wrongly", Wrongly)
}

func TestWithForm(t *testing.T) {
	f := func(name, keeps string) {
		t.Helper()
		for seed := range uint64(20) {
			got := WithForm(rand.New(rand.NewPCG(seed, 0)), name)
			rest, ok := strings.CutPrefix(got, keeps+" ")
			if !ok || strings.Contains(rest, keeps) || rest == "" {
				t.Errorf("%q becomes %q, want another form behind %q", name, got, keeps)
			}
		}
	}
	f("Acme", "Acme")
	f("Acme Anvils GmbH", "Acme Anvils")
	f("Acme Anvils, inc.", "Acme Anvils,")
}

func TestShortly(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := Shortly(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	f("Acme International Company", "Acme Intl Co")
	f("Smith and Brothers", "Smith & Bros")
	f("Acme", "acme")
	f("", "")
}
