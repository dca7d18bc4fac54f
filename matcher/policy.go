package matcher

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

// FieldError is one field that is wrong and what was expected.
type FieldError struct {
	Field   string
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Check returns every field of the policy that is wrong; none when it is valid.
func (p *Policy) Check() []*FieldError { return nil }

// Effective returns the policy with every default filled in.
func (p *Policy) Effective() Policy { return *p }
