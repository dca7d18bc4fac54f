package matcher

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const treeText = "name.exact 0 prior 0.5 - inf domain.same 0 city.same 0.5 - inf - inf | 1 2 3 4 5 6 7 8"

func TestForest(t *testing.T) {
	read, err := parseTree(strings.Fields(treeText))
	if err != nil {
		t.Fatal(err)
	}
	f := func(want float32, set ...feature) {
		t.Helper()
		var x features
		for _, s := range set {
			x[s] = 1
		}
		if got := (forest{read, read}).bits(&x); got != 2*want {
			t.Errorf("%v: %v bits, want %v", set, got, 2*want)
		}
	}
	f(1)
	f(2, featDomainSame)
	f(3, featPrior)
	f(4, featPrior, featCitySame)
	f(5, featNameExact)
	f(5, featNameExact, featPrior, featDomainSame, featCitySame)
	if got := forest(nil).bits(new(features)); got != 0 {
		t.Errorf("no trees say %v", got)
	}
}

// slowBits walks down each tree by its definition.
func (f forest) slowBits(x *features) (sum float32) {
	var walk func(t *tree, n int) float32
	walk = func(t *tree, n int) float32 {
		switch {
		case n >= treeNodes:
			return t.bits[n-treeNodes]
		case x[t.feature[n]] > t.cut[n]:
			return walk(t, 2*n+2)
		}
		return walk(t, 2*n+1)
	}
	for i := range f {
		sum += walk(&f[i], 0)
	}
	return sum
}

func TestForestTwin(t *testing.T) {
	if len(defaultModel.forest) == 0 {
		t.Fatal("the model has no trees")
	}
	random, differ := rand.New(rand.NewPCG(4, 4)), map[float32]bool{}
	for range 1000 {
		var x features
		for i := range x {
			if random.IntN(3) == 0 {
				x[i] = float32(random.IntN(5)) / 2
			}
		}
		got, want := defaultModel.forest.bits(&x), defaultModel.forest.slowBits(&x)
		if got != want || math.IsNaN(float64(got)) {
			t.Fatalf("%v is worth %v, by definition %v", x, got, want)
		}
		differ[got] = true
	}
	if len(differ) < 100 {
		t.Errorf("a thousand candidates get %d sums", len(differ))
	}
}

func BenchmarkForest(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 5))
	var amounts [64]features
	for i := range amounts {
		for range 20 {
			amounts[i][random.IntN(int(numFeatures))] = 3 * random.Float32()
		}
	}
	sum, i := float32(0), 0
	for b.Loop() {
		sum += defaultModel.forest.bits(&amounts[i%len(amounts)])
		i++
	}
	if math.IsNaN(float64(sum)) {
		b.Error("the sum is no number")
	}
}

func TestParseTree(t *testing.T) {
	f := func(old, new, want string) {
		t.Helper()
		_, err := parseTree(strings.Fields(strings.Replace(treeText, old, new, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: error %v, want one that says %q", new, old, err, want)
		}
	}
	f("| 1", "1", "want 7 names")
	f("8", "", "want 7 names")
	f("name.exact", "name.excat", "name.excat")
	f("name.exact", "interplay", "interplay")
	f("0.5", "half", "half")
	f("8", "eight", "eight")
}
