package access

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A tokens file has a line for each token, and comments that begin with #. A line is six words:
//
//	id  SHA-256 of the secret, in hex  name  scopes, with commas between  expiry  rate
//
// The expiry is a time as in RFC 3339, or "never". The rate is how many leads, accounts or calls a second, or "-" for
// what the server gives to everybody. Deleting a line takes its token away.
const (
	never       = "never"
	defaultRate = "-"

	maxFileBytes = 1 << 20
	maxNameBytes = 64
	// MaxRate is the greatest rate that can be said.
	MaxRate = 1_000_000
)

// Tokens are the callers that a tokens file names.
type Tokens struct {
	path    string
	rate    int // of callers whose line names none; 0: any
	callers atomic.Pointer[map[string]*Caller]
}

// Open reads a tokens file. rate is for the tokens that name none; 0 means that they may call as often as they like.
func Open(path string, rate int) (*Tokens, error) {
	t := &Tokens{path: path, rate: rate}
	t.callers.Store(&map[string]*Caller{})
	return t, t.Reload()
}

// Reload reads the file again. With an error, all is as it was. Callers that are in the file as before keep what they
// have used of their rate; those that are not are no longer let in.
func (t *Tokens) Reload() error {
	text, err := readFile(t.path)
	if err != nil {
		return err
	}
	old := *t.callers.Load()
	fresh := map[string]*Caller{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, c, err := t.parse(line)
		if err == nil && fresh[id] != nil {
			err = errors.New("the id is that of an earlier line")
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", t.path, n, err)
		}
		if was := old[id]; was != nil && was.line == line {
			c = was
		}
		fresh[id] = c
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	t.callers.Store(&fresh)
	for id, c := range old {
		if fresh[id] != c {
			c.removed.Store(true)
		}
	}
	return nil
}

// readFile returns what is in a tokens file, which nobody but its owner may be able to change.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return "", fmt.Errorf("%s: it is no file (mode %v)", path, info.Mode())
	}
	if info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s: others than its owner may change it (mode %v); chmod 600 it", path, info.Mode().Perm())
	}
	if info.Size() > maxFileBytes {
		return "", fmt.Errorf("%s: it has %d bytes, at most %d are read", path, info.Size(), maxFileBytes)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

const lineWords = 6

func (t *Tokens) parse(line string) (id string, c *Caller, err error) {
	words := strings.Fields(line)
	if len(words) != lineWords {
		return "", nil, fmt.Errorf("expected %d words: id, hash, name, scopes, expiry, rate; there are %d", lineWords, len(words))
	}
	c = &Caller{Name: words[2], line: line}
	if n, err := hex.Decode(c.secret[:], []byte(words[1][:min(len(words[1]), 2*len(c.secret))])); err != nil ||
		n != len(c.secret) || len(words[1]) != 2*n {
		return "", nil, fmt.Errorf("the hash must be %d hexadecimal digits", 2*len(c.secret))
	}
	if c.Scopes, err = ParseScopes(words[3]); err != nil {
		return "", nil, err
	}
	if words[4] != never {
		if c.Expires, err = time.Parse(time.RFC3339, words[4]); err != nil {
			return "", nil, fmt.Errorf("the expiry must be a time as 2030-01-31T00:00:00Z, or never; it is %q", words[4])
		}
	}
	perSecond := t.rate
	if words[5] != defaultRate {
		if perSecond, err = strconv.Atoi(words[5]); err != nil || perSecond < 1 || perSecond > MaxRate {
			return "", nil, fmt.Errorf("the rate must be 1 to %d a second, or -; it is %q", MaxRate, words[5])
		}
	}
	if perSecond > 0 {
		c.rate.each = time.Second / time.Duration(perSecond)
	}
	return words[0], c, nil
}

// Grant is what a token is made for.
type Grant struct {
	Name    string // 1 to 64 letters, digits, ".", "-" and "_", for people and the log
	Scopes  Scope
	Expires time.Time // zero: never
	Rate    int       // leads, accounts or calls a second; 0: what the server gives to everybody
}

// Add makes a token, adds its line to the tokens file, which it creates when there is none, and returns the token. It is
// not kept anywhere.
func Add(path string, g Grant) (token string, err error) {
	if err := g.check(); err != nil {
		return "", err
	}
	token, id, secret := newToken()
	expires, rate := never, defaultRate
	if !g.Expires.IsZero() {
		expires = g.Expires.UTC().Format(time.RFC3339)
	}
	if g.Rate > 0 {
		rate = strconv.Itoa(g.Rate)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(file, "%s %x %s %s %s %s\n", id, secret, g.Name, g.Scopes, expires, rate)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", err
	}
	return token, nil
}

func (g *Grant) check() error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r)
	}
	switch {
	case g.Name == "" || len(g.Name) > maxNameBytes || strings.ContainsFunc(g.Name, func(r rune) bool { return !plain(r) }):
		return fmt.Errorf("the name must be 1 to %d letters, digits, dots, dashes and underscores; it is %q", maxNameBytes, g.Name)
	case g.Scopes == 0 || g.Scopes&^All != 0:
		return errors.New("the token needs a scope: some of match, write, review, admin")
	case g.Rate < 0 || g.Rate > MaxRate:
		return fmt.Errorf("the rate must be 1 to %d a second; it is %d", MaxRate, g.Rate)
	}
	return nil
}
