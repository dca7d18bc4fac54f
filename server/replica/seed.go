package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/backup"
	"github.com/leadmatch/leadmatch/server/store"
)

// seedBatch is how many messages are appended at once: what a stream of NATS takes.
const seedBatch = 1000

// Seed fills a log that holds nothing with what a backup does. Revisions and times are then the log's. Either all of it
// is in the log afterwards, or nothing that a replica would show.
func Seed(ctx context.Context, log Log, from io.Reader) (store.Report, error) {
	last, err := log.Last(ctx)
	if err == nil && last > 0 {
		err = fmt.Errorf("%w: %s holds something, or has; it must be a new one", store.ErrOtherLog, log.ID())
	}
	if err != nil {
		return store.Report{}, err
	}
	s := &seeding{ctx: ctx, log: log}
	at, err := log.Append(ctx, []Message{{Subject: subjectBegin}})
	if err != nil {
		return store.Report{}, err
	}
	s.generation = at + 1
	err = backup.Read(from, backup.Funcs{
		State:    func(*storev1.StateRecord) error { return nil },
		Policy:   func(p *storev1.PolicyRecord) error { s.policies = append(s.policies, p); return nil },
		Former:   s.former,
		Override: func(o *storev1.OverrideRecord) error { s.overrides = append(s.overrides, o); return nil },
		Account:  s.account,
	})
	if err == nil {
		err = s.finish()
	}
	if err != nil {
		return store.Report{}, errors.Join(err, log.Purge(context.WithoutCancel(ctx), ">"))
	}
	return s.report, nil
}

// seeding is a log that is being filled. What a backup holds is known to be whole at its end: until then there are only
// accounts in the log, which are not the present ones.
type seeding struct {
	ctx        context.Context
	log        Log
	generation uint64
	batch      store.Batch
	policies   []*storev1.PolicyRecord // oldest first
	overrides  []*storev1.OverrideRecord
	report     store.Report
}

func (s *seeding) former(f *storev1.FormerPoliciesRecord) error {
	for _, p := range f.GetPolicies() { // newest first, all older than the one in force
		s.policies = append([]*storev1.PolicyRecord{p}, s.policies...)
	}
	return nil
}

func (s *seeding) account(a *storev1.AccountRecord) error {
	s.report.Accounts++
	if s.batch.Upsert = append(s.batch.Upsert, a); len(s.batch.Upsert) == seedBatch {
		return s.flush()
	}
	return nil
}

func (s *seeding) flush() error {
	messages, err := messagesOf(&s.batch, s.generation)
	s.batch = store.Batch{}
	if err == nil && len(messages) > 0 {
		s.report.Revision, err = s.log.Append(s.ctx, messages)
	}
	return err
}

func (s *seeding) finish() error {
	if err := s.flush(); err != nil {
		return err
	}
	for _, p := range s.policies {
		s.batch.Policy, s.report.Policy = p, p.GetVersion()
		if err := s.flush(); err != nil {
			return err
		}
	}
	for _, o := range s.overrides {
		s.report.Overrides++
		if s.batch.SetOverrides = append(s.batch.SetOverrides, o); len(s.batch.SetOverrides) == seedBatch {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	var err error
	s.report.Revision, err = s.log.Append(s.ctx, []Message{{Subject: subjectSet, Data: strconv.AppendUint(nil, s.generation, 10)}})
	return err
}
