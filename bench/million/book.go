package main

import (
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/plot"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/matcher"
)

const seed = 1

// measurement is a book of accounts, leads for them, and what is measured with them.
type measurement struct {
	name     string // over its column
	dir      string // for data
	accounts iter.Seq2[*matcher.Account, error]
	file     string // that the accounts are in; empty: they have to be written first
	makeAll  func() ([][]*matcher.Lead, error)
	leads    [][]*matcher.Lead // by kind

	imported, restarted, matched, built timed
	storeBytes                          int
	server                              serverFigures
	snapshot                            *matcher.Snapshot
	times                               [][]time.Duration // of leads, by kind, the least of all rounds
	sums                                []timing.Summary  // of these
}

// timed is something done a number of times.
type timed struct {
	n    int
	took time.Duration
}

func (t timed) perSecond() float64 { return float64(t.n) / t.took.Seconds() }

func ofCorpus(accounts, leads int, dir string) *measurement {
	c := corpus.New(seed, accounts)
	return &measurement{
		name: plot.Number(float64(accounts)), dir: filepath.Join(dir, strconv.Itoa(accounts)), accounts: c.Accounts(),
		makeAll: func() ([][]*matcher.Lead, error) { return c.Leads(leads), nil },
	}
}

func ofFile(path string, leads int, dir string) *measurement {
	accounts := book.Read(path)
	return &measurement{
		name: filepath.Base(path), dir: filepath.Join(dir, "file"), accounts: accounts, file: path,
		makeAll: func() ([][]*matcher.Lead, error) { return corpus.LeadsFor(seed, accounts, leads) },
	}
}

// prepare makes the folder and the leads, and writes the accounts where they are not in a file yet.
func (m *measurement) prepare() (path string, err error) {
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		return "", err
	}
	if m.leads, err = m.makeAll(); err != nil || m.file != "" {
		return m.file, err
	}
	path = filepath.Join(m.dir, "accounts.jsonl")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := book.Write(f, m.accounts); err != nil {
		return "", err
	}
	return path, f.Close()
}

// writeLeads writes all leads as the command line reads them, and returns how many there are.
func (m *measurement) writeLeads(path string) (n int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := json.NewEncoder(f)
	for _, leads := range m.leads {
		for _, l := range leads {
			if err := lines.Encode(map[string]string{"id": l.ID, "company": l.Company, "email": l.Email}); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, f.Close()
}
