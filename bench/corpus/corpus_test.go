package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
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

// A figure that was measured on a corpus can be measured again: on every machine, by every version.
func TestCorpusIsFixed(t *testing.T) {
	const want = "f884cdf2ec4a5470"
	sum := sha256.New()
	c := New(1, 5000)
	lines := json.NewEncoder(sum)
	for a := range c.Accounts() {
		if err := lines.Encode(a); err != nil {
			t.Fatal(err)
		}
	}
	for _, leads := range c.Leads(200) {
		if err := lines.Encode(leads); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != want {
		t.Errorf("the corpus of seed 1 has the hash %s, want %s: figures that were measured on the old one are of no use any more", got, want)
	}
}

func TestAccountsHaveWhatRealOnesHave(t *testing.T) {
	const accounts = 100_000
	domains, members, sisters, postal, phones, places := map[string]int{}, 0, 0, 0, 0, map[string]bool{}
	c := New(1, accounts)
	for a := range c.Accounts() {
		for _, d := range a.Domains {
			domains[d]++
		}
		if a.ParentID != "" {
			members++
			if n := len(a.Domains); n > 0 && domains[a.Domains[0]] < 2 {
				t.Fatalf("%+v does not have the domain of its parent", a)
			}
			if head, err := strconv.Atoi(a.ParentID[1:]); err != nil {
				t.Fatal(err)
			} else if strings.Fields(c.Account(head).Name)[0] == strings.Fields(a.Name)[0] {
				sisters++
			}
		}
		phones += len(a.Phones)
		for _, p := range a.Addresses {
			places[p.Country+p.City] = true
			if p.Postal != "" {
				postal++
			}
		}
	}
	shared, most := 0, 0
	for _, n := range domains {
		if n > 1 {
			shared++
		}
		most = max(most, n)
	}
	f := func(what string, got, low, high int) {
		t.Helper()
		if got < low || got > high {
			t.Errorf("%s: %d, want %d to %d", what, got, low, high)
		}
	}
	f("accounts with a parent", members, 9_000, 11_000)
	f("of these with its name", sisters, 4_500, 6_000)
	f("domains", len(domains), 58_000, 66_000)
	f("domains that are shared", shared, 2_000, 3_000)
	f("accounts with the most frequent domain", most, 130, 300)
	f("accounts with a postal code", postal, 52_000, 56_000)
	f("accounts with a phone", phones, 35_000, 37_000)
	f("places", len(places), 17_000, 20_000)
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
	for i := range 500 {
		for _, kind := range Kinds {
			l, id := c.Lead(kind, i)
			if (l.Company == "") != (kind == Address) || (id != "") != kind.of() {
				t.Fatalf("lead %+v, account %q", l, id)
			}
			_, domain, _ := strings.Cut(l.Email, "@")
			switch same := l.Company == byID[id]; {
			case kind.byDomain() && holders[domain] != 1:
				t.Errorf("%s: %d accounts have the domain of %+v", id, holders[domain], l)
			case kind == Exact && !same, kind == Typo && same, kind == Fuzzy && same:
				t.Errorf("%s: a lead of kind %s called %q", byID[id], kind, l.Company)
			case kind == Common && len(l.Company) > 64, kind == Worst && len(l.Company) != worstBytes:
				t.Errorf("a lead of kind %s: %q has %d bytes", kind, l.Company, len(l.Company))
			}
		}
	}
}

func TestLeadsForAccountsOfAFile(t *testing.T) {
	c, n := New(3, 2000), 100
	leads, err := LeadsFor(1, c.Accounts(), n)
	if err != nil {
		t.Fatal(err)
	}
	holders := map[string]int{}
	for a := range c.Accounts() {
		for _, d := range a.Domains {
			holders[d]++
		}
	}
	for _, kind := range Kinds {
		if len(leads[kind]) != n {
			t.Errorf("%d leads of kind %s, want %d", len(leads[kind]), kind, n)
		}
	}
	for _, l := range leads[Domain] {
		if _, domain, _ := strings.Cut(l.Email, "@"); holders[domain] != 1 {
			t.Errorf("%d accounts have the domain of %+v", holders[domain], l)
		}
	}
	none, err := LeadsFor(1, func(yield func(*matcher.Account, error) bool) { yield(&matcher.Account{ID: "a", Name: "Acme"}, nil) }, n)
	if err != nil || len(none[Domain]) != 0 || len(none[Exact]) != n {
		t.Errorf("of one account without a domain: %d domain leads, %d exact ones, error %v", len(none[Domain]), len(none[Exact]), err)
	}
	broken := errors.New("broken")
	if _, err := LeadsFor(1, func(yield func(*matcher.Account, error) bool) { yield(nil, broken) }, n); err != broken {
		t.Errorf("error is %v, want that of the file", err)
	}
}

func TestDrawIsFair(t *testing.T) {
	d, late, r := drawn{room: 200}, 0, rand.New(rand.NewPCG(1, 1))
	for a := range New(1, 1000).Accounts() {
		d.offer(r, a)
	}
	for _, a := range d.picked {
		if n, err := strconv.Atoi(a.ID[1:]); err != nil {
			t.Fatal(err)
		} else if n >= 500 {
			late++
		}
	}
	if len(d.picked) != 200 || late < 80 || late > 120 {
		t.Errorf("%d of %d are of the second half, want about 100 of 200", late, len(d.picked))
	}
}
