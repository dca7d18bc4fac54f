package server

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Wire messages, records and the engine's types say the same things, and meet here and in package engine only. Strings and
// slices are shared, not copied: none of the three is changed once it is made.

func recordOf(a *leadmatchv1.Account) *storev1.AccountRecord {
	r := &storev1.AccountRecord{
		Id:       a.GetId(),
		Name:     a.GetName(),
		Aliases:  a.GetAliases(),
		Domains:  a.GetDomains(),
		Phones:   a.GetPhones(),
		ParentId: a.GetParentId(),
		OwnerId:  a.GetOwnerId(),
		Labels:   a.GetLabels(),
		Numbers:  a.GetNumbers(),
	}
	for _, p := range a.GetAddresses() {
		r.Addresses = append(r.Addresses, &storev1.AddressRecord{
			Country: p.GetCountry(), Region: p.GetRegion(), City: p.GetCity(), Postal: p.GetPostal(), Street: p.GetStreet(),
		})
	}
	return r
}

func recordsOf(accounts []*leadmatchv1.Account) []*storev1.AccountRecord {
	out := make([]*storev1.AccountRecord, len(accounts))
	for i, a := range accounts {
		out[i] = recordOf(a)
	}
	return out
}

func accountOf(r *storev1.AccountRecord) *leadmatchv1.Account {
	a := &leadmatchv1.Account{
		Id:       r.GetId(),
		Name:     r.GetName(),
		Aliases:  r.GetAliases(),
		Domains:  r.GetDomains(),
		Phones:   r.GetPhones(),
		ParentId: r.GetParentId(),
		OwnerId:  r.GetOwnerId(),
		Labels:   r.GetLabels(),
		Numbers:  r.GetNumbers(),
	}
	for _, p := range r.GetAddresses() {
		a.Addresses = append(a.Addresses, &leadmatchv1.Address{
			Country: p.GetCountry(), Region: p.GetRegion(), City: p.GetCity(), Postal: p.GetPostal(), Street: p.GetStreet(),
		})
	}
	return a
}

func overrideOf(r *storev1.OverrideRecord) *leadmatchv1.Override {
	return &leadmatchv1.Override{
		Id:         r.GetId(),
		Action:     leadmatchv1.OverrideAction(r.GetAction()),
		AccountId:  r.GetAccountId(),
		Domain:     r.GetDomain(),
		Company:    r.GetCompany(),
		Author:     r.GetAuthor(),
		Note:       r.GetNote(),
		CreateTime: timestamp(r.GetCreateTimeMs()),
	}
}

func policyRecord(p *leadmatchv1.Policy) *storev1.PolicyRecord {
	r := &storev1.PolicyRecord{
		Name:               p.GetName(),
		RightPerWrong:      p.GetRightPerWrong(),
		NoMatchProbability: p.GetNoMatchProbability(),
		MinMarginBits:      p.GetMinMarginBits(),
		TieBreaks:          p.GetTieBreaks(),
		Filters:            p.GetFilters(),
		SharedDomains:      p.GetSharedDomains(),
		Weights:            p.GetWeights(),
	}
	for _, c := range p.GetCalibration() {
		curve := &storev1.CalibrationRecord{Evidence: c.GetEvidence()}
		for _, at := range c.GetPoints() {
			curve.Said, curve.Worth = append(curve.Said, at.GetSaid()), append(curve.Worth, at.GetWorth())
		}
		r.Calibration = append(r.Calibration, curve)
	}
	return r
}

func policyOf(p *matcher.Policy) *leadmatchv1.Policy {
	out := &leadmatchv1.Policy{
		Name:               p.Name,
		RightPerWrong:      p.RightPerWrong,
		NoMatchProbability: p.NoMatchProbability,
		MinMarginBits:      p.MinMarginBits,
		TieBreaks:          p.TieBreaks,
		Filters:            p.Filters,
		SharedDomains:      p.SharedDomains,
		Weights:            p.Weights,
	}
	for _, c := range p.Calibration {
		curve := &leadmatchv1.Calibration{Evidence: c.Evidence}
		for _, at := range c.Points {
			curve.Points = append(curve.Points, &leadmatchv1.CalibrationPoint{Said: at.Said, Worth: at.Worth})
		}
		out.Calibration = append(out.Calibration, curve)
	}
	return out
}

func timestamp(ms int64) *timestamppb.Timestamp { return timestamppb.New(time.UnixMilli(ms)) }
