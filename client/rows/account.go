package rows

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The names that stand for an address's parts. CRMs write them with the address's kind before: "Billing City".
var (
	countryNames = []string{"country region", "country name", "country code", "country region code"}
	regionNames  = []string{"state province", "state region", "state", "province", "state province code", "state code", "state region code", "county"}
	cityNames    = []string{"town"}
	postalNames  = []string{"zip postal code", "postal code", "zip", "zip code", "postcode", "post code"}
	streetNames  = []string{"street address", "address", "address line 1", "street address line 1"}
)

// maxAddresses is how many addresses of an account have columns; a server takes no more.
const maxAddresses = 16

// accountSchema is built once; afterwards it never changes.
var accountSchema = sync.OnceValue(func() *schema[*leadmatchv1.Account] {
	s := &schema[*leadmatchv1.Account]{
		kind:    "account",
		make:    func() *leadmatchv1.Account { return &leadmatchv1.Account{} },
		named:   map[string]*column[*leadmatchv1.Account]{},
		other:   accountPattern,
		require: []string{"id"},
	}
	text := func(field string, set func(*leadmatchv1.Account, string), names ...string) {
		s.add(column[*leadmatchv1.Account]{field: field, set: func(a *leadmatchv1.Account, v string) error { set(a, v); return nil }}, names...)
	}
	list := func(field string, of func(*leadmatchv1.Account) *[]string, names ...string) {
		s.add(column[*leadmatchv1.Account]{field: field, list: true, set: func(a *leadmatchv1.Account, v string) error {
			appendNew(of(a), v)
			return nil
		}}, names...)
	}
	text("id", func(a *leadmatchv1.Account, v string) { a.Id = v }, "account id", "account id 18", "record id", "record id company", "company id", "hs object id")
	text("name", func(a *leadmatchv1.Account, v string) { a.Name = v }, "account name", "company name", "company", "organization", "organisation", "organization name")
	list("aliases", func(a *leadmatchv1.Account) *[]string { return &a.Aliases }, "alias", "also known as", "other names", "former names", "trade name", "account name local")
	list("domains", func(a *leadmatchv1.Account) *[]string { return &a.Domains }, "domain", "website", "web site", "website url", "company domain name", "domain name", "email domain", "additional domains", "hs additional domains", "homepage", "url")
	list("phone", func(a *leadmatchv1.Account) *[]string { return &a.Phones }, "phones", "phone number", "phone numbers", "account phone", "company phone", "main phone", "telephone")
	text("parent_id", func(a *leadmatchv1.Account, v string) { a.ParentId = v }, "parent account id", "parent account", "parent company id", "parent record id", "parent", "hs parent company id")
	text("owner_id", func(a *leadmatchv1.Account, v string) { a.OwnerId = v }, "account owner id", "company owner id", "hubspot owner id", "account owner", "company owner", "owner")
	for n := range maxAddresses {
		addAddress(s, n)
	}
	s.nested = map[string]func(*leadmatchv1.Account, raw) error{
		"addresses": setAddresses,
		"labels": func(a *leadmatchv1.Account, v raw) error {
			return v.members(func(key string, value raw) error { return labelColumn(key).putJSON(a, value) })
		},
		"numbers": func(a *leadmatchv1.Account, v raw) error {
			return v.members(func(key string, value raw) error { return numberColumn(key).putJSON(a, value) })
		},
	}
	return s
})

// addAddress adds the columns of the nth address, from 0: "city", "city_2", … . The first is the billing address where
// a CRM has several, the second the shipping address.
func addAddress(s *schema[*leadmatchv1.Account], n int) {
	var kinds []string
	switch n {
	case 0:
		kinds = []string{"billing", "company", "headquarters", "primary", "mailing"}
	case 1:
		kinds = []string{"shipping"}
	}
	for _, part := range addressParts {
		var names []string
		if n == 0 {
			names = append(names, part.names...)
		}
		for _, kind := range kinds {
			for _, name := range append([]string{part.field}, part.names...) {
				names = append(names, kind+" "+name)
			}
		}
		s.add(column[*leadmatchv1.Account]{field: part.field + addressSuffix(n), set: func(a *leadmatchv1.Account, v string) error {
			*part.of(address(a, n)) = v
			return nil
		}}, names...)
	}
}

// addressSuffix is what the columns of the nth address, from 0, end in.
func addressSuffix(n int) string {
	if n == 0 {
		return ""
	}
	return "_" + strconv.Itoa(n+1)
}

type addressPart struct {
	field string
	of    func(*leadmatchv1.Address) *string
	names []string
}

var addressParts = []addressPart{
	{"country", func(a *leadmatchv1.Address) *string { return &a.Country }, countryNames},
	{"region", func(a *leadmatchv1.Address) *string { return &a.Region }, regionNames},
	{"city", func(a *leadmatchv1.Address) *string { return &a.City }, cityNames},
	{"postal", func(a *leadmatchv1.Address) *string { return &a.Postal }, postalNames},
	{"street", func(a *leadmatchv1.Address) *string { return &a.Street }, streetNames},
}

// address returns an account's nth address, which it makes when there is none yet.
func address(a *leadmatchv1.Account, n int) *leadmatchv1.Address {
	for len(a.Addresses) <= n {
		a.Addresses = append(a.Addresses, &leadmatchv1.Address{})
	}
	return a.Addresses[n]
}

// setAddresses reads a list of address objects, or one.
func setAddresses(a *leadmatchv1.Account, v raw) error {
	if v[0] == '{' {
		return setAddress(address(a, len(a.Addresses)), v)
	}
	return v.elements(func(item raw) error {
		if item[0] != '{' {
			return fmt.Errorf("expected address objects, not %s", item.kind())
		}
		return setAddress(address(a, len(a.Addresses)), item)
	})
}

// setAddress reads an address object; keys that it does not know are ignored.
func setAddress(a *leadmatchv1.Address, v raw) error {
	return v.members(func(key string, value raw) error {
		for _, part := range addressParts {
			if part.field != key || value[0] == 'n' {
				continue
			}
			if value[0] != '"' && value.kind() != "a number" {
				return fmt.Errorf("%s: expected a string, not %s", key, value.kind())
			}
			*part.of(a) = value.text()
		}
		return nil
	})
}

// accountPattern knows "labels.KEY" and "numbers.KEY".
func accountPattern(name string) *column[*leadmatchv1.Account] {
	if key, ok := cutFold(name, "labels."); ok {
		return labelColumn(key)
	}
	if key, ok := cutFold(name, "numbers."); ok {
		return numberColumn(key)
	}
	return nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return "", false
}

func labelColumn(key string) *column[*leadmatchv1.Account] {
	return &column[*leadmatchv1.Account]{field: "labels." + key, loose: true, set: func(a *leadmatchv1.Account, v string) error {
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		a.Labels[key] = v
		return nil
	}}
}

func numberColumn(key string) *column[*leadmatchv1.Account] {
	return &column[*leadmatchv1.Account]{field: "numbers." + key, set: func(a *leadmatchv1.Account, v string) error {
		number, err := parseNumber(v)
		if err != nil {
			return err
		}
		if a.Numbers == nil {
			a.Numbers = map[string]float64{}
		}
		a.Numbers[key] = number
		return nil
	}}
}

// parseNumber reads a number, or a day or moment as seconds since 1970.
func parseNumber(s string) (float64, error) {
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly, time.DateTime} {
		if t, err := time.Parse(form, s); err == nil {
			return float64(t.Unix()), nil
		}
	}
	return 0, fmt.Errorf("expected a number or a date like 2006-01-02, not %q", shorten(s))
}

// appendNew appends a value unless the list has it.
func appendNew(list *[]string, v string) {
	if !slices.Contains(*list, v) {
		*list = append(*list, v)
	}
}

// checkAccount refuses what no server would take and can be told by the row alone.
func checkAccount(a *leadmatchv1.Account) error {
	if a.Id == "" {
		return errors.New("id: expected the account's id, but it is empty")
	}
	return nil
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
