package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// plan makes the load that the flags ask for, but for its rate.
func (f *flags) plan(ctx context.Context, clients []*client.Client) (*load.Plan, error) {
	leads, err := f.leads(ctx, clients[0])
	if err != nil {
		return nil, err
	}
	p := &load.Plan{
		Clients: clients, Mode: f.Mode, Leads: leads, Batch: f.Batch, InFlight: f.InFlight, Streams: f.Streams,
		WarmUp: f.WarmUp, Duration: f.Duration, Timeout: f.Timeout,
		Options: &leadmatchv1.MatchOptions{Limit: f.Limit, Explain: f.Explain},
	}
	if p.Mode == load.Unary {
		p.Batch = 1
	}
	if f.WriteRate > 0 {
		p.Writes = &load.Writes{
			Rate: f.WriteRate, Batch: f.WriteBatch, InFlight: f.WriteInFlight, Accounts: f.WriteAccounts, Seed: f.Seed,
		}
	}
	if err := p.Check(); err != nil {
		return nil, usageError{err}
	}
	return p, nil
}

// leads reads or makes the leads to send.
func (f *flags) leads(ctx context.Context, c *client.Client) ([]*leadmatchv1.Lead, error) {
	if f.Leads != "" {
		return readLeads(f.Leads)
	}
	mix, err := load.ParseMix(f.Mix)
	if err != nil {
		return nil, usageError{fmt.Errorf("--mix: %w", err)}
	}
	byKind, err := f.byKind(ctx, c)
	if err != nil {
		return nil, err
	}
	mixed, err := mix.Of(f.Seed, byKind, f.Distinct)
	if err != nil {
		return nil, usageError{fmt.Errorf("--mix: %w", err)}
	}
	return load.Wire(mixed), nil
}

func readLeads(path string) (out []*leadmatchv1.Lead, err error) {
	for l, err := range each(path, rows.NewLeads) {
		if err != nil {
			return nil, usageError{err}
		}
		l, _ = client.Mend(l)
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, usageError{fmt.Errorf("%s: there is no lead in it", path)}
	}
	return out, nil
}

// serverAccounts is how many of the server's accounts leads are made of when nothing else is said.
const serverAccounts = 10_000

// byKind makes leads of every kind.
func (f *flags) byKind(ctx context.Context, c *client.Client) ([][]*matcher.Lead, error) {
	if f.Corpus > 0 {
		return corpus.New(f.Seed, f.Corpus).Leads(f.Distinct), nil
	}
	accounts := each(f.Accounts, rows.NewAccounts)
	if f.Accounts == "" {
		first, err := firstOf(c.Accounts(ctx), serverAccounts)
		if err != nil {
			return nil, fmt.Errorf("the server's accounts: %w", err)
		}
		accounts = first
	}
	byKind, err := corpus.LeadsFor(f.Seed, engineAccounts(accounts), f.Distinct)
	if err == nil && len(byKind[corpus.Exact]) == 0 {
		err = errors.New("there is no account to make leads from; --corpus makes some that are of none")
	}
	return byKind, err
}

// firstOf reads the first n.
func firstOf(all iter.Seq2[*leadmatchv1.Account, error], n int) (iter.Seq2[*leadmatchv1.Account, error], error) {
	var read []*leadmatchv1.Account
	for a, err := range all {
		if err != nil {
			return nil, err
		}
		if read = append(read, a); len(read) == n {
			break
		}
	}
	return func(yield func(*leadmatchv1.Account, error) bool) {
		for _, a := range read {
			if !yield(a, nil) {
				return
			}
		}
	}, nil
}

// engineAccounts yields of accounts what leads are made of.
func engineAccounts(all iter.Seq2[*leadmatchv1.Account, error]) iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		for a, err := range all {
			if !yield(&matcher.Account{ID: a.GetId(), Name: a.GetName(), Domains: a.GetDomains()}, err) {
				return
			}
		}
	}
}

// each yields the rows of a file. The first that cannot be read ends it.
func each[T any](path string, open func(*rows.Input, *rows.Options) (*rows.Reader[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		in, err := rows.Open(path, rows.InputOptions{}, nil)
		if err != nil {
			yield(none, err)
			return
		}
		defer in.Close()
		r, err := open(in, nil)
		for err == nil {
			var row T
			if row, err = r.Read(); err == nil && !yield(row, nil) {
				return
			}
		}
		if err != io.EOF {
			yield(none, err)
		}
	}
}
