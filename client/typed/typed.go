// Package typed types company names as people do who fill in a form: shortened, glued together, mistyped.
//
// What is drawn comes from the caller's source alone: the same source and name give the same text.
package typed

import (
	"math/rand/v2"
	"strings"
)

// Loosely leaves the last word of a name out, often its legal form, and, one time in three each, glues two words, leaves
// another one out, or adds one.
func Loosely(r *rand.Rand, name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return name
	}
	return strings.Join(loosen(r, words), " ")
}

func loosen(r *rand.Rand, words []string) []string {
	if len(words) > 1 {
		words = words[:len(words)-1]
	}
	switch at := r.IntN(len(words)); {
	case len(words) == 1:
		return append(words, "Group")
	case r.IntN(100) < 33 && at > 0:
		return append(append(words[:at-1:at-1], words[at-1]+strings.ToLower(words[at])), words[at+1:]...)
	case r.IntN(100) < 50:
		return append(words[:at:at], words[at+1:]...)
	default:
		return append(words, "Group")
	}
}

// Wrongly swaps two letters inside the longest word of a name, or doubles one where it is too short for that.
func Wrongly(r *rand.Rand, name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return name
	}
	longest := 0
	for i, w := range words {
		if len(w) > len(words[longest]) {
			longest = i
		}
	}
	letters := []rune(words[longest])
	if len(letters) < 4 {
		words[longest] += string(letters[len(letters)-1])
		return strings.Join(words, " ")
	}
	at := 1 + r.IntN(len(letters)-2)
	if letters[at] == letters[at+1] {
		letters = append(letters[:at], letters[at+1:]...)
	} else {
		letters[at], letters[at+1] = letters[at+1], letters[at]
	}
	words[longest] = string(letters)
	return strings.Join(words, " ")
}

// forms are legal forms that stand for each other in forms that people fill in.
var forms = []string{"Inc", "Inc.", "LLC", "Ltd", "Limited", "Corp", "GmbH", "AG", "SA", "BV", "Pty Ltd", "Co., Ltd."}

// WithForm puts another legal form behind a name, in place of the last word where that is one.
func WithForm(r *rand.Rand, name string) string {
	words := strings.Fields(name)
	if n := len(words); n > 1 && isForm(words[n-1]) {
		words = words[:n-1]
	}
	return strings.Join(append(words, forms[r.IntN(len(forms))]), " ")
}

func isForm(word string) bool {
	for _, f := range forms {
		if strings.EqualFold(strings.Trim(word, ".,"), strings.Trim(f, ".,")) {
			return true
		}
	}
	return false
}

// short are words that people write shorter.
var short = strings.NewReplacer(
	"International", "Intl", "Company", "Co", "Corporation", "Corp", "Manufacturing", "Mfg", "Technologies", "Tech",
	"Services", "Svcs", "Associates", "Assoc", "Association", "Assn", "University", "Univ", "Department", "Dept",
	"National", "Natl", "Brothers", "Bros", "Saint", "St", "Hospital", "Hosp", "Management", "Mgmt", " and ", " & ",
)

// Shortly abbreviates the words of a name that people abbreviate; a name without such words loses its capitals.
func Shortly(name string) string {
	if s := short.Replace(name); s != name {
		return s
	}
	return strings.ToLower(name)
}
