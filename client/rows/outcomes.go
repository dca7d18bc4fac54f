package rows

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// NewOutcomes reads what OutcomeWriter writes, but for candidates and evidence. A nil opts is the zero value.
func NewOutcomes(in *Input, opts *Options) (*Reader[*leadmatchv1.Outcome], error) {
	return newReader(in, outcomeSchema(), checkOutcome, opts)
}

func checkOutcome(o *leadmatchv1.Outcome) error {
	switch {
	case o.GetLeadId() == "":
		return errors.New("lead_id: expected the lead's id")
	case o.GetDecision() == 0:
		return errors.New("decision: expected MATCHED, REVIEW, NO_MATCH or INSUFFICIENT")
	}
	return nil
}

// outcomeSchema is built once; afterwards it never changes.
var outcomeSchema = sync.OnceValue(newOutcomeSchema)

func newOutcomeSchema() *schema[*leadmatchv1.Outcome] {
	s := &schema[*leadmatchv1.Outcome]{
		kind:    "outcome",
		make:    func() *leadmatchv1.Outcome { return &leadmatchv1.Outcome{} },
		named:   map[string]*column[*leadmatchv1.Outcome]{},
		other:   func(string) *column[*leadmatchv1.Outcome] { return nil },
		require: []string{"lead_id"},
		nested:  map[string]func(*leadmatchv1.Outcome, raw) error{},
	}
	add := func(field string, set func(o *leadmatchv1.Outcome, v string) error) {
		s.add(column[*leadmatchv1.Outcome]{field: field, list: field == "reasons", set: set})
	}
	text := func(field string, of func(*leadmatchv1.Outcome) *string) {
		add(field, func(o *leadmatchv1.Outcome, v string) error { *of(o) = v; return nil })
	}
	text("lead_id", func(o *leadmatchv1.Outcome) *string { return &o.LeadId })
	text("account_id", func(o *leadmatchv1.Outcome) *string { return &o.AccountId })
	text("owner_id", func(o *leadmatchv1.Outcome) *string { return &o.OwnerId })
	add("decision", func(o *leadmatchv1.Outcome, v string) (err error) {
		o.Decision, err = parseEnum(o.Decision, v)
		return err
	})
	add("decided_by", func(o *leadmatchv1.Outcome, v string) (err error) {
		o.DecidedBy, err = parseEnum(o.DecidedBy, v)
		return err
	})
	add("reasons", func(o *leadmatchv1.Outcome, v string) error {
		reason, err := parseEnum(leadmatchv1.Reason(0), v)
		o.Reasons = append(o.Reasons, reason)
		return err
	})
	add("probability", func(o *leadmatchv1.Outcome, v string) (err error) {
		if o.Probability, err = strconv.ParseFloat(v, 64); err != nil || math.IsNaN(o.Probability) {
			err = fmt.Errorf("expected a number, not %q", shorten(v))
		}
		return err
	})
	add("reads", func(o *leadmatchv1.Outcome, v string) (err error) {
		if o.Reads, err = base64.StdEncoding.DecodeString(v); err != nil {
			err = fmt.Errorf("expected base64: %w", err)
		}
		return err
	})
	s.nested["versions"] = func(o *leadmatchv1.Outcome, v raw) error {
		o.Versions = &leadmatchv1.Versions{}
		return putAll(versionsSchema(), o.Versions, v)
	}
	return s
}

// versionsSchema is likewise.
var versionsSchema = sync.OnceValue(func() *schema[*leadmatchv1.Versions] {
	s := &schema[*leadmatchv1.Versions]{
		named: map[string]*column[*leadmatchv1.Versions]{},
		other: func(string) *column[*leadmatchv1.Versions] { return nil },
	}
	number := func(field string, of func(*leadmatchv1.Versions) *uint64) {
		s.add(column[*leadmatchv1.Versions]{field: field, set: func(o *leadmatchv1.Versions, v string) (err error) {
			if *of(o), err = strconv.ParseUint(v, 10, 64); err != nil {
				err = fmt.Errorf("expected a number, not %q", shorten(v))
			}
			return err
		}})
	}
	text := func(field string, of func(*leadmatchv1.Versions) *string) {
		s.add(column[*leadmatchv1.Versions]{field: field, set: func(o *leadmatchv1.Versions, v string) error { *of(o) = v; return nil }})
	}
	number("revision", func(v *leadmatchv1.Versions) *uint64 { return &v.Revision })
	number("policy", func(v *leadmatchv1.Versions) *uint64 { return &v.Policy })
	text("normalizer", func(v *leadmatchv1.Versions) *string { return &v.Normalizer })
	text("model", func(v *leadmatchv1.Versions) *string { return &v.Model })
	text("proposed_policy", func(v *leadmatchv1.Versions) *string { return &v.ProposedPolicy })
	return s
})

// parseEnum reads a value by its bare name.
func parseEnum[E interface {
	~int32
	protoreflect.Enum
}](_ E, name string,
) (E, error) {
	var zero E
	d := zero.Descriptor()
	v := d.Values().ByName(protoreflect.Name(screaming(string(d.Name())) + "_" + strings.ToUpper(name)))
	if v == nil {
		return zero, fmt.Errorf("there is no %s %q", strings.ToLower(strings.ReplaceAll(screaming(string(d.Name())), "_", " ")), shorten(name))
	}
	return E(v.Number()), nil
}
