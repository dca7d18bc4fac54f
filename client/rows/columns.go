package rows

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// column is a name that was understood: how to put its value into a row.
type column[T any] struct {
	field string // what it fills; of several columns for one field that holds one value, the one of lowest rank counts
	rank  int
	list  bool // holds several values
	loose bool // takes true and false as text
	skip  bool // is known and not to be read
	set   func(row T, value string) error
}

// schema is what can be read of one kind of row.
type schema[T any] struct {
	kind    string // "lead", for messages
	make    func() T
	named   map[string]*column[T]                   // by canonical name
	other   func(name string) *column[T]            // columns that are named after a pattern: "labels.tier"
	nested  map[string]func(row T, value raw) error // by canonical name, for lists of objects and objects in JSON
	require []string                                // a file of CSV needs a column for one of these
}

// resolve finds what a column or key fills; nil when it is not known.
func (s *schema[T]) resolve(name string) *column[T] {
	if c := s.other(name); c != nil {
		return c
	}
	return s.named[canonical(name)]
}

// field returns the column of a field by the field's own name, as --map gives it.
func (s *schema[T]) field(name string) (*column[T], error) {
	if c := s.resolve(name); c != nil && (c.rank == 0) {
		return c, nil
	}
	return nil, fmt.Errorf("%q is no field of %ss; expected one of %s", name, s.kind, strings.Join(s.fieldNames(), ", "))
}

func (s *schema[T]) fieldNames() []string {
	names := map[string]bool{}
	for _, c := range s.named {
		names[c.field] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// add makes names stand for a field, best first.
func (s *schema[T]) add(c column[T], names ...string) {
	for rank, name := range append([]string{c.field}, names...) {
		name = canonical(name)
		if _, taken := s.named[name]; taken {
			continue
		}
		named := c
		named.rank = rank
		s.named[name] = &named
	}
}

// canonical is a column's name without what people write differently: case, spaces, punctuation, camel case.
// "Billing Zip/Postal Code", "billing_zip_postal_code" and "BillingZipPostalCode" are one.
func canonical(name string) string {
	var b strings.Builder
	space, lower := false, false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			space, lower = true, false
			continue
		}
		if b.Len() > 0 && (space || lower && unicode.IsUpper(r)) {
			b.WriteByte(' ')
		}
		space, lower = false, unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// layout is the columns of one file of CSV: for each position what it fills, nil for what is not read.
type layout[T any] struct {
	columns []*column[T]
	names   []string // as the header has them
	unknown []int    // positions that nothing is known about
}

// newLayout reads a header in the light of the mapping. Of several columns for one field, the best is read.
func newLayout[T any](s *schema[T], header []string, mapped mapping[T]) (*layout[T], error) {
	l := &layout[T]{columns: make([]*column[T], len(header)), names: header}
	best := map[string]int{}
	for i, name := range header {
		c := mapped.resolve(s, name)
		if c == nil {
			l.unknown = append(l.unknown, i)
			continue
		}
		if c.skip {
			l.columns[i] = c
			continue
		}
		if j, taken := best[c.field]; taken && !c.list {
			loser := i
			if c.rank < l.columns[j].rank {
				loser, best[c.field] = j, i
				l.columns[i] = c
			}
			l.columns[loser] = nil
			l.unknown = append(l.unknown, loser)
			continue
		}
		best[c.field], l.columns[i] = i, c
	}
	return l, l.check(s, best)
}

func (l *layout[T]) check(s *schema[T], found map[string]int) error {
	for _, field := range s.require {
		if _, ok := found[field]; ok {
			return nil
		}
	}
	return fmt.Errorf("no column for %s; the header has: %s (name one with --map COLUMN=%s)",
		strings.Join(s.require, " or "), strings.Join(l.names, ", "), s.require[0])
}

// mapping is what --map says about names that are not understood by themselves, or not as meant.
type mapping[T any] map[string]*column[T]

// newMapping checks the fields; an empty field means that the column is not to be read.
func newMapping[T any](s *schema[T], names map[string]string) (mapping[T], error) {
	m := mapping[T]{}
	for name, field := range names {
		if field == "" {
			m[canonical(name)] = &column[T]{skip: true}
			continue
		}
		c, err := s.field(field)
		if err != nil {
			return nil, err
		}
		first := *c
		first.rank = -1 // before any name that was only guessed
		m[canonical(name)] = &first
	}
	return m, nil
}

func (m mapping[T]) resolve(s *schema[T], name string) *column[T] {
	if c, ok := m[canonical(name)]; ok {
		return c
	}
	return s.resolve(name)
}

// put puts a value of CSV into a row.
func (c *column[T]) put(row T, value string) error {
	if c.skip {
		return nil
	}
	if !c.list {
		return c.set(row, value)
	}
	return splitList(value, func(item string) error { return c.set(row, item) })
}

// putJSON puts a value of JSON into a row. Null is an absent value.
func (c *column[T]) putJSON(row T, value raw) error {
	if c.skip {
		return nil
	}
	switch value[0] {
	case 'n':
		return nil
	case 't', 'f':
		if !c.loose {
			return fmt.Errorf("expected a string, not %s", value.kind())
		}
	case '[':
		if !c.list {
			return errors.New("expected a string, not a list")
		}
		return value.elements(func(item raw) error { return c.putJSON(row, item) })
	case '{':
		return errors.New("expected a string, not an object")
	}
	if s := value.text(); s != "" {
		return c.set(row, s)
	}
	return nil
}

// A list in one field of CSV is separated by "|". A value that holds one has it as `\|`, and `\` as `\\`.

// SplitList returns the values of a list in one field of CSV.
func SplitList(s string) []string {
	var values []string
	_ = splitList(s, func(v string) error { values = append(values, v); return nil })
	return values
}

// splitList calls f for each value of a list that is not empty.
func splitList(s string, f func(string) error) error {
	for len(s) > 0 {
		item, rest := cutItem(s)
		if item = strings.TrimSpace(item); item != "" {
			if err := f(item); err != nil {
				return err
			}
		}
		s = rest
	}
	return nil
}

func cutItem(s string) (item, rest string) {
	if !strings.Contains(s, `\`) {
		item, rest, _ = strings.Cut(s, "|")
		return item, rest
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '|':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

var listEscaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// joinList writes a list as one field.
func joinList(values []string) string {
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = listEscaper.Replace(v)
	}
	return strings.Join(escaped, "|")
}
