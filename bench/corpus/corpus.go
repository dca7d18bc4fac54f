// Package corpus makes up accounts and leads of any number from a seed. Words are as frequent as they are in real
// names, because that is what decides how long a search takes: see words.tsv. Nothing else about them is real.
//
//	c := corpus.New(1, 1_000_000)
//	err := index.Replace(1, c.Accounts())
//	lead, expected := c.Lead(corpus.Fuzzy, 0)
//
// The same seed and number give the same account and lead, and an account is the same in a corpus of any size.
// [LeadsFor] makes leads of the same kinds for accounts of a file.
//
// # How real it is
//
// Of a million made-up accounts, and of 1.1 million names of public registers, each of which is there once
// (go run ./bench/corpus/wordcount -compare ACCOUNTS.jsonl.gz):
//
//	                                             real    made up
//	words a name                                 3.63       3.61
//	bytes a name                                 26.8       24.9
//	names of 1 words                            0.153      0.146
//	names of 2 words                            0.133      0.129
//	names of 3 words                            0.228      0.234
//	names of 4 words                            0.210      0.228
//	names of 5 or more words                    0.276      0.263
//	names with word 1, of a million          111225.3   111900.5
//	names with word 10, of a million          27494.0    27546.4
//	names with word 100, of a million          3428.9     3452.3
//	names with word 1000, of a million          340.3      353.8
//	names with word 10000, of a million          26.2       28.0
//	names with word 100000, of a million          1.8        1.8
//	distinct words a name                       0.395      0.342
//	distinct words that one name has            0.710      0.704
//	names that no other account has             1.000      0.864
//
// In books of accounts that people keep, where one name stands several times, 0.83 to 0.99 of the names are nobody else's.
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
	withDomain = 70
	withHost   = 1 // a domain that many companies' pages are on, in place of one of their own
	withPlace  = 90
	withPostal = 60 // of those that have a place
	withPhone  = 40 // of those that have a place
	withAlias  = 10
)

// Account returns the account of a number, 0 or more. Numbers from Len on are companies that are not in the corpus.
func (c *Corpus) Account(i int) matcher.Account {
	r := c.rand(purposeAccount, i)
	name := c.name(r)
	a := matcher.Account{ID: "c" + strconv.Itoa(i), OwnerID: "owner-" + strconv.Itoa(r.IntN(500))}
	if chance(r, withPlace) {
		c.place(r, &a)
	}
	switch head := c.headOf(i); {
	case head != i:
		a.ParentID = "c" + strconv.Itoa(head)
		headName := c.name(c.rand(purposeAccount, head))
		if c.hasDomain(head) {
			a.Domains = []string{c.domain(head, headName)}
		}
		if chance(r, sisterNamed) {
			name = sister(headName, name)
		}
	case c.hasDomain(i):
		a.Domains = []string{c.domain(i, name)}
	}
	a.Name = title(name)
	if chance(r, withAlias) {
		a.Aliases = []string{title(shorten(name))}
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

// Families: of so many accounts one after the other, the first ones may belong to the first of them, and share its domain.
const familyRoom = 16

// familySizes are how often a room's family has so many accounts, in percent: one account in eight is in one.
var familySizes = newAlias([]float64{1: 45, 2: 25, 3: 12, 4: 8, 6: 5, 9: 3, familyRoom: 2})

// sisterNamed is how many of a family, in percent, have the name of its head in theirs.
const sisterNamed = 50

// headOf returns the account that the account's family belongs to: itself when it has none.
func (c *Corpus) headOf(i int) int {
	first := i - i%familyRoom
	if i < first+familySizes.draw(c.rand(purposeFamily, first)) {
		return first
	}
	return i
}

// alone says whether the account is in nobody's family.
func (c *Corpus) alone(i int) bool {
	return c.headOf(i) == i && (i%familyRoom != 0 || c.headOf(i+1) == i+1)
}

// sister returns a name of the head's first words and the last words of one's own: "Acme Pumps Ltd" and "Blue Hill Inc"
// make "Acme Hill Inc".
func sister(head, own []string) []string {
	return append(shorten(head), own[max(0, len(own)-2):]...)
}

func (c *Corpus) hasDomain(i int) bool {
	return chance(c.rand(purposeDomain, i), withDomain)
}

func (c *Corpus) isHosted(i int) bool {
	return chance(c.rand(purposeHost, i), withHost)
}

var (
	endings = []string{"com", "com", "com", "com", "org", "net", "de", "co.uk", "fr", "co.jp", "io", "ca", "com.au", "in"}
	hosts   = []string{"townpages.com", "traders-list.org", "tradehall.net", "firmfinder.co.uk"}
)

// domain returns a domain of the first words of the name. The account's number is in it, because a domain of frequent
// words alone is a domain of many.
func (c *Corpus) domain(i int, name []string) string {
	if c.isHosted(i) {
		return hosts[i%len(hosts)]
	}
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

// A purpose keeps what is drawn for one thing apart from what is drawn for another of the same number.
const (
	purposeAccount uint64 = iota
	purposeDomain
	purposeHost
	purposeFamily
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
	n := min(2, len(words)-1)
	return words[:n:n]
}
