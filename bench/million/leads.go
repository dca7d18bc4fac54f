package main

import (
	"context"
	"encoding/json"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/matcher"
)

const seed = 1

// kindLeads are leads of one kind, and how long the engine takes for them.
type kindLeads struct {
	kind  corpus.Kind
	leads []*matcher.Lead
	times timing.Summary
}

// prepare makes the leads, and writes the accounts where they are not in a file yet.
func (m *measurement) prepare(context.Context) error {
	c := corpus.New(seed, m.config.accounts)
	if m.path = m.file; m.file == "" {
		m.path = filepath.Join(m.dir, "accounts.jsonl")
		if err := writeBook(m.path, c.Accounts()); err != nil {
			return err
		}
	}
	for _, kind := range corpus.Kinds {
		k := kindLeads{kind: kind}
		for i := range m.leads {
			l, _ := c.Lead(kind, i)
			k.leads = append(k.leads, &l)
		}
		m.leadSet = append(m.leadSet, k)
	}
	if m.file == "" {
		return nil
	}
	return m.retypeLeads()
}

// retypeLeads gives the leads names and domains of accounts of the file, where they are about an account.
func (m *measurement) retypeLeads() error {
	r := rand.New(rand.NewPCG(seed, 0))
	any, err := pick(r, m.path, m.leads, func(*matcher.Account) bool { return true })
	if err != nil {
		return err
	}
	withDomain, err := pick(r, m.path, m.leads, func(a *matcher.Account) bool { return len(a.Domains) > 0 })
	if err != nil {
		return err
	}
	for _, k := range m.leadSet {
		for i, l := range k.leads {
			switch {
			case k.kind == corpus.Domain && len(withDomain) > 0:
				a := withDomain[i%len(withDomain)]
				l.Company, l.Email = a.Name, "jo.doe@"+a.Domains[0]
			case k.kind == corpus.Exact, k.kind == corpus.Fuzzy, k.kind == corpus.Typo:
				l.Company = corpus.Retype(k.kind, r, any[i%len(any)].Name)
			}
		}
	}
	return nil
}

// pick draws up to n accounts that fit, each as likely as any other.
func pick(r *rand.Rand, path string, n int, fits func(*matcher.Account) bool) (picked []*matcher.Account, err error) {
	seen := 0
	for a, err := range book.Read(path) {
		if err != nil {
			return nil, err
		}
		if !fits(a) {
			continue
		}
		seen++
		if len(picked) < n {
			picked = append(picked, a)
		} else if at := r.IntN(seen); at < n {
			picked[at] = a
		}
	}
	return picked, nil
}

func writeBook(path string, accounts iter.Seq2[*matcher.Account, error]) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := book.Write(f, accounts); err != nil {
		return err
	}
	return f.Close()
}

// writeLeads writes all leads as the command line reads them, and returns how many there are.
func writeLeads(path string, kinds []kindLeads) (n int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := json.NewEncoder(f)
	for _, k := range kinds {
		for _, l := range k.leads {
			if err := lines.Encode(map[string]string{"id": l.ID, "company": l.Company, "email": l.Email}); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, f.Close()
}
