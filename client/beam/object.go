package leadbeam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/leadmatch/leadmatch/client/rows"
)

func init() {
	register.DoFn4x1[context.Context, string, func(Lead), func(DeadLetter), error](&objectFn{})
}

// FromJSON reads leads from a PCollection<string> of JSON objects, as textio.Read makes of JSON Lines and avroio.Read of
// Avro when it is asked for strings. Keys are those of package client/rows; columns maps those that are not known by
// themselves. A value of an optional field of Avro, {"string": "Acme"}, counts as the value. A lead needs an id, since
// nobody knows where it stood.
func FromJSON(s beam.Scope, objects beam.PCollection, columns map[string]string) (leads, bad beam.PCollection) {
	return beam.ParDo2(s.Scope("leadbeam.FromJSON"), &objectFn{Map: columns}, objects)
}

type objectFn struct {
	Map    map[string]string
	parser *rows.LeadParser
}

func (f *objectFn) Setup() (err error) {
	f.parser, err = rows.NewLeadParser(&rows.Options{Map: f.Map})
	return err
}

var errNoID = &rows.FieldError{Field: "id", Err: errors.New("required: an object that comes alone has no line to be told by")}

func (f *objectFn) ProcessElement(ctx context.Context, object string, lead func(Lead), bad func(DeadLetter)) error {
	m, err := f.parser.Parse(withoutUnions([]byte(object)))
	if err == nil && m.GetId() == "" {
		err = errNoID
	}
	if err != nil {
		badRows.Inc(ctx, 1)
		bad(unread("", 0, []byte(object), err))
		return nil
	}
	lead(leadOf(m, "", 0))
	return nil
}

// unionTypes are the types of Avro by whose name a value of a union is wrapped.
var unionTypes = map[string]bool{
	"string": true, "int": true, "long": true, "float": true, "double": true, "boolean": true, "bytes": true,
}

// withoutUnions unwraps the values of Avro's unions. What has none, or is no JSON, is returned as it is.
func withoutUnions(object []byte) []byte {
	if !bytes.Contains(object, []byte(`:{"`)) {
		return object
	}
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil || d.More() {
		return object
	}
	plain, err := json.Marshal(unwrapped(members))
	if err != nil {
		return object
	}
	return plain
}

// unwrapped replaces each {"string": v} in a value by v.
func unwrapped(v any) any {
	members, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for key, value := range members {
		if len(members) == 1 && unionTypes[key] {
			return value
		}
		members[key] = unwrapped(value)
	}
	return members
}
