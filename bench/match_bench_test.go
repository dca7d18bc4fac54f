package bench_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

const (
	benchSeed  = 1
	benchLeads = 4096 // of each kind, so that no lead finds its own data in the cache
)

// sizes are the numbers of accounts to measure with; ACCOUNTS adds one, as a million takes seconds to index.
func sizes(b *testing.B) []int {
	b.Helper()
	sizes := []int{10_000, 100_000}
	text := os.Getenv("ACCOUNTS")
	if text == "" {
		return sizes
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("ACCOUNTS is %q, want a number of accounts", text)
	}
	return append(sizes, n)
}

// indexed builds the index of each size once; the benchmark runs several times.
var indexed = struct {
	sync.Mutex
	snapshots map[int]*matcher.Snapshot
}{snapshots: map[int]*matcher.Snapshot{}}

func snapshotOf(b *testing.B, c *corpus.Corpus) *matcher.Snapshot {
	b.Helper()
	indexed.Lock()
	defer indexed.Unlock()
	if s := indexed.snapshots[c.Len()]; s != nil {
		return s
	}
	x := matcher.New(nil)
	if err := x.Replace(1, c.Accounts()); err != nil {
		b.Fatal(err)
	}
	x.Close()
	indexed.snapshots[c.Len()] = x.Snapshot()
	return x.Snapshot()
}

func BenchmarkMatch(b *testing.B) {
	for _, accounts := range sizes(b) {
		for _, kind := range corpus.Kinds {
			b.Run(fmt.Sprintf("accounts=%d/lead=%s", accounts, kind), func(b *testing.B) {
				c := corpus.New(benchSeed, accounts)
				s := snapshotOf(b, c)
				leads := make([]matcher.Lead, benchLeads)
				var out matcher.Outcome
				for i := range leads {
					leads[i], _ = c.Lead(kind, i)
					s.Match(&out, &leads[i], matcher.MatchOptions{}) // what grows with the first leads
				}
				seen, scored, n := 0, 0, 0
				b.ReportAllocs()
				for b.Loop() {
					s.Match(&out, &leads[n%benchLeads], matcher.MatchOptions{})
					seen += out.Retrieval.Seen
					scored += out.Retrieval.Scored
					n++
				}
				b.ReportMetric(float64(seen)/float64(n), "seen/op")
				b.ReportMetric(float64(scored)/float64(n), "scored/op")
			})
		}
	}
}
