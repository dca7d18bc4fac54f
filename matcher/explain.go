package matcher

import (
	"strings"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// explain appends the candidate's evidence: one entry for each kind that weighs anything, from the numbers that were
// scored.
func (x *scratch) explain(dst []Evidence, c *scored) []Evidence {
	w := &x.snap.policy.weights
	var acct Account
	x.snap.segs[c.seg].record(c.account).account(&acct)
	for k := KindPrior; k <= KindInterplay; k++ {
		bits := c.feat.dotKind(w, k)
		e := Evidence{Kind: k, Bits: float64(bits), Level: x.level(c, k)}
		x.values(&e, c, &acct)
		if bits != 0 || e.LeadValue != "" && e.AccountValue != "" {
			dst = append(dst, e)
		}
	}
	return dst
}

// weighed fills in what the candidate was weighed by.
func (x *scratch) weighed(o *Candidate, c *scored) {
	for i, amount := range c.feat {
		if amount != 0 {
			o.Features = append(o.Features, Feature{featureInfo[i].name, amount})
		}
	}
	o.CalibratedAs, o.MatchFrom = stratumNames[c.stratum(&x.query)], x.least(c)
}

// levels name the most telling feature of each kind that is set, in order.
var levels = [...]struct {
	feat  feature
	level string
}{
	{featNameMissing, "missing"},
	{featNameExact, "exact"},
	{featNameAcronym, "acronym"},
	{featNameNone, "different"},
	{featNameTypo, "typo"},
	{featNameFacing, "partly different"},
	{featNameBoth, "similar"},
	{featNameMatched0, "some words"},
	{featDomainSame, "same"},
	{featDomainStem, "other ending"},
	{featDomainIsName, "is the name"},
	{featDomainInitials, "is the initials"},
	{featDomainFamily, "family's"},
	{featDomainUnrelated, "unrelated companies'"},
	{featDomainDiffers, "different"},
	{featDomainElsewhere, "another account's"},
	{featDomainUnknown, "unknown"},
	{featPostalSame, "same postal code"},
	{featCitySame, "same city"},
	{featCountryDiffers, "other country"},
	{featCityDiffers, "other city"},
	{featAreaSame, "same area"},
	{featRegionDiffers, "other region"},
	{featCountrySame, "same country"},
	{featPhoneSame, "same"},
	{featPhoneBlock, "same switchboard"},
	{featPhoneDiffers, "different"},
	{featLegalSame, "same"},
	{featLegalFamily, "similar"},
	{featLegalDiffers, "different"},
	{featLegalIncompatible, "other country's"},
	{featNumberSame, "same"},
	{featNumberDiffers, "different"},
	{featNumberLead, "lead's only"},
	{featNumberAcct, "account's only"},
}

func (x *scratch) level(c *scored, k Kind) string {
	switch {
	case k == KindPrior:
		return "prior"
	case k == KindInterplay && c.feat[featInterplay] < 0:
		return "weaker together"
	case k == KindInterplay:
		return "stronger together"
	}
	for _, l := range levels {
		if featureInfo[l.feat].kind == k && c.feat[l.feat] != 0 {
			if k == KindDomain && l.feat == featDomainSame && x.finder.keyed.domain > 1 {
				return "shared"
			}
			return l.level
		}
	}
	return "missing"
}

// values fills in what was compared.
func (x *scratch) values(e *Evidence, c *scored, a *Account) {
	q, l := &x.query, &x.snap.segs[c.seg]
	switch e.Kind {
	case KindName:
		e.LeadValue = q.lead.Company
		if c.reading >= 0 {
			e.AccountValue, e.Source = x.rowName(a, l.segment, c), l.rows.source(c.bestRow)
		} else {
			e.AccountValue, e.Source = a.Name, SourceName
		}
	case KindDomain:
		e.LeadValue, e.AccountValue, e.Source = x.leadDomain(), strings.Join(a.Domains, ", "), SourceDomain
	case KindLocation:
		e.LeadValue, e.Source = addressText(&q.lead.Address), SourceAddress
		if e.LeadValue == "" {
			e.LeadValue = q.place.country.String()
		}
		for i := range a.Addresses {
			if readPlace(&a.Addresses[i]) == c.at {
				e.AccountValue = addressText(&a.Addresses[i])
			}
		}
	case KindPhone:
		e.LeadValue, e.AccountValue, e.Source = q.lead.Phone, strings.Join(a.Phones, ", "), SourcePhone
	case KindLegalForm:
		if c.reading >= 0 {
			e.LeadValue, e.AccountValue = q.readings[c.reading].legal.Name(), c.name.legal.Name()
		}
	case KindNumber:
		if c.reading >= 0 {
			e.LeadValue, e.AccountValue = x.numbers(c, l.segment)
		}
	}
}

// rowName is the account's name or alias that the row was made of.
func (x *scratch) rowName(a *Account, s *segment, c *scored) string {
	var p parser
	var read columns
	for i := range 1 + len(a.Aliases) {
		name := a.Name
		if i > 0 {
			name = a.Aliases[i-1]
		}
		read.reset()
		p.addName(&read, name, SourceName)
		for _, r := range read.rows {
			if x.sameWords(s.rows.words(c.bestRow), take(&read.words, r.words)) {
				return name
			}
		}
	}
	return a.Name
}

func (x *scratch) sameWords(words []rowWord, read []readWord) bool {
	if len(read) != len(words) {
		return false
	}
	for i, w := range words {
		if w.class() != classLegal && w.id() != x.snap.dict.find(read[i].hash) {
			return false
		}
	}
	return true
}

// leadDomains are the lead's domains that were looked up, in order.
func (x *scratch) leadDomains() (hosts []string) {
	q := &x.query
	for _, h := range q.domains {
		for _, d := range [...]*normalize.Domain{&q.email, &q.website, &q.company} {
			if d.Hash == h {
				hosts = append(hosts, string(d.Host))
				break
			}
		}
	}
	return hosts
}

func (x *scratch) leadDomain() string {
	q := &x.query
	var all []string
	for _, d := range [...]*normalize.Domain{&q.email, &q.website, &q.company} {
		if d.Class != normalize.NoDomain {
			all = append(all, string(d.Host))
		}
	}
	return strings.Join(all, ", ")
}

func addressText(a *Address) string {
	var parts []string
	for _, s := range [...]string{a.Postal, a.City, a.Region, a.Country} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func (x *scratch) numbers(c *scored, s *segment) (lead, acct string) {
	q := &x.query
	r := &q.readings[c.reading]
	for i := r.from; i < r.to; i++ {
		if q.words[i].class == classNumber {
			lead += " " + string(q.words[i].text)
		}
	}
	for _, w := range s.rows.words(c.bestRow) {
		if w.class() == classNumber {
			acct += " " + string(x.snap.dict.word(w.id()))
		}
	}
	return strings.TrimSpace(lead), strings.TrimSpace(acct)
}

// keyHits lists what was looked up.
func (x *scratch) keyHits(dst []KeyHit) []KeyHit {
	q := &x.query
	for i, d := range x.leadDomains() {
		dst = append(dst, KeyHit{"domain", d, x.finder.owners[i]})
	}
	if q.phone.Hash != 0 {
		dst = append(dst, KeyHit{"phone", q.lead.Phone, x.finder.keyed.phone})
	}
	if q.named() {
		dst = append(dst, KeyHit{"name", q.lead.Company, x.finder.keyed.name})
	} else if len(q.readings) > 0 {
		dst = append(dst, KeyHit{"name", string(q.stemText), x.finder.keyed.name})
	}
	kinds := [...]string{termExact: "word", termAlt: "word", termTypo: "similar_word", termJoined: "joined_words", termSplit: "split_word"}
	for i := range q.terms {
		t := &q.terms[i]
		dst = append(dst, KeyHit{kinds[t.kind], string(x.snap.dict.word(t.id)), int(x.snap.dict.count(t.id))})
	}
	return dst
}
