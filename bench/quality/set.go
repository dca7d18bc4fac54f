package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/sample"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
)

const (
	accountsSuffix = ".accounts.jsonl.gz"
	leadsSuffix    = ".leads.jsonl.gz"
)

// labelledSet is a book of accounts and leads whose right answers are known.
type labelledSet struct {
	name     string
	accounts []matcher.Account
	byID     map[string]*matcher.Account
	leads    []labelledLead
}

// labelledLead is a lead as typed, and its right answer.
type labelledLead struct {
	typed matcher.Lead
	truth eval.Labelled
}

func (l *labelledLead) label(name string) string { return l.truth.Labels[name] }

// sampleSet is the set that is built in.
const sampleSet = "sample"

// setsIn returns the names of all sets: the built-in one and those in the folder, sorted, if a folder is given.
func setsIn(dir string) ([]string, error) {
	sets := []string{sampleSet}
	if dir == "" {
		return sets, nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*"+leadsSuffix))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no SET%s in %s", leadsSuffix, dir)
	}
	for _, p := range paths {
		sets = append(sets, strings.TrimSuffix(filepath.Base(p), leadsSuffix))
	}
	return sets, nil
}

// loadSet reads a set; its name tells whether it is the built-in one.
func loadSet(dir, name string) (s *labelledSet, err error) {
	if name == sampleSet {
		s, err = readSample()
	} else {
		s, err = readSet(dir, name)
	}
	if err != nil {
		return nil, err
	}
	if len(s.accounts) == 0 || len(s.leads) == 0 {
		return nil, errors.New("no accounts or no leads: nothing to measure")
	}
	s.byID = make(map[string]*matcher.Account, len(s.accounts))
	for i := range s.accounts {
		s.byID[s.accounts[i].ID] = &s.accounts[i]
	}
	return s, nil
}

func readSet(dir, name string) (*labelledSet, error) {
	s := &labelledSet{name: name}
	for a, err := range book.Read(filepath.Join(dir, name+accountsSuffix)) {
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, *a)
	}
	leads, err := eval.ReadFile(filepath.Join(dir, name+leadsSuffix))
	if err != nil {
		return nil, err
	}
	for i := range leads {
		s.leads = append(s.leads, newLead(&leads[i]))
	}
	return s, nil
}

func readSample() (*labelledSet, error) {
	accounts, err := sample.Accounts()
	if err != nil {
		return nil, err
	}
	leads, err := sample.Leads()
	if err != nil {
		return nil, err
	}
	s := &labelledSet{name: sampleSet, accounts: accounts}
	for _, l := range leads {
		s.leads = append(s.leads, labelledLead{l.Lead, eval.Labelled{
			ID: l.ID, Expected: l.ExpectedAccountID, AmbiguousWith: l.AmbiguousWith,
			Labels: map[string]string{"scenario": l.Scenario, "how": l.How},
		}})
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
	for batch := range slices.Chunk(s.accounts, batchSize) {
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

func newLead(l *eval.Lead) labelledLead {
	return labelledLead{
		typed: matcher.Lead{
			ID: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
			Address: matcher.Address{Country: l.Country, Region: l.Region, City: l.City, Postal: l.Postal, Street: l.Street},
		},
		truth: l.Labelled,
	}
}
