package leadbeam

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func init() {
	beam.RegisterType(reflect.TypeFor[Lead]())
	beam.RegisterType(reflect.TypeFor[DeadLetter]())
	beam.RegisterType(reflect.TypeFor[leadmatchv1.Outcome]())
}

// Lead is a person's company as typed, on its way through a pipeline. Every field may be empty.
type Lead struct {
	ID      string `beam:"id"` // handed back with the outcome
	Company string `beam:"company"`
	Email   string `beam:"email"`
	Website string `beam:"website"`
	Phone   string `beam:"phone"`
	Country string `beam:"country"`
	Region  string `beam:"region"`
	City    string `beam:"city"`
	Postal  string `beam:"postal"`
	Street  string `beam:"street"`
	File    string `beam:"file"` // where it was read, for dead letters
	Line    int64  `beam:"line"` // from 1; 0 when nobody knows
}

// message returns the lead as it is sent.
func (l *Lead) message() *leadmatchv1.Lead {
	m := &leadmatchv1.Lead{Id: l.ID, Company: l.Company, Email: l.Email, Website: l.Website, Phone: l.Phone}
	if l.Country+l.Region+l.City+l.Postal+l.Street != "" {
		m.Address = &leadmatchv1.Address{Country: l.Country, Region: l.Region, City: l.City, Postal: l.Postal, Street: l.Street}
	}
	return m
}

// leadOf returns the lead that was read in a place.
func leadOf(m *leadmatchv1.Lead, file string, line int64) Lead {
	a := m.GetAddress()
	return Lead{
		ID: m.GetId(), Company: m.GetCompany(), Email: m.GetEmail(), Website: m.GetWebsite(), Phone: m.GetPhone(),
		Country: a.GetCountry(), Region: a.GetRegion(), City: a.GetCity(), Postal: a.GetPostal(), Street: a.GetStreet(),
		File: file, Line: line,
	}
}

// DeadLetter is a row that no outcome came of.
type DeadLetter struct {
	File     string `beam:"file" json:"file,omitempty"`
	Line     int64  `beam:"line" json:"line,omitempty"`   // from 1; 0 when nobody knows
	Field    string `beam:"field" json:"field,omitempty"` // that is wrong; empty when it is the row
	Expected string `beam:"expected" json:"expected"`     // what was expected instead
	Row      string `beam:"row" json:"row,omitempty"`     // as it stands in the file; of a lead that was refused, as JSON
}

// unread is the letter of a row that could not be read.
func unread(file string, line int64, row []byte, err error) DeadLetter {
	d := DeadLetter{File: file, Line: line, Row: string(row)}
	var place *rows.RowError
	if errors.As(err, &place) {
		err = place.Err
	}
	d.Expected = err.Error()
	var field *rows.FieldError
	if errors.As(err, &field) {
		d.Field, d.Expected = field.Field, field.Err.Error()
	}
	return d
}

// refused is the letter of a lead that is beyond the limits.
func refused(l *Lead, field, expected string) DeadLetter {
	return DeadLetter{File: l.File, Line: l.Line, Field: field, Expected: expected, Row: string(rows.AppendJSON(nil, l.message()))}
}

// place names where a lead was read, for people.
func place(file string, line int64) string { return fmt.Sprintf("%s:%d", cmp.Or(file, "?"), line) }
