package client

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Mend returns a message that can be sent: m itself when all its text is UTF-8, which is nearly always, else a copy with
// U+FFFD in place of each invalid sequence, and the fields that had one ("company", "addresses[1].city").
func Mend[M proto.Message](m M) (mended M, fields []string) {
	if !m.ProtoReflect().IsValid() || isText(m.ProtoReflect()) {
		return m, nil
	}
	mended = proto.CloneOf(m)
	mend(mended.ProtoReflect(), "", &fields)
	slices.Sort(fields)
	return mended, fields
}

// isText says whether all strings of m are UTF-8.
func isText(m protoreflect.Message) (ok bool) {
	ok = true
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				ok = ok && utf8.ValidString(k.String()) && isTextValue(f.MapValue(), v)
				return ok
			})
		case f.IsList():
			for i := 0; ok && i < v.List().Len(); i++ {
				ok = isTextValue(f, v.List().Get(i))
			}
		default:
			ok = isTextValue(f, v)
		}
		return ok
	})
	return ok
}

func isTextValue(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch f.Kind() {
	case protoreflect.StringKind:
		return utf8.ValidString(v.String())
	case protoreflect.MessageKind:
		return isText(v.Message())
	}
	return true
}

// mend replaces what is no UTF-8 in m and appends the fields that had it, each after the path.
func mend(m protoreflect.Message, path string, fields *[]string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := path + string(f.Name())
		switch {
		case f.IsMap():
			mendMap(f, v.Map(), name, fields)
		case f.IsList():
			for i := range v.List().Len() {
				if s, changed := mendValue(f, v.List().Get(i), name+"["+strconv.Itoa(i)+"]", fields); changed {
					v.List().Set(i, s)
				}
			}
		default:
			if s, changed := mendValue(f, v, name, fields); changed {
				m.Set(f, s)
			}
		}
		return true
	})
}

// mendMap mends keys, too; when two keys become one, one of their values is lost.
func mendMap(f protoreflect.FieldDescriptor, m protoreflect.Map, name string, fields *[]string) {
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		key := toText(k.String())
		value, changed := mendValue(f.MapValue(), v, name+"."+key, fields)
		if key != k.String() {
			m.Clear(k)
			if !changed {
				*fields = append(*fields, name+"."+key)
			}
		}
		if changed || key != k.String() {
			m.Set(protoreflect.ValueOfString(key).MapKey(), value)
		}
		return true
	})
}

// mendValue returns the value to put in v's place, if another one is needed.
func mendValue(f protoreflect.FieldDescriptor, v protoreflect.Value, name string, fields *[]string) (protoreflect.Value, bool) {
	switch f.Kind() {
	case protoreflect.StringKind:
		if !utf8.ValidString(v.String()) {
			*fields = append(*fields, name)
			return protoreflect.ValueOfString(toText(v.String())), true
		}
	case protoreflect.MessageKind:
		mend(v.Message(), name+".", fields)
	}
	return v, false
}

func toText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
