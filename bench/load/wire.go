package load

import (
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Wire returns leads as they are sent.
func Wire(leads []*matcher.Lead) []*leadmatchv1.Lead {
	out := make([]*leadmatchv1.Lead, len(leads))
	for i, l := range leads {
		out[i] = &leadmatchv1.Lead{Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone}
		if a := l.Address; a != (matcher.Address{}) {
			out[i].Address = &leadmatchv1.Address{Country: a.Country, Region: a.Region, City: a.City, Postal: a.Postal, Street: a.Street}
		}
	}
	return out
}
