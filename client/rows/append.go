package rows

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// AppendJSON appends a message as JSON, on one line: the proto's field names, empty fields left out, in the order of
// the proto. It differs from protobuf's own JSON in what makes it easy to read for programs that know nothing of
// protobuf: 64-bit integers are numbers, enumerations are bare ("MATCHED", not "DECISION_MATCHED"), and the same
// message always gives the same bytes.
func AppendJSON(dst []byte, m proto.Message) []byte { return appendMessage(dst, m.ProtoReflect()) }

func appendMessage(dst []byte, m protoreflect.Message) []byte {
	switch v := m.Interface().(type) {
	case *timestamppb.Timestamp:
		return appendString(dst, v.AsTime().Format("2006-01-02T15:04:05.999999999Z07:00"))
	case *durationpb.Duration:
		dst = strconv.AppendFloat(append(dst, '"'), v.AsDuration().Seconds(), 'f', -1, 64)
		return append(dst, 's', '"')
	}
	dst = append(dst, '{')
	first := true
	for _, p := range planOf(m.Descriptor()) {
		if !m.Has(p.field) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = p.append(append(dst, p.key...), m.Get(p.field))
	}
	return append(dst, '}')
}

// fieldPlan is what is the same for a field in every message.
type fieldPlan struct {
	field protoreflect.FieldDescriptor
	key   string // `"name":`
	enum  enumNames
}

// plans holds a []fieldPlan for each message descriptor met.
var plans sync.Map

func planOf(d protoreflect.MessageDescriptor) []fieldPlan {
	if p, ok := plans.Load(d); ok {
		return p.([]fieldPlan)
	}
	fields := d.Fields()
	plan := make([]fieldPlan, fields.Len())
	for i := range plan {
		f := fields.Get(i)
		plan[i] = fieldPlan{field: f, key: `"` + string(f.Name()) + `":`}
		if f.Kind() == protoreflect.EnumKind {
			plan[i].enum = namesOf(f.Enum())
		}
	}
	plans.Store(d, plan)
	return plan
}

// enumNames are an enumeration's names by number, without what its own name puts before them: MATCHED for
// DECISION_MATCHED.
type enumNames map[int32]string

func namesOf(e protoreflect.EnumDescriptor) enumNames {
	prefix := screaming(string(e.Name())) + "_"
	names := enumNames{}
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		names[int32(v.Number())] = strings.TrimPrefix(string(v.Name()), prefix)
	}
	return names
}

// append appends a value's name in quotes; a number that has none, as it is.
func (n enumNames) append(dst []byte, value int32) []byte {
	name, ok := n[value]
	if !ok {
		return strconv.AppendInt(dst, int64(value), 10)
	}
	return append(append(append(dst, '"'), name...), '"')
}

// screaming turns EvidenceKind into EVIDENCE_KIND.
func screaming(camel string) string {
	var b strings.Builder
	for i, r := range camel {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// EnumName returns an enumeration value's bare name: "MATCHED".
func EnumName(v protoreflect.Enum) string {
	d := v.Descriptor()
	if value := d.Values().ByNumber(v.Number()); value != nil {
		return strings.TrimPrefix(string(value.Name()), screaming(string(d.Name()))+"_")
	}
	return strconv.Itoa(int(v.Number()))
}

func (p *fieldPlan) append(dst []byte, v protoreflect.Value) []byte {
	switch {
	case p.field.IsMap():
		return p.appendMap(dst, v.Map())
	case p.field.IsList():
		dst = append(dst, '[')
		for i, list := 0, v.List(); i < list.Len(); i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = p.appendOne(dst, p.field.Kind(), list.Get(i))
		}
		return append(dst, ']')
	}
	return p.appendOne(dst, p.field.Kind(), v)
}

// appendMap writes the entries in order of their keys.
func (p *fieldPlan) appendMap(dst []byte, m protoreflect.Map) []byte {
	keys := make([]string, 0, m.Len())
	values := make(map[string]protoreflect.Value, m.Len())
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		keys = append(keys, k.String())
		values[k.String()] = v
		return true
	})
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, k), ':')
		dst = p.appendOne(dst, p.field.MapValue().Kind(), values[k])
	}
	return append(dst, '}')
}

func (p *fieldPlan) appendOne(dst []byte, kind protoreflect.Kind, v protoreflect.Value) []byte {
	switch kind {
	case protoreflect.StringKind:
		return appendString(dst, v.String())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return appendMessage(dst, v.Message())
	case protoreflect.EnumKind:
		return p.enum.append(dst, int32(v.Enum()))
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, v.Bool())
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return appendFloat(dst, v.Float())
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return strconv.AppendUint(dst, v.Uint(), 10)
	case protoreflect.BytesKind:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes()), '"')
	}
	return strconv.AppendInt(dst, v.Int(), 10) // all that is left are the signed integers
}

// appendFloat writes the shortest text that reads back as the same number; JSON has no text for those that are none.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

const hex = "0123456789abcdef"

// appendString writes a string of JSON. What is no UTF-8 is replaced.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
