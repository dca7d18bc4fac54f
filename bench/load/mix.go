package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// Mix is the share of each kind of lead, by corpus.Kind. Shares need not add up to anything.
type Mix [corpus.Address + 1]float64

// Usual is what comes in where most people give the address that they work under.
var Usual = Mix{corpus.Domain: 50, corpus.Exact: 15, corpus.Fuzzy: 15, corpus.Typo: 10, corpus.Common: 1, corpus.Absent: 9}

// String spells a mix as ParseMix reads it.
func (m Mix) String() string {
	var parts []string
	for _, k := range corpus.Kinds {
		if m[k] > 0 {
			parts = append(parts, fmt.Sprintf("%s=%v", k, m[k]))
		}
	}
	return strings.Join(parts, ",")
}

// ParseMix reads shares: "domain=50,fuzzy=50". Kinds that are not named have none; a kind alone has 1.
func ParseMix(text string) (m Mix, err error) {
	sum := 0.0
	for part := range strings.SplitSeq(text, ",") {
		name, share, given := strings.Cut(strings.TrimSpace(part), "=")
		kind, known := kindOf(name)
		if !known {
			return m, fmt.Errorf("%q is no kind of lead; expected %s", name, kindNames())
		}
		m[kind] = 1
		if given {
			if m[kind], err = strconv.ParseFloat(share, 64); err != nil || !(m[kind] >= 0 && m[kind] <= 1e9) {
				return m, fmt.Errorf("the share of %s is %q; expected a number of 0 or more", name, share)
			}
		}
		sum += m[kind]
	}
	if sum == 0 {
		return m, fmt.Errorf("%q has no share above 0", text)
	}
	return m, nil
}

func kindOf(name string) (corpus.Kind, bool) {
	for _, k := range corpus.Kinds {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

func kindNames() string {
	names := make([]string, len(corpus.Kinds))
	for i, k := range corpus.Kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}

// Of returns n leads, each of a kind drawn by the shares, from leads by kind as package corpus makes them. Kinds of which
// there are no leads are left out.
func (m Mix) Of(seed uint64, byKind [][]*matcher.Lead, n int) ([]*matcher.Lead, error) {
	sum := 0.0
	for k := range m {
		if len(byKind[k]) == 0 {
			m[k] = 0
		}
		sum += m[k]
	}
	if sum == 0 {
		return nil, errors.New("there is no lead of these kinds")
	}
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]*matcher.Lead, n)
	for i := range out {
		from := byKind[m.draw(r.Float64()*sum)]
		out[i] = from[i%len(from)]
	}
	return out, nil
}

// draw returns the kind whose share holds the place.
func (m Mix) draw(at float64) (kind int) {
	for k, share := range m {
		if share == 0 {
			continue
		}
		if kind = k; at < share {
			break
		}
		at -= share
	}
	return kind
}
