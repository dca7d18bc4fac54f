package bench_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/matcher"
)

const (
	applied      = 100 // accounts a change
	appliedTimes = 360 // changes to a book: fewer than make it be rebuilt where there are 300,000 accounts
)

// BenchmarkApply is changes of a hundred new accounts each, some of which take the place of others: how long one takes, and the
// processors' time for all of them, which that of the background and of the garbage is part of.
func BenchmarkApply(b *testing.B) {
	for _, accounts := range sizes(b) {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			c := corpus.New(benchSeed, accounts)
			var took []time.Duration
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				x := matcher.New(nil)
				if err := x.Replace(1, c.Accounts()); err != nil {
					b.Fatal(err)
				}
				changes := changesOf(c)
				b.StartTimer()
				before := local.CPUTime(os.Getpid())
				for i := range changes {
					begin := time.Now()
					x.Apply(changes[i])
					took = append(took, time.Since(begin))
				}
				x.Close()
				cpu += local.CPUTime(os.Getpid()) - before
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs/change")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs/change")
			b.ReportMetric(float64(cpu.Microseconds())/float64(len(took)), "cpu-µs/change")
		})
	}
}

// changesOf makes changes to the corpus: every tenth account that they bring takes the place of one that is there.
func changesOf(c *corpus.Corpus) []matcher.Changes {
	changes := make([]matcher.Changes, appliedTimes)
	for i := range changes {
		changes[i].Revision = uint64(i + 2)
		for n := c.Len() + i*applied; n < c.Len()+(i+1)*applied; n++ {
			a := c.Account(n)
			if n%10 == 0 {
				a.ID = c.Account((n - c.Len()) / 2).ID
			}
			changes[i].Upsert = append(changes[i].Upsert, a)
		}
	}
	return changes
}
