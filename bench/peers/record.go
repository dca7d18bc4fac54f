package main

import (
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// record is an account or a lead as the peers get it: read by leadmatch's own normalizer, so that what differs between
// them is how they search and compare, and not how well they read.
type record struct {
	names  []string // without legal forms, in lower case, words spelled as their equivalents are; the main one first
	keys   []string // business domains, and phone numbers with "tel:" in front
	places []normalize.Places
}

// reader reads records. Not for use by several goroutines at once.
type reader struct {
	name   normalize.Name
	domain normalize.Domain
	text   strings.Builder
}

func (r *reader) account(a *matcher.Account) record {
	var out record
	r.addNames(&out, a.Name)
	for _, alias := range a.Aliases {
		r.addNames(&out, alias)
	}
	for _, d := range a.Domains {
		r.addDomain(&out, d)
	}
	for i := range a.Addresses {
		r.addPlace(&out, &a.Addresses[i])
	}
	for _, p := range a.Phones {
		out.addPhone(p)
	}
	return out
}

func (r *reader) lead(l *matcher.Lead) record {
	var out record
	r.addNames(&out, l.Company)
	r.addDomain(&out, l.Email)
	r.addDomain(&out, l.Website)
	r.addPlace(&out, &l.Address)
	out.addPhone(l.Phone)
	return out
}

// addNames adds each reading of a name.
func (r *reader) addNames(out *record, text string) {
	r.name.Parse(text)
	for i := range r.name.Readings {
		if name := r.spell(r.name.Readings[i].Words); name != "" {
			out.names = appendNew(out.names, name)
		}
	}
}

// spell joins the words of a reading but for its legal forms; a name of nothing else keeps them.
func (r *reader) spell(words []normalize.Word) string {
	r.text.Reset()
	for _, all := range []bool{false, true} {
		for i := range words {
			if words[i].Class == normalize.Legal && !all {
				continue
			}
			if r.text.Len() > 0 {
				r.text.WriteByte(' ')
			}
			r.text.Write(words[i].Canonical)
		}
		if r.text.Len() > 0 {
			break
		}
	}
	return r.text.String()
}

// addDomain adds the domain of a web or e-mail address, unless it is a mail provider's or the like.
func (r *reader) addDomain(out *record, text string) {
	if r.domain.Parse(text); len(r.domain.Identity) > 0 {
		out.keys = appendNew(out.keys, string(r.domain.Identity))
	}
}

func (r *reader) addPlace(out *record, a *matcher.Address) {
	if p := normalize.ParsePlaces(a.Country, a.Region, a.City, a.Postal); p != (normalize.Places{}) {
		out.places = append(out.places, p)
	}
}

func (out *record) addPhone(text string) {
	var country normalize.Country
	if len(out.places) > 0 {
		country = out.places[0].Country
	}
	if p := normalize.ParsePhone(text, country); p.Hash != 0 {
		out.keys = appendNew(out.keys, phoneKey+strconv.FormatUint(p.Hash, 36))
	}
}

const phoneKey = "tel:"

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// name is the main name, "" when there is none.
func (out *record) name() string {
	if len(out.names) == 0 {
		return ""
	}
	return out.names[0]
}

// place is the first place, empty when there is none.
func (out *record) place() normalize.Places {
	if len(out.places) == 0 {
		return normalize.Places{}
	}
	return out.places[0]
}
