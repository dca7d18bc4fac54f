package matcher_test

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/strutil"
	"github.com/adrg/strutil/metrics"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/matcher/similarity"
)

// book is the sample's accounts and leads.
func book(t testing.TB) ([]matcher.Account, []matcher.Lead) {
	t.Helper()
	accounts, err := sample.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	labelled, err := sample.Leads()
	if err != nil {
		t.Fatal(err)
	}
	var leads []matcher.Lead
	for _, l := range labelled {
		leads = append(leads, l.Lead)
	}
	return accounts, leads
}

func all(accounts []matcher.Account) iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		for i := range accounts {
			if !yield(&accounts[i], nil) {
				return
			}
		}
	}
}

// TestLayout changes an index at random and holds its answers to those of an index that was built from the same
// accounts at once: how the accounts came must not matter.
func TestLayout(t *testing.T) {
	accounts, leads := book(t)
	random := matcher.NewRandom(t)
	x := matcher.New(nil)
	defer x.Close()
	have := map[string]matcher.Account{}
	for step := range 60 {
		var c matcher.Changes
		c.Revision = uint64(step + 1)
		for _, i := range random.Perm(len(accounts))[:random.IntN(80)] {
			a := accounts[i]
			switch random.IntN(4) {
			case 0:
				c.Delete = append(c.Delete, a.ID)
				delete(have, a.ID)
			case 1:
				a.Name += " Renamed" + fmt.Sprint(random.IntN(3))
				fallthrough
			default:
				c.Upsert = append(c.Upsert, a)
				have[a.ID] = a
			}
		}
		x.Apply(c)
		if step%10 == 9 {
			sameAnswers(t, x, have, leads, c.Revision)
		}
	}
}

// TestCrowdOfOneName asks for the one of hundreds of a name that has the lead's domain, or its phone number.
func TestCrowdOfOneName(t *testing.T) {
	var list []matcher.Account
	for i := range 300 {
		id := fmt.Sprint("a", i)
		list = append(list, matcher.Account{
			ID: id, Name: "Summit Inc", Domains: []string{"summit-" + id + ".com"}, Phones: []string{fmt.Sprintf("+1 212 555 %04d", 1000+i)},
		})
	}
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, all(list)); err != nil {
		t.Fatal(err)
	}
	f := func(want string, lead matcher.Lead) {
		t.Helper()
		var out matcher.Outcome
		x.Snapshot().Match(&out, &lead, matcher.MatchOptions{})
		if len(out.Candidates) == 0 || out.Candidates[0].AccountID != want {
			t.Errorf("%+v: want %s first, got %+v", lead, want, out)
		}
	}
	for i, a := range list {
		f(a.ID, matcher.Lead{Company: "Summit", Email: "jo@" + a.Domains[0]})
		f(a.ID, matcher.Lead{Company: "Summit Inc", Phone: list[i].Phones[0]})
	}
}

// TestLayoutOfCrowds asks for a name of more accounts than are taken, each of which has it twice: where nothing was deleted, what
// is cut does not depend on how they came either.
func TestLayoutOfCrowds(t *testing.T) {
	var list []matcher.Account
	for i := range 100 {
		list = append(list, matcher.Account{ID: fmt.Sprint("a", i), Name: "Summit Inc", Aliases: []string{"SUMMIT Ltd", "Summit"}})
	}
	x, fresh := matcher.New(nil), matcher.New(nil)
	defer x.Close()
	defer fresh.Close()
	for i := range len(list) / 10 {
		x.Apply(matcher.Changes{Revision: uint64(i + 1), Upsert: list[10*i : 10*i+10]})
	}
	slices.Reverse(list)
	if err := fresh.Replace(uint64(len(list)/10), all(list)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Summit", "Summit Inc", "Summit Ltd"} {
		var a, b matcher.Outcome
		lead := matcher.Lead{Company: name}
		x.Snapshot().Match(&a, &lead, matcher.MatchOptions{Explain: true, Limit: 50})
		fresh.Snapshot().Match(&b, &lead, matcher.MatchOptions{Explain: true, Limit: 50})
		if got, want := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b); got != want || len(a.Candidates) != 50 {
			t.Errorf("%s: after changes\n%s\nbuilt at once\n%s", name, got, want)
		}
	}
}

func sameAnswers(t *testing.T, x *matcher.Index, have map[string]matcher.Account, leads []matcher.Lead, revision uint64) {
	t.Helper()
	var list []matcher.Account
	for _, a := range have {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b matcher.Account) int { return strings.Compare(b.ID, a.ID) })
	fresh := matcher.New(nil)
	defer fresh.Close()
	if err := fresh.Replace(revision, all(list)); err != nil {
		t.Fatal(err)
	}
	if a, b := x.Snapshot().Stats().Accounts, fresh.Snapshot().Stats().Accounts; a != b || a != len(have) {
		t.Fatalf("%d accounts after changes, %d when built at once, want %d", a, b, len(have))
	}
	compared := 0
	for i := range leads {
		var a, b matcher.Outcome
		x.Snapshot().Match(&a, &leads[i], matcher.MatchOptions{Explain: true, Limit: 3})
		fresh.Snapshot().Match(&b, &leads[i], matcher.MatchOptions{Explain: true, Limit: 3})
		if slices.Contains(a.Reasons, matcher.CapReached) || slices.Contains(b.Reasons, matcher.CapReached) {
			continue // which rows of a list that is too long are read depends a little on where the deleted ones were
		}
		compared++
		a.Retrieval, b.Retrieval = matcher.Retrieval{}, matcher.Retrieval{}
		if len(a.Candidates) == 0 {
			a.Candidates, b.Candidates = nil, b.Candidates[:len(b.Candidates):len(b.Candidates)]
		}
		if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Fatalf("lead %+v:\nafter changes  %+v\nbuilt at once  %+v", leads[i], a, b)
		}
	}
	if compared < len(leads)/2 {
		t.Errorf("only %d of %d leads were compared", compared, len(leads))
	}
}

// TestCompaction writes until everything was rebuilt in the background, while it is read.
func TestCompaction(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	have := map[string]matcher.Account{}
	for round := range 60 {
		var c matcher.Changes
		for i, a := range accounts {
			a.ID = fmt.Sprintf("%s-%d", a.ID, round%45)
			a.Name = fmt.Sprintf("%s %d", a.Name, round%45)
			a.Domains, a.Aliases = nil, nil
			if i%7 == 0 {
				c.Delete = append(c.Delete, a.ID)
				delete(have, a.ID)
				continue
			}
			c.Upsert = append(c.Upsert, a)
			have[a.ID] = a
		}
		c.Revision = uint64(round + 1)
		x.Apply(c)
	}
	x.Settle()
	x.Close()
	if n := x.Snapshot().Stats().Segments; n > 12 {
		t.Errorf("%d segments are left: nothing was merged", n)
	}
	sameAnswers(t, x, have, leads[:100], 60)
}

// TestLateCompaction puts what the background made in its place when much was written since it began.
func TestLateCompaction(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	defer x.Close()
	have := map[string]matcher.Account{}
	write := func(round int) {
		c := matcher.Changes{Revision: x.Snapshot().Versions().Revision + 1}
		for i, a := range accounts {
			a.ID = fmt.Sprintf("%s-%d", a.ID, round%9)
			a.Name = fmt.Sprintf("%s %d", a.Name, round%11)
			if a.Domains = nil; i%7 == round%7 {
				c.Delete = append(c.Delete, a.ID)
				delete(have, a.ID)
			} else {
				c.Upsert = append(c.Upsert, a)
				have[a.ID] = a
			}
		}
		x.Apply(c)
	}
	x.Hold()
	for round := range 8 {
		write(round)
	}
	for name, compaction := range map[string]func(*matcher.Snapshot){"rebuild": x.RebuildFrom, "merge": x.MergeFrom} {
		x.Hold()
		old := x.Snapshot()
		for round := range 12 {
			write(round)
		}
		before := x.Snapshot().Stats().Segments
		compaction(old)
		if n := x.Snapshot().Stats().Segments; n >= before {
			t.Errorf("%s: %d segments before, %d after", name, before, n)
		}
		sameAnswers(t, x, have, leads[:100], x.Snapshot().Versions().Revision)
	}
}

func TestReplace(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 3, Upsert: accounts[:10]})
	before := x.Snapshot()

	broken := errors.New("broken")
	err := x.Replace(4, func(yield func(*matcher.Account, error) bool) {
		_ = yield(&accounts[0], nil) && yield(nil, broken)
	})
	if !errors.Is(err, broken) || x.Snapshot() != before {
		t.Errorf("a sequence that breaks: error %v, want %v and no change", err, broken)
	}
	if err := x.Replace(5, all(accounts[10:])); err != nil {
		t.Fatal(err)
	}
	have := map[string]matcher.Account{}
	for _, a := range accounts[10:] {
		have[a.ID] = a
	}
	sameAnswers(t, x, have, leads, 5)
	if before.Stats().Accounts != 10 {
		t.Error("an old snapshot changed")
	}
}

// TestAnswersAddUp checks what every outcome promises.
func TestAnswersAddUp(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	for i := range leads {
		var out, again matcher.Outcome
		s.Match(&out, &leads[i], matcher.MatchOptions{Explain: true, Limit: 50})
		if out.Decision < matcher.Matched || out.Decision > matcher.Insufficient {
			t.Fatalf("%+v: no decision", leads[i])
		}
		if (out.Decision == matcher.Matched) != (out.AccountID != "") {
			t.Errorf("%+v: decision %d with account %q", leads[i], out.Decision, out.AccountID)
		}
		sum := out.NoMatchProbability
		for _, c := range out.Candidates {
			sum += c.Probability
			bits := 0.0
			for _, e := range c.Evidence {
				bits += e.Bits
			}
			if d := bits - c.Bits; d > .01 || d < -.01 {
				t.Errorf("%+v: evidence of %s adds up to %.3f bits, not to %.3f", leads[i], c.AccountID, bits, c.Bits)
			}
		}
		if sum > 1.001 || out.Decision != matcher.Insufficient && len(out.Candidates) < 50 && sum < .99 {
			t.Errorf("%+v: probabilities add up to %.4f", leads[i], sum)
		}
		s.Match(&again, &leads[i], matcher.MatchOptions{Explain: true, Limit: 50})
		if !reflect.DeepEqual(out, again) {
			t.Errorf("%+v: two answers to one lead", leads[i])
		}
	}
}

// TestMetric puts a strutil metric in the place of the engine's own grading of words.
func TestMetric(t *testing.T) {
	accounts := []matcher.Account{{ID: "a", Name: "Brannagan Tooling"}}
	lead := matcher.Lead{Company: "Branigan Tooling"}
	probability := func(m strutil.StringMetric) float64 {
		x := matcher.New(&matcher.Options{Metric: m})
		x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
		var out matcher.Outcome
		x.Snapshot().Match(&out, &lead, matcher.MatchOptions{})
		return out.Probability
	}
	never := probability(metrics.NewHamming()) // words of different lengths are never alike to it
	for _, m := range []strutil.StringMetric{similarity.JaroWinkler{}, metrics.NewJaroWinkler()} {
		if p := probability(m); p <= never {
			t.Errorf("%T: probability %.3f, no more than with a metric that finds nothing alike, %.3f", m, p, never)
		}
	}
}

// TestDeadline: when there is no time left, what the exact keys give is not taken for the whole truth.
func TestDeadline(t *testing.T) {
	accounts, _ := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	done := make(chan struct{})
	lead := matcher.Lead{Company: accounts[0].Name, Website: accounts[0].Domains[0]}
	var out matcher.Outcome
	x.Snapshot().Match(&out, &lead, matcher.MatchOptions{Done: done})
	if out.Decision != matcher.Matched {
		t.Fatalf("with time: %+v, want a match", out)
	}
	close(done)
	x.Snapshot().Match(&out, &lead, matcher.MatchOptions{Done: done})
	if out.Decision == matcher.Matched || !slices.Contains(out.Reasons, matcher.DeadlineReached) || len(out.Candidates) == 0 {
		t.Errorf("out of time: %+v, want candidates, no match and the reason", out)
	}
}

// TestCloseGivesUpRebuilding: of a big book that takes minutes, which nobody who ends a server waits for.
func TestCloseGivesUpRebuilding(t *testing.T) {
	x := matcher.New(nil)
	c := corpus.New(1, 60_000)
	if err := x.Replace(1, c.Accounts()); err != nil {
		t.Fatal(err)
	}
	changes := matcher.Changes{Revision: 2}
	for i := range 21_000 {
		changes.Upsert = append(changes.Upsert, c.Account(i))
	}
	x.Apply(changes)
	x.Close()
	if n := x.Rebuilds(); n != 0 {
		t.Errorf("%d rebuilds were waited for", n)
	}
}
