package tune

import (
	"math/rand/v2"
	"strings"

	"github.com/leadmatch/leadmatch/client/typed"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Absent says of the lead of a number whether it stands for a company that is not among the accounts: one in four.
func Absent(i int) bool { return i%4 == 3 }

// MadeUp returns a lead as somebody of the account's company might have typed it: the name changed in one way, and none,
// one or all of a mail address at the company's domain, its place, and its phone number. Nil when the account has no name.
func MadeUp(r *rand.Rand, a *leadmatchv1.Account) *leadmatchv1.Lead {
	if strings.TrimSpace(a.GetName()) == "" {
		return nil
	}
	lead := &leadmatchv1.Lead{Id: a.GetId(), Company: retype(r, a.GetName())}
	switch r.IntN(8) {
	case 0, 1:
		addMail(lead, a)
	case 2, 3:
		addPlace(r, lead, a)
	case 4:
		addPlace(r, lead, a)
		addMail(lead, a)
		if phones := a.GetPhones(); len(phones) > 0 {
			lead.Phone = phones[0]
		}
	}
	return lead
}

func addMail(lead *leadmatchv1.Lead, a *leadmatchv1.Account) {
	if domains := a.GetDomains(); len(domains) > 0 {
		lead.Email = "jo.doe@" + domains[0]
	}
}

func addPlace(r *rand.Rand, lead *leadmatchv1.Lead, a *leadmatchv1.Account) {
	if len(a.GetAddresses()) == 0 {
		return
	}
	at := a.GetAddresses()[0]
	lead.Address = &leadmatchv1.Address{Country: at.GetCountry()}
	if r.IntN(2) == 0 {
		lead.Address.City = at.GetCity()
	}
}

func retype(r *rand.Rand, name string) string {
	switch r.IntN(6) {
	case 0:
		return typed.Loosely(r, name)
	case 1:
		return typed.Wrongly(r, name)
	case 2:
		return typed.WithForm(r, name)
	case 3:
		return typed.Shortly(name)
	case 4:
		return typed.Wrongly(r, typed.Loosely(r, name))
	}
	return strings.ToLower(name)
}
