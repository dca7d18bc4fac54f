package matcher_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/matcher"
)

// A scenario is a book of accounts and the leads to match to it. testdata/scenarios/README.md describes how it is
// written.
type scenario struct {
	name string
	file string
	line int
	scenarioBook
	leads []scenarioLead
}

// A scenarioBook is what a scenario puts into the index.
type scenarioBook struct {
	background int
	sample     bool
	accounts   []matcher.Account
	overrides  []matcher.Override
	policy     *matcher.Policy
}

type scenarioLead struct {
	line int
	text string
	miss bool // known not to come out yet
	matcher.Lead
	scenarioWant
}

// A scenarioWant is what must come out; an empty field asks for nothing.
type scenarioWant struct {
	decisions []matcher.Decision // one of them
	accounts  []string           // one of them
	reasons   []matcher.Reason
	without   []matcher.Reason
	has       []string
	by        matcher.DecidedBy
	rung      string
	override  string
	owner     string
}

var decisionNames = []string{
	matcher.Matched: "MATCHED", matcher.Review: "REVIEW", matcher.NoMatch: "NO_MATCH", matcher.Insufficient: "INSUFFICIENT",
}

var decidedByNames = []string{
	matcher.ByModel: "MODEL", matcher.ByTieBreak: "TIE_BREAK", matcher.ByOverride: "OVERRIDE",
}

var reasonNames = []string{
	matcher.UniqueDomain: "UNIQUE_DOMAIN", matcher.SharedDomain: "SHARED_DOMAIN", matcher.ExactName: "EXACT_NAME",
	matcher.SimilarName: "SIMILAR_NAME", matcher.AcronymName: "ACRONYM", matcher.SamePhone: "PHONE",
	matcher.SamePlace: "PLACE", matcher.Siblings: "SIBLINGS", matcher.DomainNameConflict: "DOMAIN_NAME_CONFLICT",
	matcher.FreemailOnly: "FREEMAIL_ONLY", matcher.PlaceholderName: "PLACEHOLDER_NAME",
	matcher.PersonName: "PERSON_NAME", matcher.NumberContradiction: "NUMBER_CONTRADICTION",
	matcher.PlaceContradiction: "PLACE_CONTRADICTION", matcher.NameContradiction: "NAME_CONTRADICTION",
	matcher.LegalFormContradiction: "LEGAL_FORM_CONTRADICTION", matcher.DomainContradiction: "DOMAIN_CONTRADICTION",
	matcher.GenericName: "GENERIC_NAME", matcher.DuplicateAccounts: "DUPLICATE_ACCOUNTS", matcher.Ambiguous: "AMBIGUOUS",
	matcher.NoCandidates: "NO_CANDIDATES", matcher.CapReached: "CAP_REACHED", matcher.DeadlineReached: "DEADLINE",
	matcher.OverrideForced: "OVERRIDE_FORCED", matcher.OverrideForbidden: "OVERRIDE_FORBIDDEN",
	matcher.Filtered: "FILTERED",
}

// parseScenarios reads one file. The error names the line that can't be read.
func parseScenarios(file string) ([]*scenario, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p := scenarioParser{file: file}
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		directive, rest, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%s:%d: want `directive: rest`", file, i+1)
		}
		if err := p.directive(i+1, directive, strings.TrimSpace(rest)); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", file, i+1, directive, err)
		}
	}
	return p.all, p.check()
}

type scenarioParser struct {
	file     string
	defaults scenarioBook
	all      []*scenario
}

// check refuses what would test nothing.
func (p *scenarioParser) check() error {
	if len(p.all) == 0 {
		return fmt.Errorf("%s: no scenario", p.file)
	}
	names := map[string]bool{}
	for _, s := range p.all {
		if len(s.leads) == 0 || s.name == "" || names[s.name] {
			return fmt.Errorf("%s:%d: scenario %q has no lead, no name, or one that is taken", s.file, s.line, s.name)
		}
		names[s.name] = true
	}
	return nil
}

// book returns what the next directive adds to: the scenario, or before the first one the file's defaults.
func (p *scenarioParser) book() *scenarioBook {
	if len(p.all) == 0 {
		return &p.defaults
	}
	return &p.all[len(p.all)-1].scenarioBook
}

func (p *scenarioParser) directive(line int, directive, rest string) error {
	switch directive {
	case "scenario":
		p.all = append(p.all, &scenario{name: rest, file: p.file, line: line, scenarioBook: p.defaults})
		return nil
	case "background":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 || n > 5000 {
			return fmt.Errorf("want 0 to 5,000, not %q", rest)
		}
		p.book().background = n
		return nil
	case "book":
		p.book().sample = rest == "sample"
		if rest != "sample" {
			return fmt.Errorf("want sample, not %q", rest)
		}
		return nil
	}
	if len(p.all) == 0 {
		return fmt.Errorf("stands before the first scenario")
	}
	return p.all[len(p.all)-1].directive(line, directive, rest)
}

func (s *scenario) directive(line int, directive, rest string) error {
	switch directive {
	case "account":
		s.accounts = append(s.accounts, matcher.Account{})
		return eachPair(rest, func(k, v string) error { return setAccount(&s.accounts[len(s.accounts)-1], k, v) })
	case "override":
		s.overrides = append(s.overrides, matcher.Override{})
		return eachPair(rest, func(k, v string) error { return setOverride(&s.overrides[len(s.overrides)-1], k, v) })
	case "policy":
		if s.policy == nil {
			s.policy = &matcher.Policy{Version: 1}
		}
		return eachPair(rest, func(k, v string) error { return setPolicy(s.policy, k, v) })
	case "lead", "miss":
		l := scenarioLead{line: line, text: rest, miss: directive == "miss"}
		given, asked, ok := strings.Cut(rest, "-> ")
		if !ok {
			return fmt.Errorf("want ` -> ` and what must come out")
		}
		if err := eachPair(given, func(k, v string) error { return setLead(&l.Lead, k, v) }); err != nil {
			return err
		}
		if err := l.scenarioWant.parse(asked); err != nil {
			return err
		}
		s.leads = append(s.leads, l)
		return nil
	}
	return fmt.Errorf("unknown directive")
}

// eachPair calls f for every key=value of s, in order.
func eachPair(s string, f func(key, value string) error) error {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		key, rest, ok := strings.Cut(s, "=")
		if !ok || strings.ContainsAny(key, " \"") {
			return fmt.Errorf("want key=value at %q", s)
		}
		value, after, _ := strings.Cut(rest, " ")
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return fmt.Errorf("%s: unclosed quote", key)
			}
			value, err = strconv.Unquote(quoted)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			after = rest[len(quoted):]
		}
		if err := f(key, value); err != nil {
			return err
		}
		s = after
	}
	return nil
}

func setAccount(a *matcher.Account, key, value string) error {
	if name, ok := strings.CutPrefix(key, "label."); ok {
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		a.Labels[name] = value
		return nil
	}
	if name, ok := strings.CutPrefix(key, "number."); ok {
		if a.Numbers == nil {
			a.Numbers = map[string]float64{}
		}
		return parseNumber(value, func(f float64) { a.Numbers[name] = f })
	}
	switch key {
	case "id":
		a.ID = value
	case "name":
		a.Name = value
	case "alias":
		a.Aliases = append(a.Aliases, value)
	case "domain":
		a.Domains = append(a.Domains, value)
	case "phone":
		a.Phones = append(a.Phones, value)
	case "parent":
		a.ParentID = value
	case "owner":
		a.OwnerID = value
	default:
		if len(a.Addresses) == 0 {
			a.Addresses = make([]matcher.Address, 1)
		}
		return setAddress(&a.Addresses[0], key, value)
	}
	return nil
}

func setAddress(a *matcher.Address, key, value string) error {
	switch key {
	case "country":
		a.Country = value
	case "region":
		a.Region = value
	case "city":
		a.City = value
	case "postal":
		a.Postal = value
	case "street":
		a.Street = value
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

func setLead(l *matcher.Lead, key, value string) error {
	switch key {
	case "company":
		l.Company = value
	case "email":
		l.Email = value
	case "website":
		l.Website = value
	case "phone":
		l.Phone = value
	default:
		return setAddress(&l.Address, key, value)
	}
	return nil
}

func setOverride(o *matcher.Override, key, value string) error {
	switch key {
	case "id":
		o.ID = value
	case "account":
		o.AccountID = value
	case "domain":
		o.Domain = value
	case "company":
		o.Company = value
	case "action":
		actions := map[string]matcher.Action{"FORCE": matcher.Force, "FORBID": matcher.Forbid}
		if o.Action = actions[value]; o.Action == 0 {
			return fmt.Errorf("action: want FORCE or FORBID, not %q", value)
		}
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

func setPolicy(p *matcher.Policy, key, value string) error {
	switch key {
	case "right_per_wrong":
		return parseNumber(value, func(f float64) { p.RightPerWrong = f })
	case "no_match_probability":
		return parseNumber(value, func(f float64) { p.NoMatchProbability = f })
	case "min_margin_bits":
		return parseNumber(value, func(f float64) { p.MinMarginBits = f })
	case "tie_break":
		p.TieBreaks = append(p.TieBreaks, value)
	case "filter":
		p.Filters = append(p.Filters, value)
	case "shared_domain":
		p.SharedDomains = append(p.SharedDomains, value)
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

func parseNumber(value string, set func(float64)) error {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("want a number, not %q", value)
	}
	set(f)
	return nil
}

// parse reads what stands after the arrow: decisions, perhaps accounts, then key=value.
func (w *scenarioWant) parse(s string) error {
	decisions, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	for _, name := range strings.Split(decisions, "|") {
		i, err := findName("decision", decisionNames, name)
		if err != nil {
			return err
		}
		w.decisions = append(w.decisions, matcher.Decision(i))
	}
	if accounts, after, _ := strings.Cut(rest, " "); accounts != "" && !strings.Contains(accounts, "=") {
		w.accounts, rest = strings.Split(accounts, "|"), after
	}
	return eachPair(rest, w.set)
}

func (w *scenarioWant) set(key, value string) error {
	switch key {
	case "reason", "without":
		i, err := findName("reason", reasonNames, value)
		if key == "reason" {
			w.reasons = append(w.reasons, matcher.Reason(i))
		} else {
			w.without = append(w.without, matcher.Reason(i))
		}
		return err
	case "by":
		i, err := findName("decided by", decidedByNames, value)
		w.by = matcher.DecidedBy(i)
		return err
	case "has":
		w.has = append(w.has, value)
	case "rung":
		w.rung = value
	case "override":
		w.override = value
	case "owner":
		w.owner = value
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

// findName returns the place of a name; place 0 is no name.
func findName(what string, names []string, name string) (int, error) {
	if i := slices.Index(names, name); i > 0 && name != "" {
		return i, nil
	}
	return 0, fmt.Errorf("%q is no %s", name, what)
}
