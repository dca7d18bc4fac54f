package client

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// Problem is one field of a request that a server refused.
type Problem struct {
	Field       string // as in "accounts[2].domains[0]"
	Description string // what was expected
}

// Problems returns the fields that a server names in an error (INVALID_ARGUMENT), none for other errors.
func Problems(err error) []Problem {
	var problems []Problem
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				problems = append(problems, Problem{v.GetField(), v.GetDescription()})
			}
		}
	}
	return problems
}

// element splits "accounts[2].domains[0]" into 2 and "domains[0]".
func (p Problem) element(list string) (index int, field string, ok bool) {
	rest, ok := strings.CutPrefix(p.Field, list+"[")
	if !ok {
		return 0, "", false
	}
	number, rest, ok := strings.Cut(rest, "]")
	index, err := strconv.Atoi(number)
	return index, strings.TrimPrefix(rest, "."), ok && err == nil
}

// LeadError says why one lead of many was refused.
type LeadError struct {
	Field       string // "email"
	Description string // what was expected
}

func (e *LeadError) Error() string { return joinField(e.Field, e.Description) }

// AccountError says why one account of many was refused.
type AccountError struct {
	ID          string
	Field       string // "domains[0]"
	Description string // what was expected
}

func (e *AccountError) Error() string {
	return fmt.Sprintf("account %q: %s", e.ID, joinField(e.Field, e.Description))
}

func joinField(field, description string) string {
	if field == "" {
		return description
	}
	return field + ": " + description
}
