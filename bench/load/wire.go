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

// WireAccount returns an account as it is sent; nil for nil.
func WireAccount(a *matcher.Account) *leadmatchv1.Account {
	if a == nil {
		return nil
	}
	out := &leadmatchv1.Account{
		Id: a.ID, Name: a.Name, Aliases: a.Aliases, Domains: a.Domains, Phones: a.Phones, ParentId: a.ParentID, OwnerId: a.OwnerID,
		Labels: a.Labels, Numbers: a.Numbers,
	}
	for _, p := range a.Addresses {
		out.Addresses = append(out.Addresses, &leadmatchv1.Address{
			Country: p.Country, Region: p.Region, City: p.City, Postal: p.Postal, Street: p.Street,
		})
	}
	return out
}
