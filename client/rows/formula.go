package rows

import "strings"

// A spreadsheet runs a field that begins with =, +, -, @, a tab or a carriage return as a formula, and company names are
// typed by strangers. Such a field is written with a ' before it, which spreadsheets take for "this is text" and which
// is taken away again on the way in. A value that itself begins with ' and then such a character gets one more, so
// that every value comes back as it was.

// startsFormula says whether a spreadsheet would run the value, after any '.
func startsFormula(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}

func escapeFormula(s string) string {
	if startsFormula(s) {
		return "'" + s
	}
	return s
}

func unescapeFormula(s string) string {
	if s != "" && s[0] == '\'' && startsFormula(s) {
		return s[1:]
	}
	return s
}
