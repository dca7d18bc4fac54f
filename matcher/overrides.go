package matcher

import (
	"maps"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// overrides are people's words, by key. They never change; with returns new ones.
type overrides struct {
	byID  map[string]Override
	byKey map[overrideKey][]Override // in order of id
}

// overrideKey is the domain's identity and the name's key; one of them may be 0.
type overrideKey struct{ domain, name uint64 }

func (o *overrides) len() int { return len(o.byID) }

func (o *overrides) with(set []Override, remove []string) *overrides {
	n := &overrides{byID: maps.Clone(o.byID), byKey: map[overrideKey][]Override{}}
	if n.byID == nil {
		n.byID = map[string]Override{}
	}
	for _, id := range remove {
		delete(n.byID, id)
	}
	for _, v := range set {
		n.byID[v.ID] = v
	}
	var name normalize.Name
	var domain normalize.Domain
	for _, id := range sortedKeys(n.byID) {
		v := n.byID[id]
		var key overrideKey
		if v.Domain != "" {
			domain.Parse(v.Domain)
			key.domain = domain.Hash
		}
		if v.Company != "" {
			name.Parse(v.Company)
			key.name = nameKey(&name)
		}
		if (key.domain == 0) == (v.Domain != "") || (key.name == 0) == (v.Company != "") {
			continue // a key that says nothing would hold for every lead
		}
		n.byKey[key] = append(n.byKey[key], v)
	}
	return n
}

// nameKey is the key of a name's first reading; 0 when it has none.
func nameKey(n *normalize.Name) uint64 {
	if len(n.Readings) == 0 {
		return 0
	}
	return n.Readings[0].Key
}

// lookup appends the overrides that fit a lead, most specific first: name and domain, then domain, then name.
func (o *overrides) lookup(dst []Override, domains []uint64, name uint64) []Override {
	if len(o.byKey) == 0 {
		return dst
	}
	if name != 0 {
		for _, d := range domains {
			dst = append(dst, o.byKey[overrideKey{d, name}]...)
		}
	}
	for _, d := range domains {
		dst = append(dst, o.byKey[overrideKey{d, 0}]...)
	}
	if name != 0 {
		dst = append(dst, o.byKey[overrideKey{0, name}]...)
	}
	return dst
}

// OverrideKey says whether an override's domain and company can be a key: a domain must be a company's, a name must
// hold a word.
func OverrideKey(domain, company string) (domainOK, companyOK bool) {
	var n normalize.Name
	var d normalize.Domain
	d.Parse(domain)
	n.Parse(company)
	return d.Hash != 0, nameKey(&n) != 0
}
