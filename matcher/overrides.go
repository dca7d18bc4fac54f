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

func (k overrideKey) hash() uint64 { return mix(k.domain) ^ k.name ^ saltOverride }

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
		if key, ok := v.key(&domain, &name); ok {
			n.byKey[key] = append(n.byKey[key], v)
		}
	}
	return n
}

// key returns what the override is kept under; nothing where that would say nothing, and hold for every lead. domain and name
// are scratch.
func (o *Override) key(domain *normalize.Domain, name *normalize.Name) (key overrideKey, ok bool) {
	if o.Domain != "" {
		domain.Parse(o.Domain)
		key.domain = domain.Hash
	}
	if o.Company != "" {
		name.Parse(o.Company)
		key.name = nameKey(name)
	}
	return key, (key.domain != 0) == (o.Domain != "") && (key.name != 0) == (o.Company != "")
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
