package server

import (
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

func (s *Server) logDecisions(method string, leads []*leadmatchv1.Lead, outcomes []*leadmatchv1.Outcome) {
	if s.decisions != nil {
		s.decisions.Add(method, leads, outcomes)
	}
}
