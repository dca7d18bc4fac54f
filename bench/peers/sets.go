package main

import (
	"math/rand/v2"
	"slices"

	"github.com/leadmatch/leadmatch/bench/labelled"
)

// loadSets reads the sample and, if a folder is given, its sets; of each up to n leads, drawn once and for all.
func loadSets(dir string, n int) ([]*labelled.Set, error) {
	names, err := labelled.Names(dir)
	if err != nil {
		return nil, err
	}
	sets := make([]*labelled.Set, len(names))
	for i, name := range names {
		if sets[i], err = labelled.Read(dir, name); err != nil {
			return nil, err
		}
		sets[i].Leads = draw(sets[i].Leads, n)
	}
	return sets, nil
}

func draw(leads []labelled.Lead, n int) []labelled.Lead {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(leads))
	order = order[:min(n, len(order))]
	slices.Sort(order)
	drawn := make([]labelled.Lead, len(order))
	for i, at := range order {
		drawn[i] = leads[at]
	}
	return drawn
}
