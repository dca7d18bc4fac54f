package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

const (
	seed     = 1
	inFlight = 64 // calls
	patience = time.Minute
)

// measurement is a server with accounts, the same accounts in this process, and what is measured with both.
type measurement struct {
	config
	dir      string // of the server's data
	server   *local.Server
	clients  []*client.Client
	book     iter.Seq2[*matcher.Account, error]
	accounts int
	index    *matcher.Index
	leads    map[string]*leadSet // by the name of their mix

	unary  []unaryRow
	bulk   bulkFigures
	rates  []*rateRow
	writes writeFigures
}

// leadSet are the leads of a mix, as the engine and as the server are asked.
type leadSet struct {
	engine []*matcher.Lead
	wire   []*leadmatchv1.Lead
}

// The mixes that are measured.
const (
	usual  = "usual"
	domain = "domain"
)

var mixes = map[string]load.Mix{usual: load.Usual, domain: {corpus.Domain: 1}}

// begin starts a server and fills it. The caller ends it.
func begin(ctx context.Context, c config, server, dataDir string) (m *measurement, err error) {
	m = &measurement{config: c, dir: dataDir, leads: map[string]*leadSet{}, index: matcher.New(nil)}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.end())
		}
	}()
	if err := m.makeLeads(); err != nil {
		return nil, err
	}
	if m.server, err = local.Start(ctx, server, dataDir); err != nil {
		return nil, err
	}
	for range 4 {
		one, err := client.Dial(m.server.Addr, &client.Options{Once: true, Timeout: patience})
		if err != nil {
			return nil, err
		}
		m.clients = append(m.clients, one)
	}
	program.Say("sending the accounts to the server")
	if err := m.replace(ctx); err != nil {
		return nil, err
	}
	program.Say("building the engine alone")
	return m, m.index.Replace(1, m.book)
}

func (m *measurement) makeLeads() (err error) {
	var byKind [][]*matcher.Lead
	if m.file != "" {
		program.Say("making leads of %s", m.file)
		m.book = book.Read(m.file)
		byKind, err = corpus.LeadsFor(seed, m.book, m.config.leads)
	} else {
		c := corpus.New(seed, m.config.accounts)
		m.book, byKind = c.Accounts(), c.Leads(m.config.leads)
	}
	if err != nil {
		return err
	}
	for name, mix := range mixes {
		mixed, err := mix.Of(seed, byKind, m.config.leads)
		if err != nil {
			return err
		}
		m.leads[name] = &leadSet{mixed, load.Wire(mixed)}
	}
	return nil
}

// replace makes the accounts the server's whole set.
func (m *measurement) replace(ctx context.Context) error {
	res, err := m.clients[0].ReplaceAccounts(ctx, func(yield func(*leadmatchv1.Account, error) bool) {
		for a, err := range m.book {
			if !yield(load.WireAccount(a), err) {
				return
			}
		}
	})
	m.accounts = int(res.GetAccounts())
	return err
}

func (m *measurement) end() (err error) {
	for _, c := range m.clients {
		err = errors.Join(err, c.Close())
	}
	if m.server != nil {
		err = errors.Join(err, m.server.Stop())
	}
	m.index.Close()
	return err
}

// plan is a closed loop of the leads of a mix, without a warm-up: rounds come one after the other.
func (m *measurement) plan(mix string, mode load.Mode, batch int) *load.Plan {
	return &load.Plan{
		Clients: m.clients, Mode: mode, Leads: m.leads[mix].wire, Batch: batch, InFlight: inFlight, Streams: len(m.clients),
		Duration: m.span, Timeout: patience,
	}
}

// cost is a measurement and the processor's time that the server took for each lead, if the system tells.
type cost struct {
	perSecond float64
	cpu       time.Duration
}

// run carries a plan out, and again for longer when nothing was answered in its time. What fails makes the figures
// worthless: it is an error.
func (m *measurement) run(ctx context.Context, p *load.Plan) (*load.Result, cost, error) {
	before := local.CPUTime(m.server.Pid())
	r, err := load.Run(ctx, p)
	if err != nil {
		return nil, cost{}, err
	}
	used := local.CPUTime(m.server.Pid()) - before
	if r.Leads == 0 && len(r.Failures) == 0 && ctx.Err() == nil && p.Duration < patience {
		longer := *p
		longer.Duration *= 2
		return m.run(ctx, &longer)
	}
	failures := r.Failures
	if r.Writes != nil {
		failures = append(append(failures, r.Writes.Failures...), r.Writes.Unchecked...)
	}
	switch {
	case len(failures) > 0:
		return nil, cost{}, fmt.Errorf("%d calls failed with %s: %s", failures[0].Messages, failures[0].Code, failures[0].Message)
	case r.Leads == 0 && ctx.Err() == nil:
		return nil, cost{}, errors.New("nothing was answered in the time; see -span")
	case r.Writes != nil && r.Writes.NotVisible > 0:
		return nil, cost{}, fmt.Errorf("a write was not visible at its acknowledgement: %s", r.Writes.Missing)
	}
	return r, cost{r.LeadsPerSecond, used / time.Duration(max(1, r.Leads))}, nil
}
