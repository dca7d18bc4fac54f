package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Labelled leads are JSON Lines: one object a line, with the lead's own fields under the names that the command line
// uses and, beside them,
//
//	expected_account_id  the right account; null when the company is not among the accounts. Required
//	ambiguous_with       list of accounts that nobody could tell apart from it
//
// Every other scalar is a label. Empty lines are skipped.

// maxLine bounds a line; nothing that describes one lead is longer.
const maxLine = 1 << 20

// Lead is a lead as typed, with its right answer.
type Lead struct {
	Labelled
	Company, Email, Website, Phone        string
	Country, Region, City, Postal, Street string
}

// ReadFile reads all labelled leads of a JSON Lines file, gzipped when its name ends in ".gz". A file without leads is
// an error.
func ReadFile(path string) ([]Lead, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		defer z.Close()
		r = z
	}
	leads, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return leads, nil
}

// Read reads all labelled leads of JSON Lines. The first line that cannot be read ends it, with an error that names the
// line; so does the absence of any lead.
func Read(r io.Reader) ([]Lead, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var leads []Lead
	n := 1
	for ; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		lead, err := parseLead(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		leads = append(leads, lead)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(leads) == 0 {
		return nil, fmt.Errorf("no leads")
	}
	return leads, nil
}

func parseLead(line []byte) (Lead, error) {
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return Lead{}, err
	}
	lead := Lead{Labelled: Labelled{Labels: map[string]string{}}}
	if lead.ID, _ = fields["id"].(string); lead.ID == "" {
		return Lead{}, fmt.Errorf("id: expected the lead's id, a string")
	}
	if _, ok := fields["expected_account_id"]; !ok {
		return Lead{}, fmt.Errorf("expected_account_id: expected the right account's id, or null for none")
	}
	for key, value := range fields {
		if err := lead.set(key, value); err != nil {
			return Lead{}, fmt.Errorf("%s: %w", key, err)
		}
	}
	return lead, nil
}

// set takes one field of a line over. A null is an absent field.
func (l *Lead) set(key string, value any) error {
	if value == nil || key == "id" {
		return nil
	}
	if key == "ambiguous_with" {
		return l.setAmbiguous(value)
	}
	if field := l.field(key); field != nil {
		s, ok := value.(string)
		if !ok {
			return fmt.Errorf("expected a string or null, not %v", value)
		}
		*field = s
		return nil
	}
	switch v := value.(type) {
	case string:
		l.Labels[key] = v
	case bool, float64:
		l.Labels[key] = fmt.Sprint(v)
	}
	return nil
}

func (l *Lead) setAmbiguous(value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("expected a list of account ids, not %v", value)
	}
	for _, v := range list {
		id, ok := v.(string)
		if !ok {
			return fmt.Errorf("expected a list of account ids, not %v in it", v)
		}
		l.AmbiguousWith = append(l.AmbiguousWith, id)
	}
	return nil
}

// field returns where a text field is kept; nil for a label.
func (l *Lead) field(key string) *string {
	switch key {
	case "expected_account_id":
		return &l.Expected
	case "company":
		return &l.Company
	case "email":
		return &l.Email
	case "website":
		return &l.Website
	case "phone":
		return &l.Phone
	case "country":
		return &l.Country
	case "region":
		return &l.Region
	case "city":
		return &l.City
	case "postal":
		return &l.Postal
	case "street":
		return &l.Street
	}
	return nil
}
