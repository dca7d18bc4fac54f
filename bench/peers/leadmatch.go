package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// engine is leadmatch in this process.
type engine struct{ index *matcher.Index }

func inProcess(version string) *system {
	return &system{
		name: "leadmatch, in-process", version: version, inside: true,
		setup: "the engine with its default policy",
		open:  func(context.Context, string) (opened, error) { return &engine{matcher.New(nil)}, nil },
	}
}

func (e *engine) load(_ context.Context, all accounts) error { return e.index.Replace(1, all) }
func (e *engine) resident() (int, error)                     { return ownMemory() }
func (e *engine) close() error                               { e.index.Close(); return nil }

func (e *engine) worker(context.Context) (decide, error) {
	s := e.index.Snapshot()
	var o matcher.Outcome
	return func(_ context.Context, l *matcher.Lead, out *eval.Answer) error {
		s.Match(&o, l, matcher.MatchOptions{})
		*out = eval.Answer{Decision: decisions[o.Decision], AccountID: o.AccountID, Probability: o.Probability, Candidates: out.Candidates[:0]}
		for i := range o.Candidates {
			c := &o.Candidates[i]
			out.Candidates = append(out.Candidates, eval.Scored{AccountID: c.AccountID, Probability: c.Probability})
		}
		return nil
	}, nil
}

var decisions = map[matcher.Decision]string{
	matcher.Matched: eval.Matched, matcher.Review: "REVIEW", matcher.NoMatch: "NO_MATCH", matcher.Insufficient: "INSUFFICIENT",
}

// served is leadmatch behind gRPC.
type served struct {
	dir      string
	programs local.Programs
	server   *local.Server // nil when none was started

	mu    sync.Mutex // guards what follows
	calls []*client.Client
}

func overGRPC(version string) *system {
	return &system{
		name: "leadmatch, over gRPC", version: version, sameAnswers: true,
		setup: "leadmatchd with its defaults, asked with unary calls over loopback TCP; built means imported by the command line, durably, and started anew",
		open: func(ctx context.Context, dir string) (opened, error) {
			programs, err := local.Build(ctx, dir)
			return &served{dir: dir, programs: programs}, err
		},
	}
}

// load imports the accounts into a server and starts it anew, as it is when it serves.
func (s *served) load(ctx context.Context, all accounts) error {
	file := filepath.Join(s.dir, "accounts.jsonl")
	if err := writeBook(file, all); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	if _, _, err := s.server.Leadmatch(ctx, s.programs, "accounts", "import", file); err != nil {
		return err
	}
	if err := s.server.Stop(); err != nil {
		return err
	}
	return s.start(ctx)
}

func (s *served) start(ctx context.Context) (err error) {
	s.server, err = local.Start(ctx, s.programs.Server, filepath.Join(s.dir, "data"))
	return err
}

func writeBook(path string, all accounts) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(book.Write(f, all), f.Close())
}

func (s *served) resident() (int, error) { return memoryOf(s.server.Pid()) }

func (s *served) close() error {
	var errs []error
	for _, c := range s.calls {
		errs = append(errs, c.Close())
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	return errors.Join(errs...)
}

func (s *served) worker(ctx context.Context) (decide, error) {
	c, err := client.Dial(s.server.Addr, nil)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if err := c.WaitReady(ctx); err != nil {
		return nil, err
	}
	return func(ctx context.Context, l *matcher.Lead, out *eval.Answer) error {
		o, err := c.Match(ctx, wire(l), nil)
		if err != nil {
			return err
		}
		*out = eval.Answer{
			Decision: strings.TrimPrefix(o.Decision.String(), "DECISION_"), AccountID: o.AccountId,
			Probability: o.Probability, Candidates: out.Candidates[:0],
		}
		for _, c := range o.Candidates {
			out.Candidates = append(out.Candidates, eval.Scored{AccountID: c.AccountId, Probability: c.Probability})
		}
		return nil
	}, nil
}

func wire(l *matcher.Lead) *leadmatchv1.Lead {
	m := &leadmatchv1.Lead{Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone}
	if a := l.Address; a != (matcher.Address{}) {
		m.Address = &leadmatchv1.Address{Country: a.Country, Region: a.Region, City: a.City, Postal: a.Postal, Street: a.Street}
	}
	return m
}
