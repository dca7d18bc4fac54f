package rows

import (
	"strings"
	"unicode"
)

// Printable replaces control characters, with which a stranger's company name could steer a terminal, and those that turn
// the direction of text.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
