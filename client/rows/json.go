package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The standard library says whether a line is JSON; what is below then walks it without checking anything again, and
// hands out pieces of the line instead of copies. Read as maps of values, a million accounts would take three times as
// long.

// raw is one valid JSON value as text, without spaces around it.
type raw string

// parseObject checks that a line is one JSON object.
func parseObject(line []byte) (raw, error) {
	if !json.Valid(line) {
		var ignored json.RawMessage
		err := json.Unmarshal(line, &ignored)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return "", fmt.Errorf("not JSON: %w (at byte %d)", err, syntax.Offset)
		}
		return "", fmt.Errorf("not JSON: %w", err)
	}
	v := raw(strings.TrimSpace(string(line)))
	if v.kind() != "an object" {
		return "", fmt.Errorf("expected a JSON object, not %s", v.kind())
	}
	return v, nil
}

// kind names the value's type, for messages.
func (v raw) kind() string {
	switch v[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return string(v)
	case 'n':
		return "null"
	}
	return "a number"
}

// text returns a string's text; of a number, its digits; of anything else, it as it stands.
func (v raw) text() string {
	if v[0] != '"' {
		return string(v)
	}
	if strings.IndexByte(string(v), '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	if err := json.Unmarshal([]byte(v), &s); err != nil {
		panic("rows: " + err.Error()) // the line has been found valid
	}
	return s
}

// members calls f for each member of an object, in order, and stops at its first error.
func (v raw) members(f func(key string, value raw) error) error {
	for s := skipSpace(v[1:]); s[0] != '}'; s = skipComma(s) {
		end := stringEnd(s)
		key := s[:end].text()
		s = skipSpace(skipSpace(s[end:])[1:])
		end = valueEnd(s)
		if err := f(key, s[:end]); err != nil {
			return err
		}
		s = s[end:]
	}
	return nil
}

// elements calls f for each element of a list, in order, and stops at its first error.
func (v raw) elements(f func(value raw) error) error {
	for s := skipSpace(v[1:]); s[0] != ']'; s = skipComma(s) {
		end := valueEnd(s)
		if err := f(s[:end]); err != nil {
			return err
		}
		s = s[end:]
	}
	return nil
}

func skipSpace(s raw) raw {
	for i := range len(s) {
		if s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r' {
			return s[i:]
		}
	}
	return ""
}

// skipComma skips the comma between two members or elements, if this is not the end.
func skipComma(s raw) raw {
	s = skipSpace(s)
	if s[0] == ',' {
		s = skipSpace(s[1:])
	}
	return s
}

// valueEnd returns where the value that s begins with ends.
func valueEnd(s raw) int {
	switch s[0] {
	case '"':
		return stringEnd(s)
	case '{', '[':
		return nestedEnd(s)
	}
	return strings.IndexAny(string(s), ",}] \t\r\n")
}

func stringEnd(s raw) int {
	for i := 1; ; i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func nestedEnd(s raw) int {
	depth := 0
	for i := 0; ; i++ {
		switch s[i] {
		case '"':
			i += stringEnd(s[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}
