package access

import (
	"fmt"
	"strings"
)

// Scope is a set of things that a caller may do.
type Scope uint8

// The scopes. None includes another: a token has all the scopes that it names, and no more.
const (
	Match  Scope = 1 << iota // decide leads
	Write                    // change and read accounts
	Review                   // keep overrides; read accounts and the policy
	Admin                    // change the policy, read everything at once, look into the server

	All = Match | Write | Review | Admin
)

var scopeNames = []struct {
	scope Scope
	name  string
}{{Match, "match"}, {Write, "write"}, {Review, "review"}, {Admin, "admin"}}

// ParseScopes reads scopes with commas between.
func ParseScopes(text string) (all Scope, err error) {
	for word := range strings.SplitSeq(text, ",") {
		one, ok := scopeOf(word)
		if !ok {
			return 0, fmt.Errorf("there is no scope %q; expected some of match, write, review, admin, with commas between", word)
		}
		all |= one
	}
	return all, nil
}

func scopeOf(name string) (Scope, bool) {
	for _, s := range scopeNames {
		if s.name == name {
			return s.scope, true
		}
	}
	return 0, false
}

// String is how ParseScopes reads them.
func (s Scope) String() string {
	var names []string
	for _, n := range scopeNames {
		if s&n.scope != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ",")
}
