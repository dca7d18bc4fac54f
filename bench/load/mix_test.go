package load

import (
	"math"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
)

func TestSharesAreKept(t *testing.T) {
	byKind := corpus.New(1, 100).Leads(50)
	byKind[corpus.Exact] = nil
	mixed, err := Mix{corpus.Domain: 3, corpus.Exact: 4, corpus.Fuzzy: 1}.Of(1, byKind, 4000)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, l := range mixed {
		kind, _, _ := strings.Cut(l.ID, "-")
		counts[kind]++
	}
	if len(counts) != 2 || math.Abs(float64(counts["domain"])-3000) > 150 {
		t.Errorf("got %v of 4,000, want about 3,000 of domain and 1,000 of fuzzy", counts)
	}
	if _, err := (Mix{corpus.Exact: 1}).Of(1, byKind, 1); err == nil {
		t.Error("a mix of kinds that there are no leads of is no error")
	}
}

func TestParseMix(t *testing.T) {
	for _, m := range []Mix{Usual, {corpus.Absent: .5, corpus.Worst: 2}} {
		if got, err := ParseMix(m.String()); err != nil || got != m {
			t.Errorf("%s is read as %v, %v", m, got, err)
		}
	}
	if m, err := ParseMix(" fuzzy , typo=3"); err != nil || m != (Mix{corpus.Fuzzy: 1, corpus.Typo: 3}) {
		t.Errorf("got %v, %v", m, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := ParseMix(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", text, err, want)
		}
	}
	f("", "expected domain, exact")
	f("fussy=1", `"fussy" is no kind of lead`)
	f("fuzzy=-1", "expected a number of 0 or more")
	f("fuzzy=NaN", "expected a number of 0 or more")
	f("fuzzy=0", "no share above 0")
}
