package rows

import (
	"errors"
	"fmt"
	"sync"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Decision is a line of a server's decision log.
type Decision struct {
	Lead    *leadmatchv1.Lead // nil when the log has only its id
	Cut     bool              // the lead was decided by more than the log has of it
	Outcome *leadmatchv1.Outcome
}

// NewDecisions reads a decision log. A nil opts is the zero value.
func NewDecisions(in *Input, opts *Options) (*Reader[*Decision], error) {
	if in.Format != JSONL {
		return nil, fmt.Errorf("%s: expected a decision log, which is JSON Lines", in.Name)
	}
	return newReader(in, decisionSchema(), func(d *Decision) error {
		if d.Outcome == nil {
			return errors.New("outcome: expected what was decided; this is no line of a decision log")
		}
		return nil
	}, opts)
}

// decisionSchema is built once; afterwards it never changes.
var decisionSchema = sync.OnceValue(func() *schema[*Decision] {
	s := &schema[*Decision]{
		kind:  "decision",
		make:  func() *Decision { return &Decision{} },
		named: map[string]*column[*Decision]{},
		other: func(string) *column[*Decision] { return nil },
	}
	s.add(column[*Decision]{field: "time", set: func(*Decision, string) error { return nil }})
	s.add(column[*Decision]{field: "method", set: func(*Decision, string) error { return nil }})
	s.add(column[*Decision]{field: "cut", loose: true, set: func(d *Decision, v string) error { d.Cut = v == "true"; return nil }})
	s.nested = map[string]func(*Decision, raw) error{
		"lead": func(d *Decision, v raw) error {
			d.Lead = &leadmatchv1.Lead{}
			return putAll(leadSchema(), d.Lead, v)
		},
		"outcome": func(d *Decision, v raw) error {
			d.Outcome = &leadmatchv1.Outcome{}
			if err := putAll(outcomeSchema(), d.Outcome, v); err != nil {
				return err
			}
			if d.Outcome.GetDecision() == 0 {
				return errors.New("decision: expected MATCHED, REVIEW, NO_MATCH or INSUFFICIENT")
			}
			return nil
		},
	}
	return s
})

// putAll puts the members of an object that have a field into a row.
func putAll[T any](s *schema[T], row T, object raw) error {
	if object[0] != '{' {
		return fmt.Errorf("expected an object, not %s", object.kind())
	}
	return object.members(func(key string, value raw) error {
		c := s.resolve(key)
		if c == nil {
			return nil
		}
		return inField(key, c.putJSON(row, value))
	})
}
