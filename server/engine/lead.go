package engine

import (
	"fmt"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The limits of a lead's fields that leadmatch.v1 states, in bytes, and of its options.
const (
	MaxID     = 128
	MaxName   = 512
	MaxEmail  = 320
	MaxURL    = 2_048
	MaxPhone  = 64
	MaxPlace  = 128 // country, region, city
	MaxPostal = 32
	MaxStreet = 256
	MaxLimit  = 50 // candidates
)

// EachText calls f with each text of a lead that is there: its field, itself, and how many bytes it may have.
func EachText(l *leadmatchv1.Lead, f func(field, text string, limit int)) {
	f("id", l.GetId(), MaxID)
	f("company", l.GetCompany(), MaxName)
	f("email", l.GetEmail(), MaxEmail)
	f("website", l.GetWebsite(), MaxURL)
	f("phone", l.GetPhone(), MaxPhone)
	if a := l.GetAddress(); a != nil {
		f("address.country", a.GetCountry(), MaxPlace)
		f("address.region", a.GetRegion(), MaxPlace)
		f("address.city", a.GetCity(), MaxPlace)
		f("address.postal", a.GetPostal(), MaxPostal)
		f("address.street", a.GetStreet(), MaxStreet)
	}
}

// WrongWith returns the first thing that is wrong with a lead; nil when it can be decided.
func WrongWith(l *leadmatchv1.Lead) (wrong *leadmatchv1.LeadError) {
	EachText(l, func(field, text string, limit int) {
		if wrong == nil && len(text) > limit {
			wrong = &leadmatchv1.LeadError{
				LeadId: l.GetId(), Field: field, Description: fmt.Sprintf("at most %d bytes; it has %d", limit, len(text)),
			}
		}
	})
	return wrong
}
