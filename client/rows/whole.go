package rows

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// NewWholeOutcomes reads what OutcomeWriter writes in JSON Lines so that it can be written again: candidates, too, but no
// evidence and no features. opts.Strict refuses what would be lost.
func NewWholeOutcomes(in *Input, opts *Options) (*Reader[*leadmatchv1.Outcome], error) {
	return newReader(in, wholeSchema(), checkOutcome, opts)
}

// wholeSchema is built once; afterwards it never changes.
var wholeSchema = sync.OnceValue(func() *schema[*leadmatchv1.Outcome] {
	s := newOutcomeSchema()
	add := func(field string, set func(o *leadmatchv1.Outcome, v string) error) {
		s.add(column[*leadmatchv1.Outcome]{field: field, set: set})
	}
	add("tie_break_rung", func(o *leadmatchv1.Outcome, v string) error { o.TieBreakRung = v; return nil })
	add("override_id", func(o *leadmatchv1.Outcome, v string) error { o.OverrideId = v; return nil })
	add("margin_bits", func(o *leadmatchv1.Outcome, v string) error { return parseDouble(&o.MarginBits, v) })
	add("no_match_probability", func(o *leadmatchv1.Outcome, v string) error { return parseDouble(&o.NoMatchProbability, v) })
	s.nested["candidates"] = func(o *leadmatchv1.Outcome, v raw) error {
		return v.elements(func(item raw) error {
			if item[0] != '{' {
				return fmt.Errorf("expected an object, not %s", item.kind())
			}
			c := &leadmatchv1.Candidate{}
			o.Candidates = append(o.Candidates, c)
			return item.members(func(key string, value raw) error { return inField(key, setCandidate(c, key, value.text())) })
		})
	}
	return s
})

var errNotKept = errors.New("it would be lost")

func setCandidate(c *leadmatchv1.Candidate, key, value string) error {
	switch key {
	case "account_id":
		c.AccountId = value
	case "account_name":
		c.AccountName = value
	case "owner_id":
		c.OwnerId = value
	case "excluded_by":
		c.ExcludedBy = value
	case "probability":
		return parseDouble(&c.Probability, value)
	case "bits":
		return parseDouble(&c.Bits, value)
	default:
		return errNotKept
	}
	return nil
}

func parseDouble(to *float64, text string) (err error) {
	if *to, err = strconv.ParseFloat(text, 64); err != nil {
		return fmt.Errorf("expected a number, not %q", shorten(text))
	}
	return nil
}
