package matcher

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// Policy is all that a person may set about decisions. A zero field takes its default, so the zero Policy is the
// default one.
type Policy struct {
	Version            uint64
	Name               string
	RightPerWrong      float64            // the dial: how many right assignments a wrong one is worth; 1 to 100,000
	NoMatchProbability float64            // above 0.5, below 1
	MinMarginBits      float64            // 0 to 32
	TieBreaks          []string           // rungs, as in leadmatch.v1.Policy
	Filters            []string           // as in leadmatch.v1.Policy
	SharedDomains      []string           // beyond those that are known or learned
	Weights            map[string]float64 // by name, in bits, in place of the model's
}

// Defaults of a policy.
const (
	DefaultRightPerWrong      = 3.5
	DefaultNoMatchProbability = 0.8
	DefaultMinMarginBits      = 1
)

// Bounds on a policy.
const (
	maxRightPerWrong = 100_000
	maxMarginBits    = 32
	maxRungs         = 16
	maxShared        = 10_000
	maxPolicyWeight  = 64
)

// FieldError is one field that is wrong and what was expected.
type FieldError struct {
	Field   string
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Check returns every field of the policy that is wrong; none when it is valid.
func (p *Policy) Check() (errs []*FieldError) {
	wrong := func(field, format string, args ...any) {
		errs = append(errs, &FieldError{field, fmt.Sprintf(format, args...)})
	}
	if v := p.RightPerWrong; v != 0 && !(v >= 1 && v <= maxRightPerWrong) {
		wrong("right_per_wrong", "want 1 to %d, or 0 for the default; got %v", maxRightPerWrong, v)
	}
	if v := p.NoMatchProbability; v != 0 && !(v > .5 && v < 1) {
		wrong("no_match_probability", "want more than 0.5 and less than 1, or 0 for the default; got %v", v)
	}
	if v := p.MinMarginBits; !(v >= 0 && v <= maxMarginBits) {
		wrong("min_margin_bits", "want 0 to %d; got %v", maxMarginBits, v)
	}
	p.checkRungs(wrong)
	p.checkShared(wrong)
	for _, name := range sortedKeys(p.Weights) {
		v := p.Weights[name]
		if _, ok := featureByName[name]; !ok {
			wrong("weights["+name+"]", "no weight has this name")
		} else if math.IsNaN(v) || math.Abs(v) > maxPolicyWeight {
			wrong("weights["+name+"]", "want -%d to %d bits; got %v", maxPolicyWeight, maxPolicyWeight, v)
		}
	}
	return errs
}

func (p *Policy) checkRungs(wrong func(field, format string, args ...any)) {
	for _, list := range [...]struct {
		field string
		rules []string
		parse func(string) (rule, error)
	}{{"tie_breaks", p.TieBreaks, parseRung}, {"filters", p.Filters, parseFilter}} {
		if len(list.rules) > maxRungs {
			wrong(list.field, "want at most %d; got %d", maxRungs, len(list.rules))
			continue
		}
		for i, s := range list.rules {
			if _, err := list.parse(s); err != nil {
				wrong(fmt.Sprintf("%s[%d]", list.field, i), "%v", err)
			}
		}
	}
}

func (p *Policy) checkShared(wrong func(field, format string, args ...any)) {
	if len(p.SharedDomains) > maxShared {
		wrong("shared_domains", "want at most %d; got %d", maxShared, len(p.SharedDomains))
		return
	}
	var d normalize.Domain
	for i, s := range p.SharedDomains {
		if d.Parse(s); d.Class == normalize.NoDomain {
			wrong(fmt.Sprintf("shared_domains[%d]", i), "want a domain such as \"example.com\"; got %q", s)
		}
	}
}

// Effective returns the policy with every default filled in, weights and all.
func (p *Policy) Effective() Policy {
	e := *p
	if e.RightPerWrong == 0 {
		e.RightPerWrong = DefaultRightPerWrong
	}
	if e.NoMatchProbability == 0 {
		e.NoMatchProbability = DefaultNoMatchProbability
	}
	if e.MinMarginBits == 0 {
		e.MinMarginBits = DefaultMinMarginBits
	}
	e.Weights = make(map[string]float64, numFeatures)
	for i := range featureInfo {
		e.Weights[featureInfo[i].name] = float64(defaultModel.weights[i])
	}
	maps.Copy(e.Weights, p.Weights)
	return e
}

// policy is a Policy made ready for matching.
type policy struct {
	set     Policy
	weights features // the model's, with the policy's own
	*model
	match     float64 // least probability to be matched
	noMatch   float64
	margin    float64
	ladder    []rule
	filters   []rule
	shared    []uint64 // in order
	anyLadder bool     // the ladder holds for all ties, not for duplicates alone
}

// duplicatesLadder chooses among accounts that are the same company entered twice, when the policy has no ladder.
var duplicatesLadder = []string{"same_country", "headquarters", "has_owner"}

func compilePolicy(p *Policy) *policy {
	e := p.Effective()
	c := &policy{
		set:       *p,
		model:     defaultModel,
		match:     e.RightPerWrong / (1 + e.RightPerWrong),
		noMatch:   e.NoMatchProbability,
		margin:    e.MinMarginBits,
		anyLadder: len(p.TieBreaks) > 0,
	}
	for name, v := range e.Weights {
		c.weights[featureByName[name]] = float32(v)
	}
	rungs := p.TieBreaks
	if !c.anyLadder {
		rungs = duplicatesLadder
	}
	c.ladder = compileRules(rungs, parseRung)
	c.filters = compileRules(p.Filters, parseFilter)
	var d normalize.Domain
	for _, s := range p.SharedDomains {
		if d.Parse(s); d.Hash != 0 {
			c.shared = append(c.shared, d.Hash)
		}
	}
	slices.Sort(c.shared)
	return c
}

func compileRules(list []string, parse func(string) (rule, error)) (rules []rule) {
	for _, s := range list {
		if r, err := parse(s); err == nil { // Check has refused the others
			rules = append(rules, r)
		}
	}
	return rules
}

func (p *policy) sharedDomain(hash uint64) bool {
	_, ok := slices.BinarySearch(p.shared, hash)
	return ok
}

// rule is a rung of the tie-break ladder or a filter. It grades an account; of two accounts the one with the higher
// grade wins, and an account of grade 0 or less does not pass a filter.
type rule struct {
	text  string
	grade func(ruleInput) float64
}

// ruleInput is what a rule may look at.
type ruleInput struct {
	account     *Account
	sameCountry bool // as the lead; true when the lead's country is not known
	sameDomain  bool // the account has the lead's domain
}

var simpleRules = map[string]func(ruleInput) float64{
	"same_country": func(in ruleInput) float64 { return truth(in.sameCountry) },
	"exact_domain": func(in ruleInput) float64 { return truth(in.sameDomain) },
	"headquarters": func(in ruleInput) float64 { return truth(in.account.ParentID == "") },
	"has_owner":    func(in ruleInput) float64 { return truth(in.account.OwnerID != "") },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func parseRung(s string) (rule, error) {
	if f := simpleRules[s]; f != nil {
		return rule{s, f}, nil
	}
	verb, arg, _ := strings.Cut(s, ":")
	sign := 1.0
	switch verb {
	case "label":
		return parseLabel(s, arg)
	case "lowest", "oldest":
		sign = -1
	case "highest", "newest":
	default:
		arg = ""
	}
	if arg == "" {
		return rule{}, fmt.Errorf("want same_country, exact_domain, headquarters, has_owner, label:KEY=VALUE, highest:NUMBER, lowest:NUMBER, newest:NUMBER or oldest:NUMBER; got %q", s)
	}
	return rule{s, func(in ruleInput) float64 {
		v, ok := in.account.Numbers[arg]
		if !ok {
			return math.Inf(-1)
		}
		return sign * v
	}}, nil
}

func parseFilter(s string) (rule, error) {
	if s == "same_country" || s == "has_owner" {
		return rule{s, simpleRules[s]}, nil
	}
	if arg, ok := strings.CutPrefix(s, "label:"); ok {
		return parseLabel(s, arg)
	}
	return rule{}, fmt.Errorf("want label:KEY=VALUE, label:KEY!=VALUE, has_owner or same_country; got %q", s)
}

func parseLabel(s, arg string) (rule, error) {
	key, value, ok := strings.Cut(arg, "=")
	key, not := strings.CutSuffix(key, "!")
	if !ok || key == "" {
		return rule{}, fmt.Errorf("want label:KEY=VALUE or label:KEY!=VALUE; got %q", s)
	}
	return rule{s, func(in ruleInput) float64 {
		return truth((in.account.Labels[key] == value) != not)
	}}, nil
}
