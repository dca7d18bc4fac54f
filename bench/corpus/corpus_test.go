package corpus

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSameSeedSameCorpus(t *testing.T) {
	a, b, other := New(7, 1000), New(7, 1_000_000), New(8, 1000)
	differ := 0
	for i := range 1000 {
		if x, y := a.Account(i), b.Account(i); !reflect.DeepEqual(x, y) {
			t.Fatalf("account %d differs between two corpora of one seed:\n%+v\n%+v", i, x, y)
		}
		if a.Account(i).Name != other.Account(i).Name {
			differ++
		}
	}
	if differ < 900 {
		t.Errorf("only %d of 1,000 accounts differ between two seeds", differ)
	}
	for _, kind := range Kinds {
		l1, id1 := a.Lead(kind, 3)
		if l2, id2 := New(7, 1000).Lead(kind, 3); l1 != l2 || id1 != id2 {
			t.Errorf("two %s leads of one number differ: %+v %+v", kind, l1, l2)
		}
	}
}

// The figures are those of the names that words.tsv was made from, for as many names.
func TestWordsAreAsFrequentAsRealOnes(t *testing.T) {
	const accounts = 100_000
	c, seen, all := New(1, accounts), map[string]int{}, 0
	for a := range c.Accounts() {
		for w := range strings.FieldsSeq(strings.ToLower(a.Name)) {
			seen[w]++
			all++
		}
	}
	f := func(what string, got, low, high float64) {
		t.Helper()
		if got < low || got > high {
			t.Errorf("%s: %.4f, want %.4f to %.4f", what, got, low, high)
		}
	}
	f("words a name", float64(all)/accounts, 3.3, 3.9)
	f(`share of "inc"`, float64(seen["inc"])/float64(all), .027, .036)
	f(`share of "of"`, float64(seen["of"])/float64(all), .018, .024)
	counts := slices.Sorted(maps.Values(seen))
	once, _ := slices.BinarySearch(counts, 2)
	t.Logf("%d words, %d distinct, %d once", all, len(counts), once)
	f("distinct words a name", float64(len(counts))/accounts, .6, .9)
	f("share of distinct words seen once", float64(once)/float64(len(counts)), .6, .85)
}

func TestLeadsAreOfTheirKind(t *testing.T) {
	c := New(3, 10_000)
	holders, byID := map[string]int{}, map[string]string{}
	for a := range c.Accounts() {
		byID[a.ID] = a.Name
		for _, d := range a.Domains {
			holders[d]++
		}
	}
	shared := 0
	for _, n := range holders {
		if n > 1 {
			shared++
		}
	}
	if shared < 200 || shared > 600 {
		t.Errorf("%d domains are shared, want about 350", shared)
	}
	for i := range 500 {
		for _, kind := range Kinds {
			l, id := c.Lead(kind, i)
			if l.Company == "" || (id != "") != (kind != Common && kind != Absent) {
				t.Fatalf("lead %+v, account %q", l, id)
			}
			_, domain, _ := strings.Cut(l.Email, "@")
			switch same := l.Company == byID[id]; {
			case kind == Domain && holders[domain] != 1:
				t.Errorf("%s: %d accounts have the domain of %+v", id, holders[domain], l)
			case kind == Exact && !same, kind == Typo && same, kind == Fuzzy && same:
				t.Errorf("%s: a lead of kind %s called %q", byID[id], kind, l.Company)
			case kind == Common && len(l.Company) != commonBytes:
				t.Errorf("%q has %d bytes, want %d", l.Company, len(l.Company), commonBytes)
			}
		}
	}
}
