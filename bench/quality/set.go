package main

import (
	"slices"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/labelled"
	"github.com/leadmatch/leadmatch/matcher"
)

// labelledSet is a labelled set with its accounts by id.
type labelledSet struct {
	*labelled.Set
	byID map[string]*matcher.Account
}

func loadSet(dir, name string) (*labelledSet, error) {
	read, err := labelled.Read(dir, name)
	if err != nil {
		return nil, err
	}
	s := &labelledSet{read, make(map[string]*matcher.Account, len(read.Accounts))}
	for i := range s.Accounts {
		s.byID[s.Accounts[i].ID] = &s.Accounts[i]
	}
	return s, nil
}

// index returns an index of the set's accounts and of those in the file, if one is named, imported so many at a time, and
// how long Apply took.
func (s *labelledSet) index(among string, batchSize int) (*matcher.Index, importFigures, error) {
	x, figures := matcher.New(nil), importFigures{}
	add := func(batch []matcher.Account) {
		start := time.Now()
		x.Apply(matcher.Changes{Revision: x.Snapshot().Versions().Revision + 1, Upsert: batch})
		figures.Accounts += len(batch)
		figures.Seconds += time.Since(start).Seconds()
	}
	for batch := range slices.Chunk(s.Accounts, batchSize) {
		add(batch)
	}
	if among == "" {
		return x, figures, nil
	}
	var batch []matcher.Account
	for a, err := range book.Read(among) {
		if err != nil {
			return nil, figures, err
		}
		batch = append(batch, *a)
		if len(batch) == batchSize {
			add(batch)
			batch = batch[:0]
		}
	}
	add(batch)
	return x, figures, nil
}
