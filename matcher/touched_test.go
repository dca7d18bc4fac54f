package matcher_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/bench/churn"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// decided are leads' outcomes and what was read for them.
type decided struct {
	outs  []matcher.Outcome
	reads []matcher.ReadSet // of them, apart
}

func decideAll(s *matcher.Snapshot, leads []matcher.Lead) *decided {
	d := &decided{make([]matcher.Outcome, len(leads)), make([]matcher.ReadSet, len(leads))}
	for i := range leads {
		s.Match(&d.outs[i], &leads[i], matcher.MatchOptions{Reads: true})
		d.reads[i], d.outs[i].Reads = d.outs[i].Reads, matcher.ReadSet{}
		d.outs[i].Versions.Revision = 0
	}
	return d
}

// compared is how leads' decisions differ.
type compared struct {
	differ, named, missed int                       // leads; missed: that differ and were not named
	only                  [matcher.NumCellKinds]int // that differ and were named for one kind of cell alone
}

func compare(leads []matcher.Lead, was, is *decided, touched *matcher.Touched) (r compared) {
	kinds := map[uint32]uint{}
	for k, list := range touched.Cells {
		for _, c := range list {
			kinds[c] |= 1 << k
		}
	}
	for i := range leads {
		hit := uint(0)
		for _, c := range was.reads[i].Cells {
			hit |= kinds[c]
		}
		everything := touched.All || was.reads[i].All
		if hit != 0 || everything {
			r.named++
		}
		if reflect.DeepEqual(was.outs[i], is.outs[i]) {
			continue
		}
		r.differ++
		if hit == 0 && !everything {
			r.missed++
		}
		if bits.OnesCount(hit) == 1 && !everything {
			r.only[bits.TrailingZeros(hit)]++
		}
	}
	return r
}

// TestEveryKindOfCellIsNeeded: were one kind of cell left out, leads would be missed, whichever it is.
func TestEveryKindOfCellIsNeeded(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, all(accounts)); err != nil {
		t.Fatal(err)
	}
	random, next := rand.New(rand.NewPCG(1, 1)), 0
	c := churn.New(1, accounts, func() matcher.Account {
		next++
		a := accounts[next*7%len(accounts)]
		a.ID, a.Name = fmt.Sprint("copy", next), corpus.Retype(corpus.Typo, random, a.Name)
		return a
	})
	var needed [matcher.NumCellKinds]int
	was := decideAll(x.Snapshot(), leads)
	for range 40 {
		c.Accounts, c.Overrides = nil, nil
		c.Step(x, 4)
		s := x.Snapshot()
		is := decideAll(s, leads)
		for k, n := range compare(leads, was, is, s.Touched(c.Accounts, c.Overrides)).only {
			needed[k] += n
		}
		was = is
	}
	for k, n := range needed {
		if n == 0 {
			t.Errorf("%v are never needed", matcher.CellKind(k))
		}
	}
}

// TestTheNumberOfAccountsTellsEverywhere: where it moves by a step, all leads are named.
func TestTheNumberOfAccountsTellsEverywhere(t *testing.T) {
	made := corpus.New(1, 100)
	var list []matcher.Account
	for a := range made.Accounts() {
		list = append(list, *a)
	}
	x := matcher.New(nil)
	defer x.Close()
	all := 0
	for i := range list {
		x.Apply(matcher.Changes{Revision: uint64(i + 1), Upsert: list[i : i+1]})
		if x.Snapshot().Touched([]matcher.Change[matcher.Account]{{Is: &list[i]}}, nil).All {
			all++
		}
	}
	if all < 10 || all > 16 { // from 10 accounts more to 110: three octaves and a half, in quarters
		t.Errorf("%d of %d accounts moved the step", all, len(list))
	}
}

// TestDeletedRowsOfLongLists: which rows of a list that is longer than may be read are read does not depend on accounts that were
// deleted.
func TestDeletedRowsOfLongLists(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var list []matcher.Account
	for i := range 4000 {
		name := "Summit"
		for range 1 + random.IntN(3) {
			name += fmt.Sprintf(" Q%dx", random.IntN(600))
		}
		list = append(list, matcher.Account{ID: fmt.Sprint("a", i), Name: name})
	}
	x, fresh := matcher.New(nil), matcher.New(nil)
	defer x.Close()
	defer fresh.Close()
	if err := x.Replace(1, all(list)); err != nil {
		t.Fatal(err)
	}
	c := matcher.Changes{Revision: 2}
	for _, a := range list[:2000] {
		c.Delete = append(c.Delete, a.ID)
	}
	x.Apply(c)
	if err := fresh.Replace(2, all(list[2000:])); err != nil {
		t.Fatal(err)
	}
	cut := 0
	for i := range 300 {
		var a, b matcher.Outcome
		lead := matcher.Lead{Company: fmt.Sprintf("Summit %dzzyzx", i)}
		x.Snapshot().Match(&a, &lead, matcher.MatchOptions{})
		fresh.Snapshot().Match(&b, &lead, matcher.MatchOptions{})
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%s: after deleting\n%+v\nbuilt at once\n%+v", lead.Company, a, b)
		}
		if slices.Contains(a.Reasons, matcher.CapReached) {
			cut++
		}
	}
	if cut == 0 {
		t.Error("no search was cut")
	}
}

// TestNoLeadIsMissed changes books at random and compares with deciding all leads anew.
func TestNoLeadIsMissed(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	f := func(accounts []matcher.Account, leads []matcher.Lead, fresh func() matcher.Account, steps, changes int) {
		t.Helper()
		x := matcher.New(nil)
		defer x.Close()
		if err := x.Replace(1, all(accounts)); err != nil {
			t.Fatal(err)
		}
		c := churn.New(seed, accounts, fresh)
		was := decideAll(x.Snapshot(), leads)
		anyDiffer := 0
		for range steps {
			c.Accounts, c.Overrides = nil, nil
			for range 1 + random.IntN(3) {
				c.Step(x, 1+random.IntN(changes))
			}
			s := x.Snapshot()
			touched := s.Touched(c.Accounts, c.Overrides)
			is := decideAll(s, leads)
			r := compare(leads, was, is, touched)
			t.Logf("%d changes of %d leads: %+v, all: %v", len(c.Accounts), len(leads), r, touched.All)
			if r.missed > 0 {
				t.Fatalf("%d leads that differ were not named", r.missed)
			}
			anyDiffer += r.differ
			was = is
		}
		if anyDiffer == 0 {
			t.Error("no lead was decided differently")
		}
	}
	accounts, leads := book(t)
	made := corpus.New(seed, 8_000)
	next := made.Len()
	fresh := func() matcher.Account {
		next++
		if next%2 == 0 {
			a := accounts[next%len(accounts)]
			a.ID = fmt.Sprint("copy", next)
			return a
		}
		return made.Account(next)
	}
	f(slices.Clone(accounts), leads, fresh, 12, 8)
	var big []matcher.Account
	for a := range made.Accounts() {
		big = append(big, *a)
	}
	f(big, corpusLeads(made, 60), fresh, 4, 60)
}

// corpusLeads are so many leads of each kind.
func corpusLeads(c *corpus.Corpus, n int) (leads []matcher.Lead) {
	for _, kind := range c.Leads(n) {
		for _, l := range kind {
			leads = append(leads, *l)
		}
	}
	return leads
}
