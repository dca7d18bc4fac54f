package rows

import (
	"bytes"
	"errors"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// LeadParser reads leads that come as JSON objects, one at a time and from anywhere, as NewLeads reads the lines of a file.
// Not for use by several goroutines at once.
type LeadParser struct{ reader *Reader[*leadmatchv1.Lead] }

// NewLeadParser returns a parser. A nil opts is the zero value; Text says nothing here.
func NewLeadParser(opts *Options) (*LeadParser, error) {
	reader, err := NewLeads(&Input{Format: JSONL}, opts)
	return &LeadParser{reader}, err
}

// Parse reads one lead. The error is about it alone: a FieldError where it is about one field.
func (p *LeadParser) Parse(object []byte) (*leadmatchv1.Lead, error) {
	if len(object) > MaxRow {
		return nil, errTooLong
	}
	lead, err := p.reader.readObject(bytes.TrimSpace(object))
	if err == nil {
		return lead, nil
	}
	var fault rowFault
	if errors.As(err, &fault) {
		err = fault.error
	}
	return nil, err
}
