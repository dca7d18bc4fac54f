// Package corpus makes up accounts and leads of any number from a seed. Words are as frequent as they are in real
// names, because that is what decides how long a search takes: see words.tsv. Nothing else about them is real.
//
//	c := corpus.New(1, 1_000_000)
//	err := index.Replace(1, c.Accounts())
//	lead, expected := c.Lead(corpus.Fuzzy, 0)
//
// The same seed and number give the same account and lead, and an account is the same in a corpus of any size.
//
// # Concurrency
//
// A Corpus never changes: any number of goroutines may use it at once.
//
// # Memory
//
// An account is computed from its number when it is asked for, so a corpus of ten million takes no more memory than one of ten.
package corpus

import (
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leadmatch/leadmatch/matcher"
)

// Corpus is a number of made-up accounts, and leads for them.
type Corpus struct {
	seed     uint64
	accounts int
	words    *vocabulary
}

// New returns a corpus of so many accounts, at least one.
func New(seed uint64, accounts int) *Corpus {
	return &Corpus{seed, max(1, accounts), loadVocabulary()}
}

// Len returns how many accounts there are.
func (c *Corpus) Len() int { return c.accounts }

// Accounts yields every account, in the order of their numbers. It never yields an error; it fits
// matcher.Index.Replace.
func (c *Corpus) Accounts() iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		for i := range c.accounts {
			a := c.Account(i)
			if !yield(&a, nil) {
				return
			}
		}
	}
}

// Shares of accounts that have something, in percent; about what a CRM that is kept with some care holds.
const (
	withDomain  = 70
	withCountry = 90
	withPhone   = 40
	withAlias   = 10
	withSibling = 5 // that share the domain of the account before
)

// Account returns the account of a number, 0 or more. Numbers from Len on are companies that are not in the corpus.
func (c *Corpus) Account(i int) matcher.Account {
	r := c.rand(purposeAccount, i)
	name := c.name(r)
	a := matcher.Account{ID: "c" + strconv.Itoa(i), Name: title(name), OwnerID: "owner-" + strconv.Itoa(r.IntN(500))}
	if chance(r, withCountry) {
		country := countries[r.IntN(len(countries))]
		a.Addresses = []matcher.Address{{Country: country.code, City: country.cities[r.IntN(len(country.cities))]}}
		if chance(r, withPhone) {
			a.Phones = []string{"+" + country.dial + strconv.Itoa(200_000_000+r.IntN(700_000_000))}
		}
	}
	if chance(r, withAlias) {
		a.Aliases = []string{title(shorten(name))}
	}
	if c.hasDomain(i) {
		a.Domains = []string{c.domain(i, name)}
	}
	if i > 0 && c.hasSibling(i) {
		a.ParentID = "c" + strconv.Itoa(i-1)
		a.Domains = c.Account(i - 1).Domains
	}
	return a
}

// Names have as many words as those that words.tsv was made from, in thousandths; the longest stand for all longer ones.
var nameLengths = newAlias([]float64{0, 153, 133, 228, 210, 135, 68, 35, 18, 9, 5, 3, 3})

// name draws a name, in lower case, the legal form, if any, last.
func (c *Corpus) name(r *rand.Rand) []string {
	words := make([]string, nameLengths.draw(r))
	if len(words) == 1 {
		words[0] = c.words.only(r)
		return words
	}
	end := len(words) - 1
	for i := range end {
		words[i] = c.words.inner(r)
	}
	words[end] = c.words.last(r)
	return words
}

func (c *Corpus) hasDomain(i int) bool {
	return chance(c.rand(purposeDomain, i), withDomain)
}

// hasSibling says whether the account belongs to the one before, and has its domain. Siblings come in pairs, and not in
// chains, so that finding out takes one look.
func (c *Corpus) hasSibling(i int) bool {
	return i%2 == 1 && chance(c.rand(purposeSibling, i), 2*withSibling)
}

var endings = []string{"com", "com", "com", "com", "org", "net", "de", "co.uk", "fr", "co.jp", "io", "ca", "com.au", "in"}

// domain returns a domain of the first words of the name. The account's number is in it, because a domain of frequent
// words alone is a domain of many.
func (c *Corpus) domain(i int, name []string) string {
	var b strings.Builder
	for _, w := range name[:min(2, len(name))] {
		for _, letter := range w {
			if letter >= 'a' && letter <= 'z' && b.Len() < 30 {
				b.WriteRune(letter)
			}
		}
	}
	b.WriteString(strconv.FormatInt(int64(i), 36))
	return b.String() + "." + endings[i%len(endings)]
}

// country is where made-up companies are, as often as its place in the list says.
type country struct {
	code, dial string
	cities     []string
}

var (
	unitedStates = country{"US", "1", []string{"New York", "Chicago", "Houston", "Boston", "Denver", "Springfield", "Portland"}}
	countries    = []country{
		unitedStates, unitedStates, unitedStates, unitedStates,
		{"GB", "44", []string{"London", "Manchester", "Leeds", "Bristol"}},
		{"DE", "49", []string{"Berlin", "München", "Hamburg", "Köln"}},
		{"KR", "82", []string{"Seoul", "Busan", "Incheon"}},
		{"PK", "92", []string{"Karachi", "Lahore", "Islamabad"}},
		{"FR", "33", []string{"Paris", "Lyon", "Marseille"}},
		{"JP", "81", []string{"Tokyo", "Osaka", "Nagoya"}},
		{"IN", "91", []string{"Mumbai", "New Delhi", "Bengaluru"}},
		{"CA", "1", []string{"Toronto", "Montreal", "Vancouver"}},
	}
)

// A purpose keeps what is drawn for one thing apart from what is drawn for another of the same number.
const (
	purposeAccount uint64 = iota
	purposeDomain
	purposeSibling
	purposeLead // and on: one for each kind
)

// rand returns the source of all that is drawn for one number and purpose.
func (c *Corpus) rand(purpose uint64, i int) *rand.Rand {
	return rand.New(rand.NewPCG(c.seed^purpose<<56, uint64(i)))
}

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// title spells a name as companies do: each word begins with a capital.
func title(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		first, size := utf8.DecodeRuneInString(w)
		b.WriteRune(unicode.ToTitle(first))
		b.WriteString(w[size:])
	}
	return b.String()
}

// shorten leaves the last word, often a legal form, and the third and later ones out.
func shorten(words []string) []string {
	if len(words) == 1 {
		return words
	}
	return words[:min(2, len(words)-1)]
}
