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
	Domain  Kind = iota // the company's name, and an e-mail address at a domain that no other account has
	Exact               // the company's name as the account spells it
	Fuzzy               // the name as people type it: no legal form, a word left out, added or glued to the next
	Typo                // the name with one letter wrong
	Common              // a name of two to four of the most frequent words
	Absent              // the name of a company that is not among the accounts
	Worst               // 256 bytes of the most frequent words: the worst to search for
	Address             // an e-mail address at a domain that no other account has, and no name
)

// Kinds are all kinds, in order.
var Kinds = []Kind{Domain, Exact, Fuzzy, Typo, Common, Absent, Worst, Address}

func (k Kind) String() string {
	return [...]string{"domain", "exact", "fuzzy", "typo", "common", "absent", "worst", "address"}[k]
}

// of says whether leads of the kind are made from an account.
func (k Kind) of() bool { return k != Common && k != Absent && k != Worst }

// byDomain says whether leads of the kind have the domain of an account, which no other has.
func (k Kind) byDomain() bool { return k == Domain || k == Address }

// Lead returns the lead of a kind and number, 0 or more, and the account that it was made from; empty when there is
// none. Another account may fit as well: names are drawn, and short ones repeat.
func (c *Corpus) Lead(kind Kind, number int) (lead matcher.Lead, expected string) {
	r := c.rand(purposeLead+uint64(kind), number)
	if !kind.of() {
		return c.unrelated(kind, r, number), ""
	}
	a := c.pick(r, func(i int) bool { return !kind.byDomain() || c.hasDomain(i) && !c.isHosted(i) && c.alone(i) })
	return leadFor(kind, r, number, &a), a.ID
}

// unrelated returns a lead that is of no account.
func (c *Corpus) unrelated(kind Kind, r *rand.Rand, number int) matcher.Lead {
	lead := matcher.Lead{ID: leadID(kind, number)}
	switch kind {
	case Common:
		lead.Company = strings.TrimSpace(c.commonWords(r, 2+r.IntN(3)))
	case Absent:
		lead.Company = c.Account(c.accounts + r.IntN(1<<40)).Name
	case Worst:
		lead.Company = c.commonWords(r, worstBytes)[:worstBytes]
	}
	return lead
}

// leadFor returns a lead of a kind that is made from an account.
func leadFor(kind Kind, r *rand.Rand, number int, a *matcher.Account) matcher.Lead {
	lead := matcher.Lead{ID: leadID(kind, number)}
	if kind != Address {
		lead.Company = Retype(kind, r, a.Name)
	}
	if kind.byDomain() {
		lead.Email = "jo.doe@" + a.Domains[0]
	}
	return lead
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

func leadID(kind Kind, number int) string { return kind.String() + "-" + strconv.Itoa(number) }

// pick draws an account of which ok holds; the last of many draws if it holds of none.
func (c *Corpus) pick(r *rand.Rand, ok func(i int) bool) matcher.Account {
	i := r.IntN(c.accounts)
	for tries := 0; tries < 1000 && !ok(i); tries++ {
		i = r.IntN(c.accounts)
	}
	return c.Account(i)
}

const worstBytes = 256

// commonWords returns so many of the most frequent words, each with a space behind it.
func (c *Corpus) commonWords(r *rand.Rand, n int) string {
	const most = 40
	var b strings.Builder
	for range n {
		b.WriteString(c.words.words[r.IntN(most)])
		b.WriteByte(' ')
	}
	return b.String()
}
