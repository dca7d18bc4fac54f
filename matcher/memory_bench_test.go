package matcher_test

import (
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// TestPartsAddUp: the division of a snapshot's bytes that the benchmark reports is a division of all of them.
func TestPartsAddUp(t *testing.T) {
	accounts, _ := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	x.Apply(matcher.Changes{Revision: 2, Delete: []string{accounts[0].ID}})
	sum := 0
	for _, p := range x.Snapshot().Parts() {
		sum += p.Bytes
	}
	if want := x.Snapshot().Stats().Bytes; sum != want || sum == 0 {
		t.Errorf("the parts have %d bytes, the snapshot %d", sum, want)
	}
}

// BenchmarkReplace loads a book of made-up accounts and reports what an account takes in memory, in all and by part:
//
//	go test -run '^$' -bench Replace ./matcher
func BenchmarkReplace(b *testing.B) {
	b.Run("accounts=200000", func(b *testing.B) {
		accounts := corpus.New(1, 200_000)
		b.ReportAllocs()
		var s *matcher.Snapshot
		for b.Loop() {
			x := matcher.New(nil)
			if err := x.Replace(1, accounts.Accounts()); err != nil {
				b.Fatal(err)
			}
			s = x.Snapshot()
		}
		n := float64(s.Stats().Accounts)
		b.ReportMetric(float64(s.Stats().Bytes)/n, "B/account")
		for _, p := range s.Parts() {
			b.ReportMetric(float64(p.Bytes)/n, p.Name+"-B/account")
		}
	})
}
