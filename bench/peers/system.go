package main

import (
	"context"
	"iter"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// accounts is a book of accounts; it can be read any number of times.
type accounts = iter.Seq2[*matcher.Account, error]

// system is leadmatch or a peer of it.
type system struct {
	name    string
	version string
	setup   string // one sentence
	// open starts the system without accounts. The folder is the system's own; it need not be emptied.
	open func(ctx context.Context, dir string) (opened, error)
	// searches says that what is opened is a searcher; else it is a decider.
	sameAnswers bool // as another system, which is measured: its quality is not measured again
	searches    bool
	inside      bool  // it is in this process
	rule        *rule // a searcher's, once it is fitted
}

// opened is a system that is there. It has to be closed.
type opened interface {
	// load makes the accounts ready for matching. It is called once, before anything else.
	load(ctx context.Context, all accounts) error
	// resident returns the bytes of memory that it takes, 0 where the system does not tell.
	resident() (int, error)
	close() error
}

// decider is a system with a decision rule of its own.
type decider interface {
	opened
	// worker returns a function that decides leads one after the other. The answer's slices are reused.
	worker(ctx context.Context) (decide, error)
}

// searcher is a system that finds accounts and says how like the lead they are; what is done with them is a rule's.
type searcher interface {
	opened
	// finder returns a function that finds accounts for leads one after the other.
	finder(ctx context.Context) (find, error)
}

type (
	decide func(ctx context.Context, l *matcher.Lead, out *eval.Answer) error
	// find appends the accounts that have one of the lead's keys, or, when there are none, those with the likest names.
	find func(ctx context.Context, l *record, dst []hit) ([]hit, error)
)

// hit is an account that was found.
type hit struct {
	id       string
	byDomain bool
	byPhone  bool
	score    float64 // how like the names are, 0 to 1
	place    normalize.Places
}

const (
	hitsByName = 20 // how many accounts of like names are asked for
	hitsByKey  = 50 // how many that have a key in common
)

// setKey notes that the hit has a key of the lead.
func (h *hit) setKey(key string) {
	if strings.HasPrefix(key, phoneKey) {
		h.byPhone = true
	} else {
		h.byDomain = true
	}
}

// ruled makes one function of finding and deciding, from the lead as typed to the answer.
func ruled(f find, r *rule) decide {
	var read reader
	var hits []hit
	return func(ctx context.Context, l *matcher.Lead, out *eval.Answer) (err error) {
		lead := read.lead(l)
		if hits, err = f(ctx, &lead, hits[:0]); err != nil {
			return err
		}
		r.decide(&lead, hits, out)
		return nil
	}
}

// workerOf returns a function that decides leads by the system's own rule or by the one that was fitted for it.
func (s *system) workerOf(ctx context.Context, o opened) (decide, error) {
	if !s.searches {
		return o.(decider).worker(ctx)
	}
	f, err := o.(searcher).finder(ctx)
	if err != nil {
		return nil, err
	}
	return ruled(f, s.rule), nil
}
