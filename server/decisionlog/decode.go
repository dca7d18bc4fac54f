package decisionlog

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// decode reads a line that Add wrote; nil when it is none.
func decode(line []byte) *leadmatchv1.LoggedDecision {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil || e.Outcome.Decision == "" {
		return nil
	}
	d := &leadmatchv1.LoggedDecision{Time: timestamppb.New(e.Time), Method: e.Method, Cut: e.Cut, Outcome: e.Outcome.message()}
	if e.Lead != nil {
		d.Lead = e.Lead.message()
	}
	return d
}

func (l *lead) message() *leadmatchv1.Lead {
	m := &leadmatchv1.Lead{
		Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone,
		Address: &leadmatchv1.Address{Country: l.Country, Region: l.Region, City: l.City, Postal: l.Postal, Street: l.Street},
	}
	if proto.Size(m.GetAddress()) == 0 {
		m.Address = nil
	}
	return m
}

func (o *outcome) message() *leadmatchv1.Outcome {
	m := &leadmatchv1.Outcome{
		LeadId: o.LeadID, Decision: value[leadmatchv1.Decision](o.Decision), DecidedBy: value[leadmatchv1.DecidedBy](o.DecidedBy),
		TieBreakRung: o.TieBreakRung, OverrideId: o.OverrideID, AccountId: o.AccountID, OwnerId: o.OwnerID,
		Probability: o.Probability, MarginBits: o.MarginBits, NoMatchProbability: o.NoMatchProbability,
		Versions: &leadmatchv1.Versions{
			Revision: o.Versions.Revision, Policy: o.Versions.Policy, Normalizer: o.Versions.Normalizer, Model: o.Versions.Model,
		},
	}
	for _, r := range o.Reasons {
		m.Reasons = append(m.Reasons, value[leadmatchv1.Reason](r))
	}
	return m
}
