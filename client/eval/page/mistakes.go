package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// mistakes are those of one kind as they are written.
type mistakes struct {
	Title, About string
	Total        int
	Leads        []mistake
}

type mistake struct {
	ID, Lead string
	Labels   string
	Expected string // the right account in a few words
	About    string // what the server has of it
	Decision string
	Answered string  // the account that was given; "" for none
	Before   string  // the measured decision, where it was another
	Sure     float64 // probability of what was answered: of the account, or of there being none
	Reasons  string
	Margin   float64 // bits
	First    float64 // probability of the first candidate
	None     float64
	Alike    int
	Search   search
	Accounts []weighed
}

// weighed is an account with the evidence for and against it, as a waterfall.
type weighed struct {
	Role        string // which account it is
	ID, Name    string
	Probability float64
	Excluded    string
	Steps       []step
	Sum         float64
	Bar         bar // of the sum
}

// step is one comparison; its bar goes on from where the one before ended.
type step struct {
	Kind, Level, Lead, Account string
	Bits                       float64
	Bar                        bar
}

// bar is drawn on a scale of barWidth that all accounts of a lead share.
type bar struct {
	Zero, From, Width float64
	Loss              bool // bits against the account
}

const barWidth = 200

// search is how the candidates were found.
type search struct {
	Rank         string // of the right account
	Seen, Scored int
	Cuts         string
	Keys         []searchKey
}

type searchKey struct {
	Kind, Value string
	Accounts    int
}

func newMistakes(m *Mistakes) mistakes {
	out := mistakes{Title: m.Title, About: m.About, Total: m.Total}
	for i := range m.Leads {
		out.Leads = append(out.Leads, newMistake(&m.Leads[i]))
	}
	return out
}

func newMistake(e *Explained) mistake {
	o := e.Outcome
	m := mistake{
		ID: e.Truth.ID, Lead: describeLead(e.Lead), Labels: describeLabels(e.Truth), Expected: e.expected(),
		Decision: rows.EnumName(o.GetDecision()), First: o.GetProbability(), Margin: o.GetMarginBits(),
		None: o.GetNoMatchProbability(), Alike: e.Alike, Search: newSearch(e),
	}
	if e.Answer.Decision != m.Decision || e.Answer.AccountID != o.GetAccountId() {
		m.Before = joined(e.Answer.Decision, e.Answer.AccountID)
	}
	if e.Expected != nil {
		m.About = describeAccount(e.Expected)
	}
	var reasons []string
	for _, r := range o.GetReasons() {
		reasons = append(reasons, words(rows.EnumName(r)))
	}
	m.Reasons = strings.Join(reasons, ", ")
	if m.Sure = m.None; o.GetDecision() == leadmatchv1.Decision_DECISION_MATCHED {
		m.Sure = m.First
	}
	m.Accounts = weigh(e)
	for _, a := range m.Accounts {
		if a.ID == o.GetAccountId() {
			m.Answered = joined(a.Name, a.ID)
		}
	}
	return m
}

// expected names the right account.
func (e *Explained) expected() string {
	switch {
	case e.Truth.Expected == "":
		return "none: the company is not among the accounts"
	case e.Expected == nil:
		return e.Truth.Expected + ", which the server does not have"
	}
	return joined(e.Expected.GetName(), e.Truth.Expected)
}

// weigh returns the account that was given, or that came first, and the right one where it was a candidate.
func weigh(e *Explained) (out []weighed) {
	var shown []*leadmatchv1.Candidate
	var scale scale
	for i, c := range e.Outcome.GetCandidates() {
		right := e.Truth.Right(c.GetAccountId())
		if i == 0 || right {
			shown = append(shown, c)
			scale.include(c)
		}
		if right {
			break
		}
	}
	for _, c := range shown {
		role := "Came first"
		switch {
		case e.Truth.Right(c.GetAccountId()):
			role = "Right"
		case e.Outcome.GetAccountId() == c.GetAccountId():
			role = "Given"
		}
		out = append(out, scale.weigh(role, c))
	}
	return out
}

// scale maps bits to places on the bars.
type scale struct{ low, high float64 }

func (s *scale) include(c *leadmatchv1.Candidate) {
	sum := 0.0
	for _, e := range c.GetEvidence() {
		sum += e.GetBits()
		s.low, s.high = min(s.low, sum), max(s.high, sum)
	}
}

func (s *scale) at(v float64) float64 {
	return round((v - s.low) / max(1, s.high-s.low) * barWidth)
}

func (s *scale) bar(from, to float64) bar {
	low, high := s.at(min(from, to)), s.at(max(from, to))
	return bar{Zero: s.at(0), From: low, Width: round(high - low), Loss: to < from}
}

func (s *scale) weigh(role string, c *leadmatchv1.Candidate) weighed {
	w := weighed{
		Role: role, ID: c.GetAccountId(), Name: c.GetAccountName(), Probability: c.GetProbability(), Excluded: c.GetExcludedBy(),
	}
	for _, e := range c.GetEvidence() {
		account := e.GetAccountValue()
		switch e.GetSource() {
		case leadmatchv1.Source_SOURCE_ALIAS, leadmatchv1.Source_SOURCE_FORMER_NAME, leadmatchv1.Source_SOURCE_PARENT:
			account += " (" + words(rows.EnumName(e.GetSource())) + ")"
		}
		w.Steps = append(w.Steps, step{
			Kind: words(rows.EnumName(e.GetKind())), Level: e.GetLevel(), Lead: e.GetLeadValue(), Account: account,
			Bits: e.GetBits(), Bar: s.bar(w.Sum, w.Sum+e.GetBits()),
		})
		w.Sum += e.GetBits()
	}
	w.Bar = s.bar(0, w.Sum)
	return w
}

func newSearch(e *Explained) search {
	r := e.Outcome.GetRetrieval()
	s := search{Seen: int(r.GetCandidatesSeen()), Scored: int(r.GetCandidatesScored()), Cuts: strings.Join(r.GetCuts(), ", ")}
	for _, k := range r.GetKeys() {
		key := searchKey{words(k.GetKind()), k.GetValue(), int(k.GetAccounts())}
		if !slices.Contains(s.Keys, key) { // each reading of a name looks its words up
			s.Keys = append(s.Keys, key)
		}
	}
	if e.Truth.Expected == "" {
		return s
	}
	s.Rank = "The right account was not a candidate"
	if n := len(e.Outcome.GetCandidates()); n < s.Scored {
		s.Rank = fmt.Sprintf("The right account was not among the first %d of %d candidates", n, s.Scored)
	}
	for i, c := range e.Outcome.GetCandidates() {
		if e.Truth.Right(c.GetAccountId()) {
			s.Rank = fmt.Sprintf("The right account was candidate %d", i+1)
			break
		}
	}
	return s
}

func describeLead(l *leadmatchv1.Lead) string {
	a := l.GetAddress()
	return joined(l.GetCompany(), l.GetEmail(), l.GetWebsite(), l.GetPhone(), a.GetStreet(), a.GetPostal(), a.GetCity(), a.GetRegion(), a.GetCountry())
}

// describeLabels names what the lead was sliced by.
func describeLabels(l *eval.Labelled) string {
	var out []string
	for _, label := range slices.Sorted(maps.Keys(l.Labels)) {
		out = append(out, label+"="+l.Labels[label])
	}
	if len(l.AmbiguousWith) > 0 {
		out = append(out, "also right: "+strings.Join(l.AmbiguousWith, ", "))
	}
	return joined(out...)
}

// few is how many of an account's other names, domains and phones are shown.
const few = 4

func describeAccount(a *leadmatchv1.Account) string {
	parts := []string{some(a.GetAliases(), "; "), some(a.GetDomains(), " "), some(a.GetPhones(), " ")}
	if places := a.GetAddresses(); len(places) > 0 {
		parts = append(parts, places[0].GetPostal(), places[0].GetCity(), places[0].GetRegion(), places[0].GetCountry())
	}
	return joined(parts...)
}

func some(list []string, sep string) string {
	if len(list) <= few {
		return strings.Join(list, sep)
	}
	return strings.Join(list[:few], sep) + " …"
}
