package corpus

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/leadmatch/leadmatch/matcher"
)

// country is where made-up companies are.
type country struct {
	code, dial string
	share      float64 // percent of the companies, as in the registers that words.tsv was made from
	cities     []string
}

var countries = []country{
	{"US", "1", 32, []string{"New York", "Chicago", "Houston", "Boston", "Denver", "Springfield", "Portland"}},
	{"KR", "82", 22, []string{"Seoul", "Busan", "Incheon"}},
	{"PK", "92", 14, []string{"Karachi", "Lahore", "Islamabad"}},
	{"GB", "44", 11, []string{"London", "Manchester", "Leeds", "Bristol"}},
	{"DE", "49", 8, []string{"Berlin", "München", "Hamburg", "Köln"}},
	{"JP", "81", 3, []string{"Tokyo", "Osaka", "Nagoya"}},
	{"FR", "33", 2, []string{"Paris", "Lyon", "Marseille"}},
	{"CN", "86", 2, []string{"Shanghai", "Beijing", "Shenzhen"}},
	{"CA", "1", 2, []string{"Toronto", "Montreal", "Vancouver"}},
	{"IN", "91", 2, []string{"Mumbai", "New Delhi", "Bengaluru"}},
	{"ES", "34", 1, []string{"Madrid", "Barcelona"}},
	{"AU", "61", 1, []string{"Sydney", "Melbourne"}},
}

var countryDraw = func() *alias {
	shares := make([]float64, len(countries))
	for i := range countries {
		shares[i] = countries[i].share
	}
	return newAlias(shares)
}()

// inBigCity is how many companies, in percent, are in one of their country's cities that are listed. The others are in
// some of manyTowns, of which those of low numbers have most.
const (
	inBigCity = 50
	manyTowns = 5000
)

// place puts the account somewhere, and gives it a phone number there.
func (c *Corpus) place(r *rand.Rand, a *matcher.Account) {
	at := &countries[countryDraw.draw(r)]
	city, area := at.cities[r.IntN(len(at.cities))], r.IntN(40)
	if !chance(r, inBigCity) {
		u := r.Float64()
		area = int(manyTowns * u * u * u)
		city = title([]string{c.words.letters.word(rand.New(rand.NewPCG(uint64(area), math.MaxUint64)))})
	}
	where := matcher.Address{Country: at.code, City: city}
	if chance(r, withPostal) {
		where.Postal = strconv.Itoa(10_000 + area%900*100 + r.IntN(100))
	}
	a.Addresses = []matcher.Address{where}
	if chance(r, withPhone) {
		a.Phones = []string{"+" + at.dial + strconv.Itoa(200_000_000+r.IntN(700_000_000))}
	}
}
