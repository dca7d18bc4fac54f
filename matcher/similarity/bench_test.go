package similarity

import (
	"strings"
	"testing"

	"github.com/adrg/strutil"
	"github.com/adrg/strutil/metrics"
)

var texts = []struct{ name, a, b string }{
	{"word", "mitsubishi", "mitsubushi"},
	{"umlaut", "müllermilch", "muellermilch"},
	{"name", "international business machines", "internatoinal busines machine"},
	{"long", strings.Repeat("international business ", 6), strings.Repeat("internatoinal busines ", 6)},
}

func BenchmarkCompare(b *testing.B) {
	for _, m := range []struct {
		name   string
		metric strutil.StringMetric
	}{
		{"JaroWinkler", JaroWinkler{}},
		{"JaroWinkler/by=strutil", metrics.NewJaroWinkler()},
		{"Levenshtein", Levenshtein{}},
		{"Levenshtein/by=strutil", metrics.NewLevenshtein()},
		{"OSA", OSA{}},
	} {
		for _, p := range texts {
			b.Run("metric="+m.name+"/text="+p.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.metric.Compare(p.a, p.b)
				}
			})
		}
	}
}

func BenchmarkDistance(b *testing.B) {
	for _, p := range texts {
		b.Run("limit=2/text="+p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Distance(p.a, p.b, 2)
			}
		})
	}
}

func BenchmarkWithin1(b *testing.B) {
	for _, p := range texts {
		b.Run("text="+p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Within1(p.a, p.b)
			}
		})
	}
}
