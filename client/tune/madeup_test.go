package tune

import (
	"math/rand/v2"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestMadeUp: leads hold what an account has and nothing else, and each field in some and not in all.
func TestMadeUp(t *testing.T) {
	account := &leadmatchv1.Account{
		Id: "a1", Name: "Acme Anvils International GmbH", Domains: []string{"acme.de"}, Phones: []string{"+49 731 1"},
		Addresses: []*leadmatchv1.Address{{Country: "DE", City: "Ulm"}},
	}
	r := rand.New(rand.NewPCG(1, 0))
	names, mails, countries, cities, phones := map[string]bool{}, 0, 0, 0, 0
	count := func(n *int, got, want string) {
		t.Helper()
		if got == want {
			*n++
		} else if got != "" {
			t.Errorf("%q, want %q or nothing", got, want)
		}
	}
	const leads = 400
	for range leads {
		l := MadeUp(r, account)
		names[l.GetCompany()] = true
		count(&mails, l.GetEmail(), "jo.doe@acme.de")
		count(&countries, l.GetAddress().GetCountry(), "DE")
		count(&cities, l.GetAddress().GetCity(), "Ulm")
		count(&phones, l.GetPhone(), "+49 731 1")
	}
	if len(names) < 20 {
		t.Errorf("%d names of %d leads", len(names), leads)
	}
	for _, n := range []int{mails, countries, cities, phones} {
		if n < leads/20 || n > leads/2 {
			t.Errorf("of %d leads, fields are in %d, %d, %d, %d", leads, mails, countries, cities, phones)
			break
		}
	}
	if l := MadeUp(r, &leadmatchv1.Account{Id: "a2", Domains: []string{"x.de"}}); l != nil {
		t.Errorf("without a name: %v", l)
	}
	for range leads {
		if l := MadeUp(r, &leadmatchv1.Account{Id: "a3", Name: "Beta"}); l.GetEmail()+l.GetPhone() != "" || l.GetAddress() != nil {
			t.Fatalf("of a name alone: %v", l)
		}
	}
}
