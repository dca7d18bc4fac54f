package server

import (
	"context"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// sifted is one message of a stream of leads, checked. A lead that is wrong does not end the stream: it gets an error in
// its place.
type sifted struct {
	snap    *matcher.Snapshot
	good    []*leadmatchv1.Lead      // that can be decided
	refused []*leadmatchv1.LeadError // what is wrong with the others, in their places among all
}

// sift checks a message and waits for the revision that it asks for.
func (s *Server) sift(ctx context.Context, leads []*leadmatchv1.Lead, opts *leadmatchv1.MatchOptions) (*sifted, error) {
	var c checker
	c.options(opts)
	c.batch("leads", len(leads), 1)
	if err := c.err(); err != nil {
		return nil, err
	}
	snap, err := s.book().snapshot(ctx, opts.GetMinRevision())
	if err != nil {
		return nil, err
	}
	m := &sifted{snap, make([]*leadmatchv1.Lead, 0, len(leads)), make([]*leadmatchv1.LeadError, len(leads))}
	for i, l := range leads {
		if m.refused[i] = engine.WrongWith(l); m.refused[i] == nil {
			m.good = append(m.good, l)
		}
	}
	return m, nil
}

// results returns a result for each lead of a message: what its error comes to, or what was decided for the good lead with
// that number.
func results[R any](m *sifted, refused func(*leadmatchv1.LeadError) R, decided func(good int) R) []R {
	out := make([]R, len(m.refused))
	good := 0
	for i, wrong := range m.refused {
		if wrong != nil {
			out[i] = refused(wrong)
			continue
		}
		out[i] = decided(good)
		good++
	}
	return out
}
