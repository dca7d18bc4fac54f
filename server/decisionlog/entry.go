package decisionlog

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The names are those that the command line gives the same things, so that it reads what stands here.

type entry struct {
	Time    time.Time `json:"time"`
	Method  string    `json:"method"`
	Lead    *lead     `json:"lead,omitempty"`
	Cut     bool      `json:"cut,omitempty"` // something of the lead that counts is not here
	Outcome outcome   `json:"outcome"`
	Shadow  *Shadow   `json:"shadow,omitempty"`
}

// Shadow is what a policy that is not in force would have decided.
type Shadow struct {
	Decision  string `json:"decision"`
	AccountID string `json:"account_id,omitempty"`
	Reason    string `json:"reason,omitempty"` // the first
}

type lead struct {
	ID      string `json:"id,omitempty"`
	Company string `json:"company,omitempty"`
	Email   string `json:"email,omitempty"`
	Website string `json:"website,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Country string `json:"country,omitempty"`
	Region  string `json:"region,omitempty"`
	City    string `json:"city,omitempty"`
	Postal  string `json:"postal,omitempty"`
	Street  string `json:"street,omitempty"`
}

type outcome struct {
	LeadID             string   `json:"lead_id,omitempty"`
	Decision           string   `json:"decision"`
	DecidedBy          string   `json:"decided_by,omitempty"`
	TieBreakRung       string   `json:"tie_break_rung,omitempty"`
	OverrideID         string   `json:"override_id,omitempty"`
	Reasons            []string `json:"reasons,omitempty"`
	AccountID          string   `json:"account_id,omitempty"`
	OwnerID            string   `json:"owner_id,omitempty"`
	Probability        float64  `json:"probability,omitempty"`
	MarginBits         float64  `json:"margin_bits,omitempty"`
	Versions           versions `json:"versions"`
	NoMatchProbability float64  `json:"no_match_probability,omitempty"`
}

type versions struct {
	Revision   uint64 `json:"revision"`
	Policy     uint64 `json:"policy"`
	Normalizer string `json:"normalizer"`
	Model      string `json:"model"`
}

func (l *Log) entry(now time.Time, method string, from *leadmatchv1.Lead, o *leadmatchv1.Outcome) *entry {
	v := o.GetVersions()
	e := &entry{Time: now, Method: method, Outcome: outcome{
		LeadID: o.GetLeadId(), Decision: Name(o.GetDecision()), DecidedBy: Name(o.GetDecidedBy()),
		TieBreakRung: o.GetTieBreakRung(), OverrideID: o.GetOverrideId(), Reasons: make([]string, len(o.GetReasons())),
		AccountID: o.GetAccountId(), OwnerID: o.GetOwnerId(), Probability: o.GetProbability(), MarginBits: o.GetMarginBits(),
		Versions:           versions{v.GetRevision(), v.GetPolicy(), v.GetNormalizer(), v.GetModel()},
		NoMatchProbability: o.GetNoMatchProbability(),
	}}
	for i, r := range o.GetReasons() {
		e.Outcome.Reasons[i] = Name(r)
	}
	if l.opts.Leads != ID {
		e.Lead, e.Cut = newLead(from, l.opts.Leads)
	}
	return e
}

// someone stands for a person: without any, web.de would be read as a company's domain, and not as a mail provider's.
const someone = "someone"

// newLead returns as much of a lead as is to be written, and whether that is not all that it is decided by.
func newLead(from *leadmatchv1.Lead, much Leads) (to *lead, cut bool) {
	at := from.GetAddress()
	to = &lead{
		ID: from.GetId(), Company: from.GetCompany(), Email: from.GetEmail(), Website: from.GetWebsite(), Phone: from.GetPhone(),
		Country: at.GetCountry(), Region: at.GetRegion(), City: at.GetCity(), Postal: at.GetPostal(), Street: at.GetStreet(),
	}
	if much == Whole {
		return to, false
	}
	// What stands before the last @ is the person's; a text that has none is no address, and may be anything.
	domain := strings.LastIndexByte(to.Email, '@')
	cut = to.Phone != "" || to.Email != ""
	to.Phone = ""
	if domain < 0 {
		to.Email = ""
	} else {
		to.Email = someone + to.Email[domain:]
	}
	return to, cut
}

// Name is an enumeration's name without what all its names begin with: MATCHED for DECISION_MATCHED.
func Name(e protoreflect.Enum) string {
	d := e.Descriptor()
	value := d.Values().ByNumber(e.Number())
	if value == nil {
		return strconv.Itoa(int(e.Number()))
	}
	return strings.TrimPrefix(string(value.Name()), prefix(d))
}

// enum is a generated enumeration.
type enum interface {
	~int32
	protoreflect.Enum
}

// value is the value that has the name; 0 when there is none.
func value[E enum](name string) E {
	d := E(0).Descriptor()
	if v := d.Values().ByName(protoreflect.Name(prefix(d) + name)); v != nil {
		return E(v.Number())
	}
	number, _ := strconv.ParseInt(name, 10, 32) // of a newer program
	return E(number)
}

// prefix is what all names of an enumeration begin with.
func prefix(d protoreflect.EnumDescriptor) string {
	first := string(d.Values().ByNumber(0).Name()) // DECISION_UNSPECIFIED
	return strings.TrimSuffix(first, "UNSPECIFIED")
}
