package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/client/rows"
	"github.com/leadmatch/leadmatch/matcher"
)

const (
	seed     = 1
	distinct = 20_000 // leads of each kind that the file's are drawn from
)

func (m *measurement) path(name string) string { return filepath.Join(m.dir, name) }

// prepare makes the accounts, in a file, and the leads, in memory and in a compressed file.
func (m *measurement) prepare(context.Context) error {
	c := corpus.New(seed, m.config.accounts)
	if err := m.writeAccounts("accounts.jsonl", c.Accounts()); err != nil {
		return err
	}
	drawn, err := load.Usual.Of(seed, c.Leads(min(distinct, m.config.leads)), m.config.leads)
	if err != nil {
		return err
	}
	m.leads = drawn
	return m.writeLeads()
}

func (m *measurement) writeAccounts(name string, accounts iter.Seq2[*matcher.Account, error]) error {
	f, err := os.Create(m.path(name))
	if err != nil {
		return err
	}
	return errors.Join(book.Write(f, accounts), f.Close())
}

func (m *measurement) writeLeads() error {
	out, err := rows.Create(m.path("leads.jsonl.gz"), nil)
	if err != nil {
		return err
	}
	defer out.Discard()
	var line []byte
	for i, lead := range load.Wire(m.leads) {
		lead.Id = fmt.Sprintf("%d-%s", i, lead.GetId())
		line = append(rows.AppendJSON(line[:0], lead), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Commit()
}

// timeEngine matches all leads in this process, on all processors.
func (m *measurement) timeEngine(ctx context.Context) error {
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, book.Read(m.path("accounts.jsonl"))); err != nil {
		return err
	}
	snap := x.Snapshot()
	start := time.Now()
	var next atomic.Int64
	var working sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			var out matcher.Outcome
			for i := next.Add(1) - 1; i < int64(len(m.leads)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				snap.Match(&out, m.leads[i], matcher.MatchOptions{})
			}
		})
	}
	working.Wait()
	m.engine = time.Since(start)
	m.leads = m.leads[:min(distinct, len(m.leads))] // for live calls
	return ctx.Err()
}
