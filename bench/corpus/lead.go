package corpus

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/client/typed"
	"github.com/leadmatch/leadmatch/matcher"
)

// Kind is what a lead is to its account; each costs the engine something else.
type Kind uint8

const (
	Domain Kind = iota // the company's name, and an e-mail address at a domain that no other account has
	Exact              // the company's name as the account spells it
	Fuzzy              // the name as people type it: no legal form, a word left out, added or glued to the next
	Typo               // the name with one letter wrong
	Common             // 256 bytes of the most frequent words: the worst to search for
	Absent             // the name of a company that is not among the accounts
)

// Kinds are all kinds, in order.
var Kinds = []Kind{Domain, Exact, Fuzzy, Typo, Common, Absent}

func (k Kind) String() string {
	return [...]string{"domain", "exact", "fuzzy", "typo", "common", "absent"}[k]
}

// Lead returns the lead of a kind and number, 0 or more, and the account that it was made from; empty when there is
// none. Another account may fit as well: names are drawn, and short ones repeat.
func (c *Corpus) Lead(kind Kind, number int) (lead matcher.Lead, expected string) {
	r := c.rand(purposeLead+uint64(kind), number)
	lead.ID = kind.String() + "-" + strconv.Itoa(number)
	switch kind {
	case Common:
		lead.Company = c.commonWords(r)
		return lead, ""
	case Absent:
		lead.Company = c.Account(c.accounts + r.IntN(1<<40)).Name
		return lead, ""
	case Domain:
		a := c.pick(r, func(i int) bool { return c.hasDomain(i) && !c.hasSibling(i) && !c.hasSibling(i+1) })
		lead.Company, lead.Email = a.Name, "jo.doe@"+a.Domains[0]
		return lead, a.ID
	}
	a := c.pick(r, func(int) bool { return true })
	lead.Company = Retype(kind, r, a.Name)
	return lead, a.ID
}

// Retype types a name as a lead of the kind does. Kinds that are not about how a name is typed leave it as it is.
func Retype(kind Kind, r *rand.Rand, name string) string {
	switch kind {
	case Fuzzy:
		return typed.Loosely(r, name)
	case Typo:
		return typed.Wrongly(r, name)
	}
	return name
}

// pick draws an account of which ok holds; the last of many draws if it holds of none.
func (c *Corpus) pick(r *rand.Rand, ok func(i int) bool) matcher.Account {
	i := r.IntN(c.accounts)
	for tries := 0; tries < 1000 && !ok(i); tries++ {
		i = r.IntN(c.accounts)
	}
	return c.Account(i)
}

const commonBytes = 256

// commonWords joins words from among the most frequent ones.
func (c *Corpus) commonWords(r *rand.Rand) string {
	const most = 40
	var b strings.Builder
	for b.Len() < commonBytes {
		b.WriteString(c.words.words[r.IntN(most)])
		b.WriteByte(' ')
	}
	return b.String()[:commonBytes]
}
