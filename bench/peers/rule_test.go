package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// Names that are alike are right, those that are half alike are not: the rule has to find out.
func TestFittedRuleAssignsWhatIsRight(t *testing.T) {
	var set []found
	truth := &eval.Labelled{Expected: "right"}
	for i := range 400 {
		id, score := "right", .9
		if i%2 == 0 {
			id, score = "wrong", .5
		}
		set = append(set, found{record{names: []string{"acme"}}, truth, []hit{{id: id, score: score}}})
	}
	r := fitRule([][]found{set})
	f := func(score float64, want string) {
		t.Helper()
		var a eval.Answer
		r.decide(&record{names: []string{"acme"}}, []hit{{id: "x", score: score}}, &a)
		if a.Decision != want || (a.AccountID != "") != (want == eval.Matched) {
			t.Errorf("score %.1f: %+v, want %s", score, a, want)
		}
	}
	f(.9, eval.Matched)
	f(.5, "REVIEW")
	if m := eval.Measure(r.answers(set)); m.Wrong != 0 || m.Recall != .5 {
		t.Errorf("wrong %v, recall %v, want 0 and 0.5", m.Wrong, m.Recall)
	}
	var a eval.Answer
	if r.decide(&record{}, nil, &a); a.Decision != "NO_MATCH" || len(a.Candidates) > 0 {
		t.Errorf("nothing found: %+v", a)
	}
}

func TestOrderOfHits(t *testing.T) {
	place := func(city string) normalize.Places { return normalize.ParsePlaces("DE", "", city, "") }
	lead := &record{names: []string{"acme"}, keys: []string{"acme.de"}, places: []normalize.Places{place("Berlin")}}
	r := &rule{placeWeight: .1}
	f := func(want string, hits ...hit) {
		t.Helper()
		slices.Reverse(hits)
		if r.rank(lead, hits); hits[0].id != want {
			t.Errorf("%s is first, want %s", hits[0].id, want)
		}
	}
	f("likest", hit{id: "likest", score: .8}, hit{id: "other", score: .7})
	f("domain", hit{id: "domain", score: .1, byDomain: true}, hit{id: "name", score: 1})
	f("domain", hit{id: "domain", byDomain: true}, hit{id: "phone", score: .5, byPhone: true})
	f("near", hit{id: "near", score: .8, place: place("Berlin")}, hit{id: "far", score: .8, place: place("Bonn")})
	f("here", hit{id: "here", score: .8}, hit{id: "abroad", score: .8, place: normalize.ParsePlaces("FR", "", "Paris", "")})
}

// insert is a sort that keeps the best.
func TestInsertKeepsTheBest(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for n := range 60 {
		var got, want []hit
		for i := range n {
			h := hit{id: string(rune('a' + i)), score: float64(r.IntN(20))}
			got, want = insert(got, h), append(want, h)
		}
		slices.SortStableFunc(want, func(a, b hit) int { return compareDown(a.score, b.score) })
		if want = want[:min(n, hitsByName)]; !slices.Equal(got, want) {
			t.Fatalf("seed %d, %d hits: got %v, want %v", seed, n, got, want)
		}
	}
}

func TestRecord(t *testing.T) {
	var read reader
	f := func(got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	acme := read.account(&account)
	f(acme.names, []string{"acme", "north pole acme"})
	f(acme.keys[:1], []string{"acme.de"})
	if len(acme.keys) != 2 || len(acme.places) != 1 {
		t.Errorf("%+v", acme)
	}
	same := read.lead(&lead)
	f(same.names, []string{"acme"})
	f(same.keys, acme.keys)
}
