package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
	"github.com/leadmatch/leadmatch/matcher"
)

// fitKeep is how many candidates of a lead are kept for fitting, beside the right ones.
const fitKeep = 10

// trainSet is a set's leads as examples.
type trainSet struct {
	name     string
	leads    []labelled.Lead
	examples []fit.Example
}

// trace turns a set's leads into examples, all of them together of weight 1,000, so that every set counts the same.
func trace(set *labelledSet, among string) (*trainSet, error) {
	x, _, err := set.index(among, defaultBatch)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	s := x.Snapshot()
	t := &trainSet{name: set.Name, leads: set.Leads, examples: make([]fit.Example, len(set.Leads))}
	weights := currentWeights(s)
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var traced []matcher.Traced
			for i := w; i < len(set.Leads); i += workers {
				traced = s.Trace(traced[:0], &set.Leads[i].Typed)
				t.examples[i] = example(traced, &set.Leads[i].Truth, weights)
				t.examples[i].Weight = 1000 / float64(len(set.Leads))
			}
		})
	}
	wg.Wait()
	return t, nil
}

func currentWeights(s *matcher.Snapshot) []float64 {
	p := s.Policy()
	byName := p.Effective().Weights
	var weights []float64
	for _, name := range matcher.FeatureNames() {
		weights = append(weights, byName[name])
	}
	return weights
}

// example keeps the right candidates and the strongest of the others.
func example(traced []matcher.Traced, truth *eval.Labelled, weights []float64) (e fit.Example) {
	for i := range traced {
		traced[i].Features[interplay] = 0 // is fitted anew
		c := fit.Candidate{ID: traced[i].AccountID, Features: fit.Sparse(traced[i].Features), Stratum: traced[i].Stratum}
		c.Right = truth.Expected != "" && (c.ID == truth.Expected || slices.Contains(truth.AmbiguousWith, c.ID))
		e.Candidates = append(e.Candidates, c)
	}
	slices.SortStableFunc(e.Candidates, func(a, b fit.Candidate) int {
		if a.Right != b.Right {
			if a.Right {
				return -1
			}
			return 1
		}
		switch x, y := a.Bits(weights), b.Bits(weights); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	e.Candidates = slices.Clip(e.Candidates[:min(len(e.Candidates), fitKeep)])
	return e
}

// trained is a model, and the trees that say what its features are worth together.
type trained struct {
	*fit.Model
	trees []fit.Tree
}

// interplay is the feature that trees make of the others.
var interplay = slices.Index(matcher.FeatureNames(), "interplay")

// boosting has the trees see what the engine lets them see.
var boosting = fit.BoostOptions{Within: matcher.InterplayBits}

// together returns the examples with what the trees say of them.
func (m *trained) together(examples []fit.Example) []fit.Example {
	return fit.Together(examples, m.Weights, m.trees, interplay, boosting)
}

func fitModel(sets []*trainSet, priors []float64, not stages) *trained {
	var all []fit.Example
	for _, s := range sets {
		all = append(all, s.examples...)
	}
	m := &trained{Model: &fit.Model{Curves: map[string][]fit.Knot{}}}
	m.Weights = fit.Fit(all, priors, fit.Options{Sign: fit.Sign(priors), Free: func(f int) bool { return f != interplay }})
	if !not.noTrees {
		m.trees = fit.Boost(all, m.Weights, boosting)
		all = m.together(all)
	}
	if !not.noCurves {
		m.fitCurves(all)
	}
	return m
}

// fitCurves calibrates the model on the examples.
func (m *trained) fitCurves(all []fit.Example) {
	points := map[string][]fit.Point{}
	for i := range all {
		e := &all[i]
		if first := m.First(e); first >= 0 {
			c := &e.Candidates[first]
			// Weights are fitted to sets that count the same, curves to leads that do: small sets make uneven curves.
			points[c.Stratum] = append(points[c.Stratum], fit.Point{Raw: m.Said(e, first), Right: c.Right, Weight: 1})
		}
	}
	for stratum, ps := range points {
		m.Curves[stratum] = fit.Calibrate(ps)
	}
}

// answerOf is what the model would answer, for measuring without the engine.
func answerOf(m *fit.Model, e *fit.Example, threshold float64) *eval.Answer {
	p, _, best := m.Probabilities(nil, e)
	a := &eval.Answer{Decision: "NO_MATCH"}
	if best < 0 {
		return a
	}
	a.Probability = p[best]
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] > p[j]:
			return -1
		case p[i] < p[j]:
			return 1
		}
		return strings.Compare(e.Candidates[i].ID, e.Candidates[j].ID)
	})
	for _, i := range order[:min(5, len(order))] {
		a.Candidates = append(a.Candidates, eval.Scored{AccountID: e.Candidates[i].ID, Probability: p[i]})
	}
	if a.Decision = "REVIEW"; a.Probability >= threshold {
		a.Decision, a.AccountID = "MATCHED", e.Candidates[best].ID
	}
	return a
}

// fitModel is what -fit does.
func (c *config) fitModel(w io.Writer) error {
	priors, err := priorsIn(c.fit)
	if err != nil {
		return err
	}
	var sets []*trainSet
	for _, name := range c.sets {
		if name == labelled.Sample {
			continue // what people are shown is not what the model was fitted to
		}
		set, err := loadSet(c.data, name)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		t, err := trace(set, c.among)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		sets = append(sets, t)
	}
	if len(sets) == 0 {
		return errors.New("nothing to fit to: name a folder of labelled sets with -data")
	}
	if c.ablate {
		return ablate(sets, priors, w)
	}
	return fitAll(sets, priors, c.fit, c.by, w)
}

// fitAll fits a model to all sets and writes it; and, for each set, measures the model that is fitted to the others.
func fitAll(sets []*trainSet, priors []float64, path string, by []string, w io.Writer) error {
	if len(sets) > 1 {
		for i, held := range sets {
			others := append(slices.Clone(sets[:i]), sets[i+1:]...)
			fmt.Fprintf(w, "\n=== %s, fitted to the others\n", held.name)
			if err := held.measure(fitModel(others, priors, stages{}), by...).WriteText(w); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(path, modelFile(fitModel(sets, priors, stages{}), priors, sets), 0o644)
}

// matchThreshold is the default policy's.
const matchThreshold = float64(matcher.DefaultRightPerWrong) / (1 + matcher.DefaultRightPerWrong)

// modelFile writes the model as matcher reads it.
func modelFile(m *trained, priors []float64, sets []*trainSet) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The weights of the model in bits, by feature, each with the prior that it was shrunk to, and the calibration\n"+
		"# of the first candidate's log-odds in bits, by kind of evidence. features.go and decide.go say what each name means.\n"+
		"# Made by: make fit DATA=FOLDER (the rows that are compared depend a little on the weights before)\n# Fitted to:")
	for _, s := range sets {
		fmt.Fprintf(&b, " %s (%d leads)", s.name, len(s.leads))
	}
	b.WriteString("\n\n")
	for i, name := range matcher.FeatureNames() {
		fmt.Fprintf(&b, "weight %-22s %8.3f # prior %.3g\n", name, m.Weights[i], priors[i])
	}
	b.WriteByte('\n')
	for i := range m.trees {
		writeTree(&b, &m.trees[i])
	}
	for _, stratum := range slices.Sorted(maps.Keys(m.Curves)) {
		b.WriteByte('\n')
		for _, k := range m.Curves[stratum] {
			fmt.Fprintf(&b, "calibrate %-20s %8.3f %8.3f\n", stratum, k.Raw, k.Calibrated)
		}
	}
	return b.Bytes()
}

// writeTree writes a tree in a line: name and cut of each question, and the bits of each leaf.
func writeTree(b *bytes.Buffer, t *fit.Tree) {
	names := matcher.FeatureNames()
	b.WriteString("tree")
	for i, cut := range t.Cut {
		if math.IsInf(float64(cut), 1) {
			b.WriteString(" - inf")
		} else {
			fmt.Fprintf(b, " %s %v", names[t.Feature[i]], cut) // to the last digit: amounts equal to the cut are common
		}
	}
	b.WriteString(" |")
	for _, bits := range t.Bits {
		fmt.Fprintf(b, " %.3f", bits)
	}
	b.WriteByte('\n')
}

// priorsIn reads the priors from a model file: what stands behind "# prior", or the weight itself.
func priorsIn(path string) ([]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	byName := map[string]float64{}
	for _, line := range strings.Split(string(text), "\n") {
		var name string
		var weight, prior float64
		if n, _ := fmt.Sscanf(line, "weight %s %g # prior %g", &name, &weight, &prior); n == 2 {
			prior = weight
		} else if n < 2 {
			continue
		}
		byName[name] = prior
	}
	var priors []float64
	for _, name := range matcher.FeatureNames() {
		p, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("%s: no weight for %s", path, name)
		}
		priors = append(priors, p)
	}
	return priors, nil
}
