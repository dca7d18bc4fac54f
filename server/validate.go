package server

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// The limits that leadmatch.v1 states, in bytes unless said otherwise.
const (
	maxID       = engine.MaxID
	maxName     = engine.MaxName
	maxEmail    = engine.MaxEmail
	maxURL      = engine.MaxURL
	maxPhone    = engine.MaxPhone
	maxPlace    = engine.MaxPlace // country, region, city
	maxPostal   = engine.MaxPostal
	maxStreet   = engine.MaxStreet
	maxKey      = 64
	maxLabel    = 256
	maxAuthor   = 128
	maxNote     = 1_024
	maxHost     = 253
	maxNames    = 64 // aliases of an account; also its domains, labels and numbers
	maxPhones   = 16 // of an account; also its addresses
	maxBatch    = 1_000
	maxPage     = 1_000
	defaultPage = 100
	maxLimit    = engine.MaxLimit // candidates
	maxShared   = 10_000
	maxRules    = 16 // rungs of the ladder; also filters
	maxRule     = 512
	maxWeights  = 1_000
	maxCurves   = 64
	maxPoints   = 64 // of a curve
)

// path names a field as a caller would: accounts[2].domains[0]. Paths are chained on the stack and spelled only when
// something is wrong.
type path struct {
	parent *path
	name   string
	index  int // of a list; -1 when it is none
}

func root(name string) path                { return path{name: name, index: -1} }
func (p *path) field(name string) path     { return path{parent: p, name: name, index: -1} }
func (p *path) at(name string, i int) path { return path{parent: p, name: name, index: i} }
func (p *path) entry(name, key string) path {
	return path{parent: p, name: name + "[" + strconv.Quote(key) + "]", index: -1}
}
func item(name string, i int) path { return path{name: name, index: i} }

// String is a loop: of a recursion the compiler would think that it keeps the paths, and put them on the heap.
func (p *path) String() string {
	s := ""
	for ; p != nil; p = p.parent {
		part := p.name
		if p.index >= 0 {
			part += "[" + strconv.Itoa(p.index) + "]"
		}
		if s != "" && part != "" {
			part += "."
		}
		s = part + s
	}
	return s
}

// maxViolations is how many wrong fields one answer names.
const maxViolations = 20

// invalidError says which fields of a request are wrong, and why. It holds no values: they may be personal.
type invalidError struct {
	fields  []*errdetails.BadRequest_FieldViolation
	dropped int
}

// invalid returns an error about one field.
func invalid(field, format string, args ...any) error {
	e := &invalidError{}
	e.add(field, fmt.Sprintf(format, args...))
	return e
}

func (e *invalidError) add(field, description string) {
	if len(e.fields) == maxViolations {
		e.dropped++
		return
	}
	e.fields = append(e.fields, &errdetails.BadRequest_FieldViolation{Field: field, Description: description})
}

func (e *invalidError) Error() string {
	first := e.fields[0]
	text := first.GetField() + ": " + first.GetDescription()
	if more := len(e.fields) - 1 + e.dropped; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

func (e *invalidError) status() error {
	return withDetail(codes.InvalidArgument, e.Error(), &errdetails.BadRequest{FieldViolations: e.fields})
}

// checker gathers what is wrong with a request. It allocates nothing as long as nothing is.
type checker struct{ found *invalidError }

func (c *checker) err() error {
	if c.found == nil {
		return nil
	}
	return c.found
}

func (c *checker) fail(p *path, format string, args ...any) {
	if c.found == nil {
		c.found = &invalidError{}
	}
	c.found.add(p.String(), fmt.Sprintf(format, args...))
}

func (c *checker) text(parent *path, name, value string, limit int) {
	if len(value) > limit {
		p := parent.field(name)
		c.fail(&p, "at most %d bytes; it has %d", limit, len(value))
	}
}

func (c *checker) texts(parent *path, name string, values []string, count, limit int) {
	c.count(parent, name, len(values), count)
	for i, v := range values {
		if len(v) > limit {
			p := parent.at(name, i)
			c.fail(&p, "at most %d bytes; it has %d", limit, len(v))
		}
	}
}

func (c *checker) count(parent *path, name string, have, limit int) {
	if have > limit {
		p := parent.field(name)
		c.fail(&p, "at most %d entries; it has %d", limit, have)
	}
}

// id checks a required id.
func (c *checker) id(p *path, value string) {
	switch {
	case value == "":
		c.fail(p, "required, 1 to %d bytes; it is empty", maxID)
	case len(value) > maxID:
		c.fail(p, "at most %d bytes; it has %d", maxID, len(value))
	case !plain(value):
		c.fail(p, "must be UTF-8 without control characters")
	}
}

// optionalID checks an id that may be empty.
func (c *checker) optionalID(parent *path, name, value string) {
	if value != "" {
		p := parent.field(name)
		c.id(&p, value)
	}
}

// plain says whether a text is valid UTF-8 without control characters.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; b < ' ' || b >= utf8.RuneSelf || b == 0x7f {
			return utf8.ValidString(s) && !slices.ContainsFunc([]rune(s), unicode.IsControl)
		}
	}
	return true
}

func (c *checker) address(p *path, a *leadmatchv1.Address) {
	c.text(p, "country", a.GetCountry(), maxPlace)
	c.text(p, "region", a.GetRegion(), maxPlace)
	c.text(p, "city", a.GetCity(), maxPlace)
	c.text(p, "postal", a.GetPostal(), maxPostal)
	c.text(p, "street", a.GetStreet(), maxStreet)
}

func (c *checker) lead(p *path, l *leadmatchv1.Lead) {
	engine.EachText(l, func(name, value string, limit int) { c.text(p, name, value, limit) })
}

func (c *checker) options(o *leadmatchv1.MatchOptions) {
	if o.GetLimit() > maxLimit {
		p := root("options")
		at := p.field("limit")
		c.fail(&at, "at most %d; it is %d", maxLimit, o.GetLimit())
	}
}

func (c *checker) account(p *path, a *leadmatchv1.Account) {
	id := p.field("id")
	c.id(&id, a.GetId())
	c.text(p, "name", a.GetName(), maxName)
	c.texts(p, "aliases", a.GetAliases(), maxNames, maxName)
	c.texts(p, "domains", a.GetDomains(), maxNames, maxURL)
	c.texts(p, "phones", a.GetPhones(), maxPhones, maxPhone)
	c.count(p, "addresses", len(a.GetAddresses()), maxPhones)
	for i, address := range a.GetAddresses() {
		at := p.at("addresses", i)
		c.address(&at, address)
	}
	c.optionalID(p, "parent_id", a.GetParentId())
	c.optionalID(p, "owner_id", a.GetOwnerId())
	c.labels(p, a.GetLabels())
	c.numbers(p, "numbers", a.GetNumbers(), math.MaxFloat64)
}

func (c *checker) labels(p *path, labels map[string]string) {
	c.count(p, "labels", len(labels), maxNames)
	for k, v := range labels {
		c.key(p, "labels", k)
		if len(v) > maxLabel {
			at := p.entry("labels", shortened(k))
			c.fail(&at, "at most %d bytes; it has %d", maxLabel, len(v))
		}
	}
}

// numbers checks numbers by name, which must be finite and no further from 0 than limit.
func (c *checker) numbers(p *path, name string, numbers map[string]float64, limit float64) {
	c.count(p, name, len(numbers), maxNames)
	for k, v := range numbers {
		c.key(p, name, k)
		if finite := !math.IsNaN(v) && !math.IsInf(v, 0); !finite || math.Abs(v) > limit {
			at := p.entry(name, shortened(k))
			c.fail(&at, "must be a finite number of at most %v either way; it is %v", limit, v)
		}
	}
}

func (c *checker) key(p *path, name, key string) {
	if key == "" || len(key) > maxKey {
		at := p.field(name)
		c.fail(&at, "keys have 1 to %d bytes; one has %d", maxKey, len(key))
	}
}

// shortened keeps a key that is too long itself out of the answer.
func shortened(key string) string {
	if len(key) > maxKey {
		return key[:maxKey/2] + "…"
	}
	return key
}

// batch checks how many entries a request has. When it is too many, they are not to be looked at.
func (c *checker) batch(name string, have, least int) bool {
	if have >= least && have <= maxBatch {
		return true
	}
	p := root(name)
	c.fail(&p, "%d to %d a request; there are %d", least, maxBatch, have)
	return false
}

// accounts checks the accounts of a request; unique says that an id may occur once.
func (c *checker) accounts(accounts []*leadmatchv1.Account, least int, unique bool) {
	if !c.batch("accounts", len(accounts), least) {
		return
	}
	first := make(map[string]int, len(accounts))
	for i, a := range accounts {
		p := item("accounts", i)
		c.account(&p, a)
		if j, again := first[a.GetId()]; unique && again {
			id := p.field("id")
			c.fail(&id, "an id may occur once in a request; accounts[%d] has the same", j)
		} else {
			first[a.GetId()] = i
		}
	}
}

func (c *checker) pageSize(size int32) int {
	if p := root("page_size"); size < 0 || size > maxPage {
		c.fail(&p, "0 to %d; it is %d", maxPage, size)
	}
	if size == 0 {
		return defaultPage
	}
	return int(size)
}

// policy checks the sizes of a policy; what it means is checked by the engine.
func (c *checker) policy(policy *leadmatchv1.Policy) {
	p := root("policy")
	c.text(&p, "name", policy.GetName(), maxID)
	c.texts(&p, "tie_breaks", policy.GetTieBreaks(), maxRules, maxRule)
	c.texts(&p, "filters", policy.GetFilters(), maxRules, maxRule)
	c.texts(&p, "shared_domains", policy.GetSharedDomains(), maxShared, maxHost)
	c.count(&p, "weights", len(policy.GetWeights()), maxWeights)
	c.count(&p, "calibration", len(policy.GetCalibration()), maxCurves)
	for i, curve := range policy.GetCalibration() {
		at := p.at("calibration", i)
		c.text(&at, "evidence", curve.GetEvidence(), maxKey)
		c.count(&at, "points", len(curve.GetPoints()), maxPoints)
	}
}
