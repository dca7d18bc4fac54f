package bench_test

import (
	"fmt"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// BenchmarkBuild is about accounts a second, the making of them included, and bytes an account, in all and by part.
func BenchmarkBuild(b *testing.B) {
	for _, accounts := range sizes(b) {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			c := corpus.New(benchSeed, accounts)
			b.ReportAllocs()
			var s *matcher.Snapshot
			for b.Loop() {
				x := matcher.New(nil)
				if err := x.Replace(1, c.Accounts()); err != nil {
					b.Fatal(err)
				}
				x.Close()
				s = x.Snapshot()
			}
			b.ReportMetric(float64(accounts)*float64(b.N)/b.Elapsed().Seconds(), "accounts/s")
			b.ReportMetric(float64(s.Stats().Bytes)/float64(accounts), "B/account")
			for _, p := range s.Parts() {
				b.ReportMetric(float64(p.Bytes)/float64(accounts), p.Name+"-B/account")
			}
		})
	}
}
