package engine

import (
	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Strings and slices are shared, not copied: neither side is changed once it is made.

// Account returns the account of a record.
func Account(r *storev1.AccountRecord) (a matcher.Account) {
	SetAccount(&a, r)
	return a
}

// SetAccount sets an account to what a record says, and its list of addresses is used again.
func SetAccount(to *matcher.Account, r *storev1.AccountRecord) {
	*to = matcher.Account{
		ID:        r.GetId(),
		Name:      r.GetName(),
		Aliases:   r.GetAliases(),
		Domains:   r.GetDomains(),
		Phones:    r.GetPhones(),
		Addresses: to.Addresses[:0],
		ParentID:  r.GetParentId(),
		OwnerID:   r.GetOwnerId(),
		Labels:    r.GetLabels(),
		Numbers:   r.GetNumbers(),
	}
	for _, p := range r.GetAddresses() {
		to.Addresses = append(to.Addresses, matcher.Address{
			Country: p.GetCountry(), Region: p.GetRegion(), City: p.GetCity(), Postal: p.GetPostal(), Street: p.GetStreet(),
		})
	}
}

// SetLead sets a lead of the engine to what a message says.
func SetLead(to *matcher.Lead, l *leadmatchv1.Lead) {
	*to = matcher.Lead{
		ID: l.GetId(), Company: l.GetCompany(), Email: l.GetEmail(), Website: l.GetWebsite(), Phone: l.GetPhone(),
	}
	if a := l.GetAddress(); a != nil {
		to.Address = matcher.Address{
			Country: a.GetCountry(), Region: a.GetRegion(), City: a.GetCity(), Postal: a.GetPostal(), Street: a.GetStreet(),
		}
	}
}

// Override returns the override of a record.
func Override(r *storev1.OverrideRecord) matcher.Override {
	return matcher.Override{
		ID:        r.GetId(),
		Action:    matcher.Action(r.GetAction()),
		AccountID: r.GetAccountId(),
		Domain:    r.GetDomain(),
		Company:   r.GetCompany(),
	}
}

// Policy returns the policy of a record. It has to pass Check before it is used.
func Policy(r *storev1.PolicyRecord) *matcher.Policy {
	p := &matcher.Policy{
		Version:            r.GetVersion(),
		Name:               r.GetName(),
		RightPerWrong:      r.GetRightPerWrong(),
		NoMatchProbability: r.GetNoMatchProbability(),
		MinMarginBits:      r.GetMinMarginBits(),
		TieBreaks:          r.GetTieBreaks(),
		Filters:            r.GetFilters(),
		SharedDomains:      r.GetSharedDomains(),
		Weights:            r.GetWeights(),
	}
	for _, c := range r.GetCalibration() {
		points := make([]matcher.CalibrationPoint, min(len(c.GetSaid()), len(c.GetWorth())))
		for i := range points {
			points[i] = matcher.CalibrationPoint{Said: c.GetSaid()[i], Worth: c.GetWorth()[i]}
		}
		p.Calibration = append(p.Calibration, matcher.Calibration{Evidence: c.GetEvidence(), Points: points})
	}
	return p
}
