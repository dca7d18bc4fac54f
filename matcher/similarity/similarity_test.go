package similarity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/adrg/strutil"
	"github.com/adrg/strutil/metrics"
)

var (
	_ strutil.StringMetric = JaroWinkler{}
	_ strutil.StringMetric = Levenshtein{}
	_ strutil.StringMetric = OSA{}
)

func TestJaroWinkler(t *testing.T) {
	f := func(a, b string, want float64) {
		t.Helper()
		if got := (JaroWinkler{}).Compare(a, b); math.Abs(got-want) > 0.0005 {
			t.Errorf("JaroWinkler(%q, %q) = %.4f, want %.3f", a, b, got, want)
		}
	}
	// Winkler's own examples.
	f("MARTHA", "MARHTA", 0.961)
	f("DWAYNE", "DUANE", 0.840)
	f("DIXON", "DICKSONX", 0.813)
	f("JONES", "JOHNSON", 0.832)
	f("", "", 1)
	f("", "a", 0)
	f("a", "a", 1)
	f("a", "b", 0)
	f("müller", "muller", 0.9)
	f("日立製作所", "日立製作", 0.96)
}

func TestJaroWinklerOptions(t *testing.T) {
	f := func(m JaroWinkler, a, b string, want float64) {
		t.Helper()
		if got := m.Compare(a, b); math.Abs(got-want) > 0.0005 {
			t.Errorf("%+v.Compare(%q, %q) = %.4f, want %.3f", m, a, b, got, want)
		}
	}
	f(JaroWinkler{PrefixScale: -1}, "MARTHA", "MARHTA", 0.944)
	f(JaroWinkler{PrefixScale: 0.2}, "MARTHA", "MARHTA", 0.978)
	f(JaroWinkler{PrefixScale: 9}, "MARTHA", "MARHTA", 0.986)
	f(JaroWinkler{MaxPrefix: 2}, "MARTHA", "MARHTA", 0.956)
	f(JaroWinkler{Threshold: 0.99}, "MARTHA", "MARHTA", 0.944)
	f(JaroWinkler{}, "abxxxx", "abyyyy", 0.556)
	f(JaroWinkler{Threshold: -1}, "abxxxx", "abyyyy", 0.644)
}

func TestEdits(t *testing.T) {
	f := func(a, b string, levenshtein, osa float64) {
		t.Helper()
		if got := (Levenshtein{}).Compare(a, b); math.Abs(got-levenshtein) > 0.0005 {
			t.Errorf("Levenshtein(%q, %q) = %.4f, want %.3f", a, b, got, levenshtein)
		}
		if got := (OSA{}).Compare(a, b); math.Abs(got-osa) > 0.0005 {
			t.Errorf("OSA(%q, %q) = %.4f, want %.3f", a, b, got, osa)
		}
	}
	f("", "", 1, 1)
	f("", "abc", 0, 0)
	f("kitten", "sitting", 0.571, 0.571)
	f("siemens", "seimens", 0.714, 0.857)
	f("ca", "abc", 0, 0)
	f("müller", "mueller", 0.714, 0.714)
	f("\xff", "\xfe", 1, 1)
}

func TestDistance(t *testing.T) {
	f := func(a, b string, limit, want int) {
		t.Helper()
		if got := Distance(a, b, limit); got != want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", a, b, limit, got, want)
		}
		if got := Distance([]byte(b), []byte(a), limit); got != want {
			t.Errorf("Distance([]byte(%q), []byte(%q), %d) = %d, want %d", b, a, limit, got, want)
		}
	}
	f("", "", 0, 0)
	f("", "abc", -1, 3)
	f("", "abc", 1, 2)
	f("abc", "abc", 0, 0)
	f("abc", "abd", 0, 1)
	f("siemens", "seimens", 1, 1)
	f("mitsubishi", "mitsubushi", 2, 1)
	f("electric", "electirc", 2, 1)
	f("omaha", "ottawa", 9, 3)
	f("omaha", "ottawa", 1, 2)
	f("株式会社", "株会式社", 3, 1)
	f("日立é", "日立e", -1, 1)
	// Beyond MaxRunes nothing is read.
	long := strings.Repeat("ab", 500)
	f(long, long+"c", 9, 0)
	f("x"+long, long, 9, 2)
}

func TestWithin1(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		if Within1(a, b) != want || Within1([]byte(b), []byte(a)) != want {
			t.Errorf("Within1(%q, %q) is not %v both ways round", a, b, want)
		}
	}
	f("", "", true)
	f("", "a", true)
	f("", "ab", false)
	f("abc", "abc", true)
	f("abc", "axc", true)
	f("abc", "ac", true)
	f("abc", "acb", true)
	f("abc", "cba", false)
	f("abcd", "badc", false)
	f("abc", "abcd", true)
	f("abc", "xabc", true)
	f("abab", "baba", false)
	f("é", "è", true)
	f("éa", "aé", true)
	f("é", "", true)
	f("日立", "立日", true)
	f("日立製", "立製", true)
	f("日立製作", "製作", false)
	f("\xff", "\xfe\xfd", true)
	f("\xc3a\xa9", "\xc3\xa9", false)
}

// TestAgainstOracles holds the fast kernels to strutil's metrics and to the textbook's OSA on random texts, short and
// long.
func TestAgainstOracles(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	pairs := 0
	for _, most := range []int{4, 12, 40, 63, 64, 65, 80, 200, 255} {
		for range 12000 / (most + 20) {
			a, b := randomText(r, most), randomText(r, most)
			holdToOracles(t, a, b)
			holdToOracles(t, a, edited(r, a))
			pairs += 2
		}
	}
	if pairs < 1000 {
		t.Fatalf("only %d pairs compared", pairs)
	}
}

// holdToOracles compares every metric with its oracle.
func holdToOracles(t *testing.T, a, b string) {
	t.Helper()
	short := func(s string) string { return string(clipped(s)) }
	sa, sb := short(a), short(b)
	equal := func(metric string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Fatalf("%s(%q, %q) = %v, want %v", metric, a, b, got, want)
		}
	}
	equal("Jaro", JaroWinkler{PrefixScale: -1}.Compare(a, b), metrics.NewJaro().Compare(sa, sb))
	equal("JaroWinkler", JaroWinkler{}.Compare(a, b), metrics.NewJaroWinkler().Compare(sa, sb))
	levenshtein := metrics.NewLevenshtein().Compare(sa, sb)
	if math.IsNaN(levenshtein) { // strutil's value for two empty texts
		levenshtein = 1
	}
	equal("Levenshtein", Levenshtein{}.Compare(a, b), levenshtein)

	osa, longer := textbookOSA(a, b), max(len(clipped(a)), len(clipped(b)), 1)
	equal("OSA", OSA{}.Compare(a, b), 1-float64(osa)/float64(longer))
	for _, limit := range []int{-1, 0, 1, 2, 3, osa - 1, osa, osa + 1} {
		want := osa
		if limit >= 0 {
			want = min(osa, limit+1)
		}
		if got := Distance(a, b, limit); got != want {
			t.Fatalf("Distance(%q, %q, %d) = %d, want %d", a, b, limit, got, want)
		}
	}
	if max(len(sa), len(sb)) == max(len(a), len(b)) && Within1(a, b) != (osa <= 1) {
		t.Fatalf("Within1(%q, %q) = %v at distance %d", a, b, Within1(a, b), osa)
	}
}

func TestAllocatesNothing(t *testing.T) {
	long := strings.Repeat("International Business Machines ", 6)
	pairs := [][2]string{
		{"siemens", "seimens"},
		{"Müller", "Mueller"},
		{"International Business Machines", "Internatoinal Busines Machine"},
		{long, "X" + long},
		{long + "é", "X" + long},
		{strings.Repeat("日立製作所", 30), strings.Repeat("日立製造所", 31)},
	}
	var m strutil.StringMetric
	for _, metric := range []strutil.StringMetric{JaroWinkler{}, Levenshtein{}, OSA{}} {
		m = metric
		for _, p := range pairs {
			if n := testing.AllocsPerRun(100, func() { m.Compare(p[0], p[1]) }); n != 0 {
				t.Errorf("%T.Compare(%q, %q) allocates %v times", metric, p[0], p[1], n)
			}
		}
	}
	for _, p := range pairs {
		a, b := []byte(p[0]), []byte(p[1])
		n := testing.AllocsPerRun(100, func() {
			Distance(p[0], p[1], 2)
			Distance(a, b, 2)
			Within1(p[0], p[1])
			Within1(a, b)
		})
		if n != 0 {
			t.Errorf("Distance or Within1 of %q, %q allocates %v times", p[0], p[1], n)
		}
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add("siemens", "seimens")
	f.Add("Müller", "Mueller")
	f.Add("\xff\xc3", "\xc3\xa9")
	f.Add(strings.Repeat("ab", 200), strings.Repeat("ba", 100))
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 2000 || len(b) > 2000 {
			t.Skip("the oracles take quadratic time")
		}
		holdToOracles(t, a, b)
	})
}
