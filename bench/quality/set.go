package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

const (
	accountsSuffix = ".accounts.jsonl.gz"
	leadsSuffix    = ".leads.jsonl.gz"
	batchSize      = 50_000 // accounts a change when a set is imported
)

// labelledSet is a book of accounts and leads whose right answers are known.
type labelledSet struct {
	name     string
	accounts []matcher.Account
	byID     map[string]*matcher.Account
	leads    []labelledLead
}

// labelledLead is a lead with its right answer.
type labelledLead struct {
	matcher.Lead
	Expected  string   // id of its account; empty when it has none
	Ambiguous []string // ids of accounts that nobody could tell apart from Expected; they count as right
	fields    map[string]string
}

// right says whether the account is the lead's.
func (l *labelledLead) right(accountID string) bool {
	if l.Expected == "" || accountID == "" {
		return false
	}
	return accountID == l.Expected || slices.Contains(l.Ambiguous, accountID)
}

// setsIn returns the names of the labelled sets in a folder, sorted.
func setsIn(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+leadsSuffix))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no SET%s in %s", leadsSuffix, dir)
	}
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(p), leadsSuffix)
	}
	return paths, nil
}

func loadSet(dir, name string) (*labelledSet, error) {
	s := &labelledSet{name: name, byID: map[string]*matcher.Account{}}
	for a, err := range rows[accountRow](filepath.Join(dir, name+accountsSuffix)) {
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a.account())
	}
	for l, err := range rows[leadRow](filepath.Join(dir, name+leadsSuffix)) {
		if err != nil {
			return nil, err
		}
		s.leads = append(s.leads, l.lead())
	}
	if len(s.accounts) == 0 || len(s.leads) == 0 {
		return nil, errors.New("no accounts or no leads: nothing to measure")
	}
	for i := range s.accounts {
		s.byID[s.accounts[i].ID] = &s.accounts[i]
	}
	return s, nil
}

// index returns an index of the set's accounts and how long it took to build.
func (s *labelledSet) index() (*matcher.Index, importFigures) {
	x := matcher.New(nil)
	start := time.Now()
	for batch := range slices.Chunk(s.accounts, batchSize) {
		x.Apply(matcher.Changes{Revision: x.Snapshot().Versions().Revision + 1, Upsert: batch})
	}
	return x, importFigures{Accounts: len(s.accounts), Seconds: time.Since(start).Seconds()}
}

// accountRow is an account as the files spell it.
type accountRow struct {
	ID, Name                            string
	Aliases, Domains                    []string
	Country, Region, City, Postal, Type string
	Phone                               string
	ParentID                            string `json:"parent_id"`
}

func (r *accountRow) account() matcher.Account {
	a := matcher.Account{
		ID: r.ID, Name: r.Name, Aliases: r.Aliases, Domains: r.Domains, ParentID: r.ParentID,
		Addresses: []matcher.Address{{Country: r.Country, Region: r.Region, City: r.City, Postal: r.Postal}},
	}
	if r.Phone != "" {
		a.Phones = []string{r.Phone}
	}
	if r.Type != "" {
		a.Labels = map[string]string{"type": r.Type}
	}
	return a
}

// leadRow is a labelled lead as the files spell it.
type leadRow struct {
	ID, Company, Email, Website, Phone string
	City, Country, Postal              string
	Expected                           string   `json:"expected_account_id"`
	Ambiguous                          []string `json:"ambiguous_with"`
	Scenario, Overlap, How, Base       string
}

func (r *leadRow) lead() labelledLead {
	return labelledLead{
		Lead: matcher.Lead{
			ID: r.ID, Company: r.Company, Email: r.Email, Website: r.Website, Phone: r.Phone,
			Address: matcher.Address{Country: r.Country, City: r.City, Postal: r.Postal},
		},
		Expected: r.Expected, Ambiguous: r.Ambiguous,
		fields: map[string]string{"scenario": r.Scenario, "overlap": r.Overlap, "how": r.How, "base": r.Base},
	}
}

// rows yields the JSON objects of a gzipped file, a line each. A broken line ends it with an error that names the line.
func rows[T any](path string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		unzipped, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w", path, err))
			return
		}
		lines := bufio.NewScanner(unzipped)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			row := new(T)
			if err := json.Unmarshal(lines.Bytes(), row); err != nil {
				yield(nil, fmt.Errorf("%s:%d: %w", path, n, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, fmt.Errorf("%s: %w", path, err))
		}
	}
}
