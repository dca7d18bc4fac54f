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
	Proposed           string // of one that is not in force: what tells it from others
	Name               string
	RightPerWrong      float64            // the dial: how many right assignments a wrong one is worth; 1 to 100,000
	NoMatchProbability float64            // above 0.5, below 1
	MinMarginBits      float64            // 0 to 32
	TieBreaks          []string           // rungs, as in leadmatch.v1.Policy
	Filters            []string           // as in leadmatch.v1.Policy
	SharedDomains      []string           // beyond those that are known or learned
	Weights            map[string]float64 // by name, in bits, in place of the model's
	Calibration        []Calibration      // in place of the model's, each kind of evidence once at most
}

// Calibration says what the first candidate's log-odds are worth where its evidence is of one kind: straight lines
// between the points, and parallels to the diagonal beyond them.
type Calibration struct {
	Evidence string
	Points   []CalibrationPoint // none lower, on either axis, than the one before
}

// CalibrationPoint is log-odds as the weights say and as they have turned out, in bits.
type CalibrationPoint struct{ Said, Worth float64 }

// Defaults of a policy.
const (
	DefaultRightPerWrong      = 7
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
	maxCurvePoints   = 64
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
	p.checkCalibration(wrong)
	return errs
}

func (p *Policy) checkCalibration(wrong func(field, format string, args ...any)) {
	if len(p.Calibration) > int(numStrata) {
		wrong("calibration", "want at most %d, one for each kind of evidence; got %d", numStrata, len(p.Calibration))
		return
	}
	var seen [numStrata]bool
	for i, c := range p.Calibration {
		field := fmt.Sprintf("calibration[%d]", i)
		kind := slices.Index(stratumNames[:], c.Evidence)
		switch {
		case kind < 0:
			wrong(field+".evidence", "want one of %s; got %q", strings.Join(stratumNames[:], ", "), c.Evidence)
		case seen[kind]:
			wrong(field+".evidence", "want each kind once; got %q again", c.Evidence)
		default:
			seen[kind] = true
		}
		if n := len(c.Points); n == 0 || n > maxCurvePoints {
			wrong(field+".points", "want 1 to %d; got %d", maxCurvePoints, n)
			continue
		}
		for k, at := range c.Points {
			if problem := at.check(c.Points[:k]); problem != "" {
				wrong(fmt.Sprintf("%s.points[%d]", field, k), "%s", problem)
				break // what follows would be compared with it
			}
		}
	}
}

// check says what is wrong with a point that comes after others; nothing when it is right.
func (at CalibrationPoint) check(before []CalibrationPoint) string {
	switch {
	case !(math.Abs(at.Said) <= maxPolicyWeight):
		return fmt.Sprintf("said: want -%d to %d bits; got %v", maxPolicyWeight, maxPolicyWeight, at.Said)
	case !(math.Abs(at.Worth) <= maxCalibrated):
		return fmt.Sprintf("worth: want -%d to %d bits; got %v", maxCalibrated, maxCalibrated, at.Worth)
	case len(before) == 0:
		return ""
	}
	if last := before[len(before)-1]; at.Said < last.Said || at.Worth < last.Worth {
		return fmt.Sprintf("want no less than %v said and %v worth, as the point before has; got %v and %v", last.Said, last.Worth, at.Said, at.Worth)
	}
	return ""
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
	e.Calibration = slices.Clone(p.Calibration)
	for kind, c := range defaultModel.curves {
		if len(c) > 0 && !p.calibrates(stratumNames[kind]) {
			e.Calibration = append(e.Calibration, c.calibration(stratumNames[kind]))
		}
	}
	slices.SortFunc(e.Calibration, func(a, b Calibration) int { return strings.Compare(a.Evidence, b.Evidence) })
	return e
}

func (p *Policy) calibrates(evidence string) bool {
	return slices.ContainsFunc(p.Calibration, func(c Calibration) bool { return c.Evidence == evidence })
}

// policy is a Policy made ready for matching.
type policy struct {
	set       Policy
	weights   features         // the model's, with the policy's own
	curves    [numStrata]curve // likewise
	match     float64          // least probability to be matched
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
		match:     e.RightPerWrong / (1 + e.RightPerWrong),
		noMatch:   e.NoMatchProbability,
		margin:    e.MinMarginBits,
		anyLadder: len(p.TieBreaks) > 0,
	}
	for name, v := range e.Weights {
		if i, ok := featureByName[name]; ok { // not of a policy that was stored by another version
			c.weights[i] = float32(v)
		}
	}
	c.curves = compileCurves(e.Calibration)
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
