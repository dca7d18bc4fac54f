package matcher

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// newRandom returns a source whose seed the test's log holds.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// TestTable holds tables of random size to a map.
func TestTable(t *testing.T) {
	random := newRandom(t)
	for range 50 {
		entries := random.IntN(300)
		table, want := newTable(entries), map[uint64][]uint32{}
		var hashes []uint64
		for range entries {
			hash := random.Uint64()
			if len(hashes) > 0 && random.IntN(3) == 0 {
				hash = hashes[random.IntN(len(hashes))]
			}
			hashes = append(hashes, hash)
			value := random.Uint32N(pooled)
			table.put(hash, value)
			want[hash] = append(want[hash], value)
		}
		for hash, values := range want {
			sameTable(t, &table, hash, values)
		}
		for range 100 {
			sameTable(t, &table, random.Uint64(), nil)
		}
		if table.used != entries || table.bytes() < 8*entries {
			t.Fatalf("%d entries in use and %d bytes, want %d entries", table.used, table.bytes(), entries)
		}
	}
}

func sameTable(t *testing.T, table *table, hash uint64, want []uint32) {
	t.Helper()
	first, ok := table.first(hash)
	if ok != (len(want) > 0) || ok && first != want[0] {
		t.Fatalf("first(%#x) is %d, %v; want the first of %d", hash, first, ok, want)
	}
	for _, limit := range []int{0, 1, len(want), len(want) + 1} {
		if got := table.each(nil, hash, limit); !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Fatalf("each(%#x, limit %d) is %d, want of %d", hash, limit, got, want)
		}
	}
}

// TestTableWrapsAround fills the end of a table, so that probing goes on at its beginning.
func TestTableWrapsAround(t *testing.T) {
	table := newTable(8)
	last := func(n uint64) uint64 { return 0xffffffff<<32 | n }
	for n := range uint64(8) {
		table.put(last(n), uint32(100+n))
	}
	if table.slots[0] == 0 {
		t.Fatal("nothing is in the first slot: nothing wrapped around")
	}
	for n := range uint64(8) {
		sameTable(t, &table, last(n), []uint32{uint32(100 + n)})
	}
	sameTable(t, &table, last(8), nil)
}

func TestEmptyTable(t *testing.T) {
	for _, table := range []table{{}, newTable(0)} {
		sameTable(t, &table, 0, nil)
		sameTable(t, &table, ^uint64(0), nil)
	}
}
