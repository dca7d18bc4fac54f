package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
	"github.com/leadmatch/leadmatch/matcher"
)

// mechanism is a part of the model that can be left out: features, by the beginnings of their names, or a stage.
type mechanism struct {
	name     string
	features []string
	stages   stages
}

// stages says which of what follows the weights are left out.
type stages struct{ noTrees, noCurves bool }

var mechanisms = []mechanism{
	{name: "–"},
	{name: "domains", features: []string{"domain."}},
	{name: "phones", features: []string{"phone."}},
	{name: "places", features: []string{"country.", "region.", "city.", "postal.", "area.", "name.place", "name.elsewhere"}},
	{name: "legal forms", features: []string{"legal."}},
	{name: "numbers, points of the compass", features: []string{"number.", "name.side"}},
	{name: "equal names", features: []string{"name.exact"}},
	{name: "words that one name lacks", features: []string{"name.lead_", "name.account_"}},
	{name: "words that face each other", features: []string{"name.facing", "name.sectors", "name.kinds", "name.places"}},
	{name: "typos", features: []string{"name.typo", "name.similar"}},
	{name: "initials", features: []string{"name.acronym"}},
	{name: "parts of names, aliases", features: []string{"name.part", "name.alias"}},
	{name: "rivals", features: []string{"name.same", "name.crowd", "name.rival"}},
	{name: "the trees", stages: stages{noTrees: true}},
	{name: "the curves", stages: stages{noCurves: true}},
}

// ablateEvery is the share of leads that are fitted to when mechanisms are left out: one in so many.
const ablateEvery = 4

// ablate fits the model without each mechanism in turn, and measures it on each set by a fit to the others.
func ablate(sets []*trainSet, priors []float64, w io.Writer) error {
	fmt.Fprint(w, "| without |")
	for _, s := range sets {
		fmt.Fprintf(w, " %s |", s.name)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("--:|", len(sets)))
	for _, m := range mechanisms {
		without := make([]*trainSet, len(sets))
		for i, s := range sets {
			without[i] = s.without(m.features)
		}
		fmt.Fprintf(w, "| %s |", m.name)
		for i, held := range without {
			others := slices.Delete(slices.Clone(without), i, i+1)
			for k := range others {
				others[k] = others[k].every(ablateEvery)
			}
			all := held.measure(fitModel(others, priors, m.stages)).Slices[0].Metrics
			fmt.Fprintf(w, " %.3f \\| %.3f |", all.R98, all.ECE)
		}
		fmt.Fprintln(w)
	}
	return nil
}

// without returns the set with some features of all candidates gone.
func (t *trainSet) without(prefixes []string) *trainSet {
	gone := make([]bool, len(matcher.FeatureNames()))
	for i, name := range matcher.FeatureNames() {
		gone[i] = slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	out := *t
	out.examples = slices.Clone(t.examples)
	for i := range out.examples {
		e := &out.examples[i]
		e.Candidates = slices.Clone(e.Candidates)
		for k := range e.Candidates {
			c := &e.Candidates[k]
			c.Features = slices.DeleteFunc(slices.Clone(c.Features), func(v fit.Value) bool { return gone[v.Feature] })
		}
	}
	return &out
}

// every returns the set with every nth example.
func (t *trainSet) every(n int) *trainSet {
	out := *t
	out.examples = nil
	for i := 0; i < len(t.examples); i += n {
		out.examples = append(out.examples, t.examples[i])
	}
	return &out
}

// measure returns the figures of a model on the set.
func (t *trainSet) measure(m *trained, by ...string) eval.Report {
	pairs, examples := make([]eval.Pair, len(t.leads)), m.together(t.examples)
	for k := range t.leads {
		pairs[k] = eval.Pair{Lead: &t.leads[k].Truth, Answer: answerOf(m.Model, &examples[k], matchThreshold)}
	}
	return eval.NewReport(pairs, by...)
}
