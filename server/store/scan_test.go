package store

import (
	"fmt"
	"testing"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

func BenchmarkScan(b *testing.B) {
	const n = 200_000
	s, err := Open(b.TempDir(), testOptions())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	all := accounts(n, "Some Company With A Name Ltd")
	for i := 0; i < n; i += 1000 {
		if _, err := s.Commit(b.Context(), &Batch{Upsert: all[i : i+1000]}); err != nil {
			b.Fatal(err)
		}
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("accounts=%d/workers=%d", n, workers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v, err := s.View()
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range Scan(v, workers, func(n int, a *storev1.AccountRecord) int { return n + len(a.GetName()) }) {
					if err != nil {
						b.Fatal(err)
					}
				}
				v.Close()
			}
		})
	}
}
