package server

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/decisionlog"
)

func (s *Server) openDecisionLog() (err error) {
	if s.cfg.DecisionLog == "" {
		return nil
	}
	s.decisions, err = decisionlog.Open(decisionlog.Options{
		Path: s.cfg.DecisionLog, Leads: decisionlog.Leads(s.cfg.DecisionLogLeads), Share: s.cfg.DecisionLogShare,
		MaxBytes: s.cfg.DecisionLogMaxBytes, MaxAge: s.cfg.DecisionLogMaxAge, Keep: s.cfg.DecisionLogKeep, Log: s.log,
	})
	return err
}

// closeDecisionLog writes what is waiting. The calls have ended.
func (s *Server) closeDecisionLog() error {
	if s.decisions == nil {
		return nil
	}
	return s.decisions.Close()
}

func (s *Server) logDecisions(method string, leads []*leadmatchv1.Lead, outcomes []*leadmatchv1.Outcome, opts *leadmatchv1.MatchOptions) {
	if s.decisions != nil && !opts.GetUnlogged() {
		s.decisions.Add(method, leads, outcomes)
	}
}

var errNoDecisionLog = status.Error(codes.FailedPrecondition, "this server writes no decision log (leadmatchd --decision-log FILE)")

func (s *adminService) ListDecisions(_ context.Context, req *leadmatchv1.ListDecisionsRequest) (*leadmatchv1.ListDecisionsResponse, error) {
	var c checker
	q := decisionlog.Query{Most: c.pageSize(req.GetPageSize()), From: c.placeToken(req.GetPageToken()), Decisions: c.decisions(req.GetDecisions())}
	if err := c.err(); err != nil {
		return nil, err
	}
	if s.server.decisions == nil {
		return nil, errNoDecisionLog
	}
	found, next, err := s.server.decisions.Read(q)
	if err != nil {
		return nil, err
	}
	res := &leadmatchv1.ListDecisionsResponse{Decisions: found}
	if next != (decisionlog.Place{}) {
		res.NextPageToken = pageToken(pageOfDecisions, next.String())
	}
	return res, nil
}

// placeToken returns where in the log a page begins.
func (c *checker) placeToken(token string) decisionlog.Place {
	text := c.pageToken(pageOfDecisions, token)
	place, ok := decisionlog.ParsePlace(text)
	if !ok && text != "" {
		c.failToken()
	}
	return place
}

// decisions checks what is asked for.
func (c *checker) decisions(asked []leadmatchv1.Decision) []leadmatchv1.Decision {
	c.count(nil, "decisions", len(asked), len(leadmatchv1.Decision_name))
	for i, d := range asked {
		if p := item("decisions", i); d == 0 || leadmatchv1.Decision_name[int32(d)] == "" {
			c.fail(&p, "must be MATCHED, REVIEW, NO_MATCH or INSUFFICIENT; it is %v", d)
		}
	}
	return asked
}
