package matcher

import (
	"math"
	"testing"
)

// TestLog2 holds the table to the library, over all sizes that a count may have.
func TestLog2(t *testing.T) {
	random := newRandom(t)
	for range 10_000 {
		x := float32(math.Exp2(40*random.Float64() - 5))
		if got, want := float64(log2(x)), math.Log2(float64(x)); math.Abs(got-want) > .003 {
			t.Fatalf("log2(%v) = %v, want %v", x, got, want)
		}
	}
}

// TestRarity: a word is the less rare the more accounts have it, never rarer than its class may be or the world says,
// and never of negative weight.
func TestRarity(t *testing.T) {
	random := newRandom(t)
	for range 2000 {
		accounts := 1 + random.IntN(2_000_000)
		r := rarity(accounts)
		world, class := uint8(random.IntN(256)), rowClass(random.IntN(int(classLegal)))
		last := float32(math.Inf(1))
		for count := uint32(0); int(count) <= accounts; count = count*2 + 1 {
			bits := r.bits(count, world, class)
			if bits > last || bits < 0 || bits > float32(world)/8 || bits > classRarity[class] {
				t.Fatalf("%d of %d accounts, world %d, class %d: %v bits after %v", count, accounts, world, class, bits, last)
			}
			last = bits
		}
	}
}

// TestWorldRarity reads the table that is built in.
func TestWorldRarity(t *testing.T) {
	if world.used < 3000 || worldRarity(0) != unknownRarity {
		t.Errorf("%d words; an unknown word is of rarity %d, want %d", world.used, worldRarity(0), unknownRarity)
	}
	s, d := build([]Account{{ID: "a", Name: "Sigma Quellmark"}})
	words := s.rows.words(0)
	sigma, unknown := d.world(words[0].id()), d.world(words[1].id())
	if sigma >= unknown || unknown != unknownRarity {
		t.Errorf("sigma is of rarity %d, quellmark of %d; want less, and that of unknown words", sigma, unknown)
	}
}

// TestGradeIsRemembered: what is remembered of pairs of words is of these pairs, of this lead, whatever shared their place.
func TestGradeIsRemembered(t *testing.T) {
	random, words := newRandom(t), wordMaker{dict: new(dict), layer: layer{first: 1}, slots: make([]uint32, 4096)}
	texts := []string{"bakersfield", "bakersfeild", "bakery", "bake", "quellmark", "quelmarc", "tools", "tooling", "b"}
	for i := range 1000 {
		words.number(uint64(i+1)<<20, []byte(texts[i%len(texts)]))
	}
	c := comparer{epoch: 1<<(64-gradedBits) - 3} // it begins anew meanwhile
	s := &Snapshot{dict: words.finish()}
	for range 6 {
		var q query
		for range 90 {
			q.words = append(q.words, leadWord{text: []byte(texts[random.IntN(len(texts))])})
		}
		c.start(s, &q)
		for range 5000 {
			i, id := random.IntN(len(q.words)), uint32(1+random.IntN(1000))
			if got, want := c.grade(i, id), likeness(q.words[i].text, s.dict.word(id)); got != want {
				t.Fatalf("%q and %q are graded %v, want %v", q.words[i].text, s.dict.word(id), got, want)
			}
		}
	}
}

// TestLikeness grades words that are neither equal nor a typo apart, either way round.
func TestLikeness(t *testing.T) {
	f := func(a, b string, want float32) {
		t.Helper()
		for range 2 {
			if got := likeness([]byte(a), []byte(b)); got != want {
				t.Errorf("likeness(%q, %q) = %v, want %v", a, b, got, want)
			}
			a, b = b, a
		}
	}
	f("", "acme", 0)
	f("tech", "technology", .6)
	f("tec", "technology", .3)
	f("t", "technology", .3)
	f("t", "te", 0)
	f("manufacturing", "manufakturin", .7)
	f("omaha", "ottawa", 0)
	f("mitsubishi", "mitsibushi", .7)
	f("genetics", "generics", .7)
	f("quellmark", "brannagan", 0)
}

func TestPrefixLevel(t *testing.T) {
	f := func(stem, name string, want bool) {
		t.Helper()
		if got := prefixLevel([]byte(stem), []byte(name)); got != want {
			t.Errorf("prefixLevel(%q, %q) = %v, want %v", stem, name, got, want)
		}
	}
	f("acme", "acmerobotics", true)
	f("acme-robotics", "acme", true)
	f("acme-robotics", "acmerobotics", true)
	f("acm", "acmerobotics", false)
	f("apex", "acmerobotics", false)
	f("", "", false)
}

func TestAmounts(t *testing.T) {
	f := func(got, want float32) {
		t.Helper()
		if math.Abs(float64(got-want)) > .005 {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	f(step(-1, 0, 8), 0)
	f(step(4, 0, 8), .5)
	f(step(80, 0, 8), 1)
	f(step(4, 8, 16), 0)
	f(step(12, 8, 16), .5)
	f(share(1, 0), 0)
	f(share(1, 2), .5)
	f(share(3, 2), 1)
	f(doublings(0), 0)
	f(doublings(1), 0)
	f(doublings(8), 3)
	f(flag(true), 1)
	f(flag(false), 0)
}

// TestPlaceLevel: the account's place that agrees most is the one that counts.
func TestPlaceLevel(t *testing.T) {
	lead := place{country: 1, city: 2, postal: 3, area: 4}
	order := []place{
		{country: 9, city: 9, postal: 9, area: 9},
		{country: 1},
		{country: 1, area: 4},
		{country: 1, city: 2},
		{country: 1, city: 2, area: 4},
		{country: 1, postal: 3, area: 4},
		lead,
	}
	for i := range order[1:] {
		a, b := placeLevel(&lead, &order[i]), placeLevel(&lead, &order[i+1])
		if a > b || a == b && i != 2 {
			t.Errorf("%+v is of level %d, %+v of %d", order[i], a, order[i+1], b)
		}
	}
	if placeLevel(&place{}, &place{}) != 0 {
		t.Error("nothing agrees with nothing")
	}
}

// TestFeaturesOfAKindStandTogether: those between the first and the last of a kind are of that kind.
func TestFeaturesOfAKindStandTogether(t *testing.T) {
	for k := KindPrior; k <= KindInterplay; k++ {
		if ofKind[k].to <= ofKind[k].from {
			t.Errorf("no feature is of kind %d", k)
		}
		for i := ofKind[k].from; i < ofKind[k].to; i++ {
			if featureInfo[i].kind != k {
				t.Errorf("%s stands among those of kind %d", featureInfo[i].name, k)
			}
		}
	}
}
