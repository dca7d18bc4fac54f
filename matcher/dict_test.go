package matcher

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/leadmatch/leadmatch/matcher/normalize"
	"github.com/leadmatch/leadmatch/matcher/similarity"
)

// randomWord is a word of a few letters, so that words repeat and many are a typo away from each other; none that means
// anything.
func randomWord(random *rand.Rand) string {
	b := make([]byte, 2+random.IntN(6))
	for i := range b {
		b[i] = "jqwz"[random.IntN(4)]
	}
	return string(b)
}

// TestDict adds and removes accounts' words at random, layer upon layer, and holds numbers, texts and counts to a map.
// Dicts of earlier steps must stay as they were.
func TestDict(t *testing.T) {
	random := newRandom(t)
	d, numbers, counts := &dict{}, map[string]uint32{}, map[string]uint32{}
	type state struct {
		dict   *dict
		counts map[string]uint32
	}
	var states []state
	for range 40 {
		m := newWordMaker(d)
		var ids []uint32
		for range random.IntN(60) {
			w := randomWord(random)
			id := m.number(normalize.HashWord([]byte(w)), []byte(w))
			if have, ok := numbers[w]; ok && id != have || !ok && int(id) != len(numbers)+1 {
				t.Fatalf("%q is number %d, %d words are known, and it was %d", w, id, len(numbers), have)
			}
			numbers[w] = id
			ids = append(ids, id)
			counts[w]++
		}
		d = m.finish()
		d.add(ids, 1)
		next := *d
		next.layers = mergeSmallLayers(next.layers)
		remove(random, &next, numbers, counts)
		d = &next
		states = append(states, state{d, cloneCounts(counts)})
	}
	for i := range states {
		sameDict(t, states[i].dict, numbers, states[i].counts)
	}
}

func cloneCounts(counts map[string]uint32) map[string]uint32 {
	c := make(map[string]uint32, len(counts))
	for w, n := range counts {
		c[w] = n
	}
	return c
}

// remove takes away about half of the words once.
func remove(random *rand.Rand, d *dict, numbers, counts map[string]uint32) {
	var ids []uint32
	for w, n := range counts {
		if n > 0 && random.IntN(2) == 0 {
			counts[w]--
			ids = append(ids, numbers[w])
		}
	}
	d.add(ids, -1)
}

func sameDict(t *testing.T, d *dict, numbers, counts map[string]uint32) {
	t.Helper()
	for w, n := range counts {
		hash := normalize.HashWord([]byte(w))
		if id := d.find(hash); id != numbers[w] || string(d.word(id)) != w || d.count(id) != n {
			t.Fatalf("%q is number %d, %q, count %d; want %d, count %d", w, id, d.word(id), d.count(id), numbers[w], n)
		}
		id, count := d.lookup(hash)
		if want := numbers[w]; n == 0 && id != noWord || n > 0 && (id != want || count != about(n)) {
			t.Fatalf("lookup of %q is %d, %d; want %d, %d, and no word when it is in no account", w, id, count, want, about(n))
		}
	}
	if id := d.find(normalize.HashWord([]byte("abc"))); id != noWord {
		t.Fatalf("an unknown word is number %d", id)
	}
}

// TestLayersMerge: merging layers changes no answer, exact or by typo.
func TestLayersMerge(t *testing.T) {
	random := newRandom(t)
	d := &dict{}
	for range 6 {
		m := newWordMaker(d)
		for range 80 {
			w := randomWord(random)
			m.number(normalize.HashWord([]byte(w)), []byte(w))
		}
		d = m.finish()
	}
	if len(d.layers) < 3 {
		t.Fatalf("%d layers: nothing to merge", len(d.layers))
	}
	merged := *d
	merged.layers = []*layer{mergeLayers(d.layers)}
	for range 500 {
		w := []byte(randomWord(random))
		if a, b := d.find(normalize.HashWord(w)), merged.find(normalize.HashWord(w)); a != b {
			t.Fatalf("%q is number %d in layers and %d merged", w, a, b)
		}
		if !typoTolerant(w) {
			continue
		}
		if a, b := d.typosOf(w), merged.typosOf(w); !slices.Equal(a, b) {
			t.Fatalf("%q may be a typo of %d in layers and of %d merged", w, a, b)
		}
	}
}

// typosOf returns the numbers of the words that share a typo key with w.
func (d *dict) typosOf(w []byte) (ids []uint32) {
	for _, l := range d.layers {
		for _, k := range typoKeys(nil, w) {
			ids = l.typos.each(ids, k, 1<<20)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestTypoKeys: whatever similarity.Within1 calls one typo, shares a key.
func TestTypoKeys(t *testing.T) {
	letters := rapid.SliceOfN(rapid.ByteRange('a', 'd'), minTypoLen-1, maxTypoLen)
	pairs := 0
	rapid.Check(t, func(t *rapid.T) {
		a := letters.Draw(t, "a")
		b := retyped(t, a)
		if !typoTolerant(a) || !typoTolerant(b) || !similarity.Within1(a, b) {
			return
		}
		pairs++
		keys := typoKeys(nil, a)
		if !slices.ContainsFunc(typoKeys(nil, b), func(k uint64) bool { return slices.Contains(keys, k) }) {
			t.Fatalf("%s and %s are one typo apart and share no key", a, b)
		}
		if len(keys) > len(a)+1 {
			t.Fatalf("%d keys for %s, want at most %d", len(keys), a, len(a)+1)
		}
	})
	if pairs < 30 {
		t.Errorf("%d pairs were compared", pairs)
	}
}

// retyped draws a with one letter more, less or other, or with two neighbours swapped.
func retyped(t *rapid.T, a []byte) []byte {
	b := slices.Clone(a)
	i := rapid.IntRange(0, len(a)-2).Draw(t, "at")
	c := rapid.ByteRange('a', 'd').Draw(t, "letter")
	switch rapid.IntRange(0, 3).Draw(t, "edit") {
	case 0:
		return slices.Insert(b, i, c)
	case 1:
		return slices.Delete(b, i, i+1)
	case 2:
		b[i] = c
	default:
		b[i], b[i+1] = b[i+1], b[i]
	}
	return b
}

func TestTypoTolerant(t *testing.T) {
	f := func(word string, want bool) {
		t.Helper()
		if got := typoTolerant([]byte(word)); got != want {
			t.Errorf("typoTolerant(%q) = %v, want %v", word, got, want)
		}
	}
	f("", false)
	f("eon", false)
	f("aeon", true)
	f("studio54", false)
	f("abcdefghijklmnopqrstuvwx", true)
	f("abcdefghijklmnopqrstuvwxy", false)
}

// TestAbout: steps ascend, small counts are exact, and no step is further from a count than an eighth of it.
func TestAbout(t *testing.T) {
	last := uint32(0)
	for n := range uint32(100_000) {
		step := about(n)
		if step < last || n < 1<<stepBits && step != n || max(step, n)-min(step, n) > n/8 {
			t.Fatalf("%d is about %d, after %d", n, step, last)
		}
		last = step
	}
}
