package normalize

import (
	"math/rand/v2"
	"testing"
)

// TestTableFinds holds a table to the map that it was made of.
func TestTableFinds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{0, 1, 7, 3000} {
		want := map[uint64]uint32{}
		for range n {
			want[random.Uint64()>>(random.IntN(8)*8)|1] = random.Uint32()
		}
		table := freeze(want)
		for key, value := range want {
			if have, ok := table.get(key); !ok || have != value {
				t.Fatalf("of %d: under %#x is %d (%v), want %d", n, key, have, ok, value)
			}
		}
		for range 1000 {
			key := random.Uint64()
			if _, there := want[key]; !there {
				if have, ok := table.get(key); ok {
					t.Fatalf("of %d: under %#x, which is no key, is %d", n, key, have)
				}
			}
		}
	}
	if have, ok := new(table).get(5); ok {
		t.Errorf("in no table is %d", have)
	}
}

// TestHashWord holds the hashes that are looked up to those of the words that appendWord makes, and those that entries have to
// their texts'.
func TestHashWord(t *testing.T) {
	for i := range vocabulary.entries {
		e := &vocabulary.entries[i]
		if e.hash != hash(e.text) {
			t.Errorf("the entry %q has another hash", e.text)
		}
		for _, ending := range []string{"", "s", "es", "ies", "x"} {
			word := append(e.text[:len(e.text):len(e.text)], ending...)
			spelling, said := appendWord(nil, word)
			if want := hash(spelling); said != want {
				t.Errorf("%q is said to have the hash %#x, want %#x", word, said, want)
			}
			if have, want := HashWord(word), hash(spelling); have != want && len(word) <= 64 {
				t.Errorf("%q has the hash %#x, want %#x", word, have, want)
			}
		}
	}
}
