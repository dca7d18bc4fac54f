package access

import (
	"crypto/subtle"
	"errors"
	"strings"
	"sync/atomic"
	"time"
)

// The reasons for which a caller is not let in.
var (
	ErrNoToken  = errors.New("a token is needed: the metadata must hold one \"authorization: Bearer TOKEN\"")
	ErrBadToken = errors.New("the token is not valid")
	ErrExpired  = errors.New("the token has expired")
)

// Caller is who a token was made for.
type Caller struct {
	Name    string
	Scopes  Scope
	Expires time.Time // zero: never

	line    string // of the file, by which a caller that has not changed is known
	secret  hash
	rate    rate
	removed atomic.Bool // it is not in the file any more
}

// Take counts n leads, accounts or calls against the caller's rate. When the caller has had too many already it counts
// none, and says after how long to ask again.
func (c *Caller) Take(n int) (wait time.Duration) { return c.rate.take(n, time.Now()) }

// Check says whether the caller may go on: a stream may outlive its token.
func (c *Caller) Check() error {
	switch {
	case c.removed.Load():
		return ErrBadToken
	case !c.Expires.IsZero() && !time.Now().Before(c.Expires):
		return ErrExpired
	}
	return nil
}

// Find returns who calls, by the values of the call's authorization metadata. The error is one of ErrNoToken,
// ErrBadToken, ErrExpired.
func (t *Tokens) Find(authorization []string) (*Caller, error) {
	if len(authorization) != 1 {
		return nil, ErrNoToken
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		return nil, ErrNoToken
	}
	id, secret, ok := split(token)
	if !ok {
		return nil, ErrBadToken
	}
	c := (*t.callers.Load())[id]
	if c == nil {
		c = &nobody // so that an unknown id takes as long as a wrong secret
	}
	if got := hashOf(secret); subtle.ConstantTimeCompare(got[:], c.secret[:]) != 1 || c == &nobody {
		return nil, ErrBadToken
	}
	return c, c.Check()
}

var nobody Caller
