// Package labelled reads sets of accounts and leads whose right answers are known: the sample, which is built in, and those of
// a folder, two files each: SET.accounts.jsonl.gz and SET.leads.jsonl.gz.
package labelled

import (
	"errors"
	"fmt"
	"path/filepath"
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

// Sample is the name of the set that is built in.
const Sample = "sample"

// Set is a book of accounts, and leads.
type Set struct {
	Name     string
	Accounts []matcher.Account
	Leads    []Lead
}

// Lead is a lead as typed, and its right answer.
type Lead struct {
	Typed matcher.Lead
	Truth eval.Labelled
}

// All yields the accounts; there is no error.
func (s *Set) All(yield func(*matcher.Account, error) bool) {
	for i := range s.Accounts {
		if !yield(&s.Accounts[i], nil) {
			return
		}
	}
}

// Names returns the names of all sets: the built-in one and those in the folder, sorted, if a folder is given.
func Names(dir string) ([]string, error) {
	sets := []string{Sample}
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

// Files returns where a folder has a set's accounts and leads.
func Files(dir, name string) (accounts, leads string) {
	return filepath.Join(dir, name+accountsSuffix), filepath.Join(dir, name+leadsSuffix)
}

// Read reads a set; its name tells whether it is the built-in one. A set without accounts or leads is an error.
func Read(dir, name string) (s *Set, err error) {
	if name == Sample {
		s, err = readSample()
	} else {
		s, err = readFiles(dir, name)
	}
	if err != nil {
		return nil, err
	}
	if len(s.Accounts) == 0 || len(s.Leads) == 0 {
		return nil, errors.New("no accounts or no leads: nothing to measure")
	}
	return s, nil
}

func readFiles(dir, name string) (*Set, error) {
	s := &Set{Name: name}
	accounts, typed := Files(dir, name)
	for a, err := range book.Read(accounts) {
		if err != nil {
			return nil, err
		}
		s.Accounts = append(s.Accounts, *a)
	}
	leads, err := eval.ReadFile(typed)
	if err != nil {
		return nil, err
	}
	for i := range leads {
		l := &leads[i]
		s.Leads = append(s.Leads, Lead{matcher.Lead{
			ID: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
			Address: matcher.Address{Country: l.Country, Region: l.Region, City: l.City, Postal: l.Postal, Street: l.Street},
		}, l.Labelled})
	}
	return s, nil
}

func readSample() (*Set, error) {
	accounts, err := sample.Accounts()
	if err != nil {
		return nil, err
	}
	leads, err := sample.Leads()
	if err != nil {
		return nil, err
	}
	s := &Set{Name: Sample, Accounts: accounts}
	for _, l := range leads {
		s.Leads = append(s.Leads, Lead{l.Lead, eval.Labelled{
			ID: l.ID, Expected: l.ExpectedAccountID, AmbiguousWith: l.AmbiguousWith,
			Labels: map[string]string{"scenario": l.Scenario, "how": l.How},
		}})
	}
	return s, nil
}
