package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

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
	leads    []labelledLead
}

type labelledLead struct {
	typed matcher.Lead
	truth eval.Labelled
}

// all yields the accounts.
func (s *labelledSet) all(yield func(*matcher.Account, error) bool) {
	for i := range s.accounts {
		if !yield(&s.accounts[i], nil) {
			return
		}
	}
}

// loadSets reads the sample and, if a folder is given, its sets; of each up to n leads, drawn once and for all.
func loadSets(dir string, n int) ([]*labelledSet, error) {
	first, err := readSample()
	if err != nil {
		return nil, err
	}
	sets := []*labelledSet{first}
	if dir != "" {
		paths, err := filepath.Glob(filepath.Join(dir, "*"+leadsSuffix))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("no SET%s in %s", leadsSuffix, dir)
		}
		for _, path := range paths {
			s, err := readSet(strings.TrimSuffix(path, leadsSuffix))
			if err != nil {
				return nil, err
			}
			sets = append(sets, s)
		}
	}
	for _, s := range sets {
		s.draw(n)
	}
	return sets, nil
}

func (s *labelledSet) draw(n int) {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(s.leads))
	order = order[:min(n, len(order))]
	slices.Sort(order)
	drawn := make([]labelledLead, len(order))
	for i, at := range order {
		drawn[i] = s.leads[at]
	}
	s.leads = drawn
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
	s := &labelledSet{name: "sample", accounts: accounts}
	for _, l := range leads {
		s.leads = append(s.leads, labelledLead{l.Lead, eval.Labelled{ID: l.ID, Expected: l.ExpectedAccountID, AmbiguousWith: l.AmbiguousWith}})
	}
	return s, nil
}

// readSet reads PATH.accounts.jsonl.gz and PATH.leads.jsonl.gz.
func readSet(path string) (*labelledSet, error) {
	s := &labelledSet{name: filepath.Base(path)}
	for a, err := range book.Read(path + accountsSuffix) {
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, *a)
	}
	leads, err := eval.ReadFile(path + leadsSuffix)
	if err != nil {
		return nil, err
	}
	for i := range leads {
		l := &leads[i]
		s.leads = append(s.leads, labelledLead{matcher.Lead{
			ID: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
			Address: matcher.Address{Country: l.Country, Region: l.Region, City: l.City, Postal: l.Postal, Street: l.Street},
		}, l.Labelled})
	}
	return s, nil
}
