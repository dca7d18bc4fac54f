package matcher

import (
	"math/rand/v2"
	"testing"
)

// Lists that are moved to huge pages hold what they held, wherever they begin and end, and can be changed.
func TestHugePagesHoldTheSame(t *testing.T) {
	const most = 3 << 19 // of eight bytes: six huge pages
	inHugePages([]uint64(nil))
	r := rand.New(rand.NewPCG(1, 1))
	list := make([]uint64, most)
	for range 20 {
		from := r.IntN(most)
		some := list[from : from+r.IntN(most-from)]
		for i := range some {
			some[i] = uint64(i) * 3
		}
		inHugePages(some)
		for i := range some {
			if some[i] != uint64(i)*3 {
				t.Fatalf("number %d of %d from %d on is %d", i, len(some), from, some[i])
			}
		}
	}
}
