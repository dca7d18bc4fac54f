package metrics

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadmatch/leadmatch/matcher"
)

// Kind says by what a lead can be told: how long it takes depends on that.
type Kind uint8

// The kinds.
const (
	ByDomain Kind = iota // a business domain, whatever else there is
	ByPhone              // a phone number, and no name
	ByNameAndPlace
	ByName
	ByNothing
	Kinds
)

// KindNames are the kinds' names, in their order.
var KindNames = [Kinds]string{"domain", "phone", "name_and_place", "name", "nothing"}

// KindOf returns a lead's kind, as far as it shows without looking closer.
func KindOf(l *matcher.Lead, o *matcher.Outcome) Kind {
	switch {
	case (l.Website != "" || l.Email != "") && !slices.Contains(o.Reasons, matcher.FreemailOnly):
		return ByDomain
	case l.Company == "" && l.Phone != "":
		return ByPhone
	case l.Company == "":
		return ByNothing
	case l.Address != (matcher.Address{}):
		return ByNameAndPlace
	}
	return ByName
}

// Leads counts leads that were decided. Nil counts nothing.
type Leads struct {
	Durations [Kinds]Histogram // what the engine took
	Decisions [matcher.Insufficient + 1]atomic.Uint64
	DecidedBy [matcher.ByOverride + 1]atomic.Uint64
	Reasons   [matcher.Filtered + 1]atomic.Uint64

	mu   sync.Mutex // guards cuts
	cuts map[string]uint64
}

// Time counts what a lead took. It need not be called for all.
func (m *Leads) Time(l *matcher.Lead, o *matcher.Outcome, took time.Duration) {
	if !counting {
		return
	}
	m.Durations[KindOf(l, o)].Observe(took)
}

// Count counts a lead that was decided.
func (m *Leads) Count(o *matcher.Outcome) {
	if !counting {
		return
	}
	if m == nil {
		return
	}
	m.Decisions[o.Decision].Add(1)
	m.DecidedBy[o.DecidedBy].Add(1)
	for _, r := range o.Reasons {
		m.Reasons[r].Add(1)
	}
	if len(o.Retrieval.Cuts) > 0 {
		m.countCuts(o.Retrieval.Cuts)
	}
}

func (m *Leads) countCuts(cuts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cuts == nil {
		m.cuts = map[string]uint64{}
	}
	for _, cut := range cuts {
		m.cuts[cut]++
	}
}

// EachCut calls f with each bound that has cut a search, as "accounts_of_one_key", and how often.
func (m *Leads) EachCut(f func(cut string, count uint64)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for cut, n := range m.cuts {
		what, _, _ := strings.Cut(cut, ":") // then comes the bound
		f(strings.ReplaceAll(what, " ", "_"), n)
	}
}
