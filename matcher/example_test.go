package matcher_test

import (
	"fmt"

	"github.com/leadmatch/leadmatch/matcher"
)

// Three accounts, and a lead that is spelled another way, without legal form, from a private mail address.
func Example() {
	index := matcher.New(nil)
	defer index.Close()
	index.Apply(matcher.Changes{Revision: 1, Upsert: []matcher.Account{
		{ID: "a-1", Name: "Brannagan Tooling GmbH", OwnerID: "kim", Addresses: []matcher.Address{{Country: "DE", City: "Ulm"}}},
		{ID: "a-2", Name: "Brannagan Foods Ltd", OwnerID: "sam", Addresses: []matcher.Address{{Country: "GB", City: "Leeds"}}},
		{ID: "a-3", Name: "Tooling Partners AG", OwnerID: "lee", Domains: []string{"tooling-partners.ch"}},
	}})

	lead := matcher.Lead{
		Company: "BRANNAGAN  TOOLING", Email: "j.doe@gmail.com", Address: matcher.Address{Country: "Germany", City: "Ulm"},
	}
	var out matcher.Outcome
	index.Snapshot().Match(&out, &lead, matcher.MatchOptions{Explain: true})

	fmt.Println(out.Decision == matcher.Matched, out.AccountID, out.OwnerID)
	fmt.Printf("probability %.1f, none of them %.1f\n", out.Probability, out.NoMatchProbability)
	for _, e := range out.Candidates[0].Evidence {
		if e.LeadValue != "" {
			fmt.Printf("%q ~ %q: %s, speaks for it: %v\n", e.LeadValue, e.AccountValue, e.Level, e.Bits > 0)
		}
	}
	// Output:
	// true a-1 kim
	// probability 1.0, none of them 0.0
	// "BRANNAGAN  TOOLING" ~ "Brannagan Tooling GmbH": exact, speaks for it: true
	// "Ulm, Germany" ~ "Ulm, DE": same city, speaks for it: true
}
