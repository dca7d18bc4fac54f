package matcher_test

import (
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// BenchmarkStages reports how long each stage of a match takes, by kind of lead:
//
//	go test -run '^$' -bench Stages ./matcher
func BenchmarkStages(b *testing.B) {
	const accounts, leads = 100_000, 4096
	c := corpus.New(1, accounts)
	x := matcher.New(nil)
	if err := x.Replace(1, c.Accounts()); err != nil {
		b.Fatal(err)
	}
	s := x.Snapshot()
	for _, kind := range corpus.Kinds {
		b.Run("lead="+kind.String(), func(b *testing.B) {
			list := make([]matcher.Lead, leads)
			for i := range list {
				list[i], _ = c.Lead(kind, i)
			}
			took := make([]time.Duration, len(matcher.StageNames))
			var out matcher.Outcome
			n := 0
			for b.Loop() {
				s.Stages(took, &out, &list[n%leads])
				n++
			}
			for i, name := range matcher.StageNames {
				b.ReportMetric(float64(took[i].Nanoseconds())/float64(n), name+"-ns")
			}
		})
	}
}
