package server

import (
	"crypto/rand"
	"strings"
)

// requestIDHeader is the metadata, and the header of HTTP, with a caller's own id for a call. It comes back with the answer
// and stands in the log beside what is said of the call.
const requestIDHeader = "x-request-id"

const maxRequestID = 64 // bytes

// requestIDOf returns the id that a call came with. One that is not of the letters, digits and marks that ids are made of
// is none: it would be a stranger's words in the log.
func requestIDOf(values []string) string {
	if len(values) != 1 || len(values[0]) > maxRequestID || strings.ContainsFunc(values[0], notOfID) {
		return ""
	}
	return values[0]
}

func notOfID(r rune) bool {
	letter := r|0x20 >= 'a' && r|0x20 <= 'z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("-_.:", r)
}

// newID returns an id that nobody else has.
func newID() string { return strings.ToLower(rand.Text()[:12]) }
