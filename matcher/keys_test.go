package matcher

import (
	"fmt"
	"slices"
	"testing"
)

// namesakes is so many accounts of one name, each with its place.
func namesakes(n int) []Account {
	accounts := make([]Account, n)
	for i := range accounts {
		accounts[i] = Account{ID: fmt.Sprintf("n%04d", i), Name: "Calderholm Jqwz"}
	}
	return accounts
}

// TestFullKeyLists: of more accounts under one key than are taken, the same are taken however they came, the count is
// exact, and the cut is told. A list that is far too long tells nothing.
func TestFullKeyLists(t *testing.T) {
	f := func(accounts, count, taken int, cuts cut) {
		t.Helper()
		var first []uint32
		for _, backwards := range []bool{false, true} {
			book := namesakes(accounts)
			if backwards {
				slices.Reverse(book)
			}
			x := New(nil)
			x.Apply(Changes{Upsert: book[:accounts/3]})
			x.Apply(Changes{Upsert: book[accounts/3:]})
			s := x.Snapshot()
			var q query
			q.read(s, &Lead{Company: "calderholm jqwz"})
			var f finder
			f.reset(s)
			f.keys(&q)
			var ties []uint32
			for i := range f.found {
				ties = append(ties, f.tie(&f.found[i]))
			}
			slices.Sort(ties)
			if f.keyed.name != count || len(f.found) != taken || f.cuts != cuts {
				t.Errorf("%d namesakes: count %d, %d taken, cuts %b; want %d, %d, %b", accounts, f.keyed.name, len(f.found), f.cuts, count, taken, cuts)
			}
			if backwards && !slices.Equal(ties, first) {
				t.Errorf("%d namesakes: others are taken when they come in another order", accounts)
			}
			first = ties
		}
	}
	f(1, 1, 1, 0)
	f(maxKeyed, maxKeyed, maxKeyed, 0)
	f(maxKeyed+1, maxKeyed+1, maxKeyed, cutKeys)
	f(maxListed, maxListed, maxKeyed, cutKeys)
	f(maxListed+1, maxListed, 0, cutKeys)
}

// TestDeadRowsAreNotCounted: a key's count is of live accounts.
func TestDeadRowsAreNotCounted(t *testing.T) {
	x := New(nil)
	x.Apply(Changes{Upsert: namesakes(10)})
	x.Apply(Changes{Delete: []string{"n0003", "n0004", "unknown"}})
	s := x.Snapshot()
	var out Outcome
	s.Match(&out, &Lead{Company: "Calderholm Jqwz"}, MatchOptions{Limit: 50, Explain: true})
	if len(out.Candidates) != 8 || s.Stats().Accounts != 8 {
		t.Errorf("%d candidates of %d accounts, want 8 of 8", len(out.Candidates), s.Stats().Accounts)
	}
	for _, k := range out.Retrieval.Keys {
		if k.Accounts != 8 {
			t.Errorf("%+v, want 8 accounts", k)
		}
	}
	if s.hasDomain([]uint64{1}) {
		t.Error("an account has a domain that none has")
	}
}

// TestNamesWithoutContent: a name of nothing but small words is looked up by those.
func TestNamesWithoutContent(t *testing.T) {
	x := New(nil)
	x.Apply(Changes{Upsert: []Account{{ID: "of", Name: "Of The"}, {ID: "and", Name: "And & And"}, {ID: "none", Name: "!!!"}}})
	var out Outcome
	x.Snapshot().Match(&out, &Lead{Company: "of the"}, MatchOptions{})
	if len(out.Candidates) == 0 || out.Candidates[0].AccountID != "of" {
		t.Errorf("%+v, want the account of that name first", out)
	}
	x.Snapshot().Match(&out, &Lead{Company: "!!!"}, MatchOptions{})
	if out.Decision != Insufficient || out.NoMatchProbability != 1 {
		t.Errorf("%+v, want nothing usable", out)
	}
}
