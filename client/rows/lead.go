package rows

import (
	"fmt"
	"sync"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// leadSchema is built once; afterwards it never changes.
var leadSchema = sync.OnceValue(func() *schema[*leadmatchv1.Lead] {
	s := &schema[*leadmatchv1.Lead]{
		kind:    "lead",
		make:    func() *leadmatchv1.Lead { return &leadmatchv1.Lead{} },
		named:   map[string]*column[*leadmatchv1.Lead]{},
		other:   func(string) *column[*leadmatchv1.Lead] { return nil },
		require: []string{"company", "email", "website", "phone"},
	}
	text := func(field string, of func(*leadmatchv1.Lead) *string, names ...string) {
		s.add(column[*leadmatchv1.Lead]{field: field, set: func(l *leadmatchv1.Lead, v string) error { *of(l) = v; return nil }}, names...)
	}
	text("id", func(l *leadmatchv1.Lead) *string { return &l.Id }, "lead id", "lead id 18", "record id", "record id contact", "contact id", "hs object id")
	text("company", func(l *leadmatchv1.Lead) *string { return &l.Company }, "company name", "company account", "account name", "organization", "organisation", "associated company")
	text("email", func(l *leadmatchv1.Lead) *string { return &l.Email }, "e mail", "email address", "e mail address", "work email", "business email")
	text("website", func(l *leadmatchv1.Lead) *string { return &l.Website }, "web site", "website url", "company domain name", "domain", "homepage", "url")
	text("phone", func(l *leadmatchv1.Lead) *string { return &l.Phone }, "phone number", "business phone", "work phone", "company phone", "telephone", "mobile phone number", "mobile")
	for _, part := range addressParts {
		names := part.names
		for _, kind := range []string{"company", "mailing", "business"} {
			for _, name := range append([]string{part.field}, part.names...) {
				names = append(names[:len(names):len(names)], kind+" "+name)
			}
		}
		text(part.field, func(l *leadmatchv1.Lead) *string { return part.of(leadAddress(l)) }, names...)
	}
	s.nested = map[string]func(*leadmatchv1.Lead, raw) error{
		"address": func(l *leadmatchv1.Lead, v raw) error {
			if v[0] != '{' {
				return fmt.Errorf("expected an address object, not %s", v.kind())
			}
			return setAddress(leadAddress(l), v)
		},
	}
	return s
})

func leadAddress(l *leadmatchv1.Lead) *leadmatchv1.Address {
	if l.Address == nil {
		l.Address = &leadmatchv1.Address{}
	}
	return l.Address
}
