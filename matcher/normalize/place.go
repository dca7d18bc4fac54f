package normalize

import (
	"bytes"

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

// country returns the country with an upper-case alpha-2 code.
func country(code string) Country { return Country(code[0])<<8 | Country(code[1]) }

// ParseCountry reads a country's code (alpha-2, alpha-3) or name in common languages and spellings; what is none, or no
// country, is 0. It allocates nothing.
func ParseCountry(s string) Country {
	s = s[:min(len(s), maxPlaceText)]
	if notApplicable(s) {
		return 0
	}
	if c := countryNamed(s); c != 0 {
		return c
	}
	// "United States - USA", "USA (Texas)", "Berlin, Germany"
	for i := range len(s) {
		switch s[i] {
		case ',', '(', '/', ';', '-', '|':
			if c := countryNamed(s[:i]); c != 0 {
				return c
			}
			return countryNamed(s[i+1:])
		}
	}
	return 0
}

// countryNamed reads a text that is a country's code or name as a whole.
func countryNamed(s string) Country {
	var room [maxFoldedPlace]byte
	folded := foldPlace(room[:0], s, countryWords)
	switch len(folded) {
	case 0:
		return 0
	case 2:
		if c := asCode(folded); places.countries[countryIndex(c)] {
			return c
		}
	}
	c, _ := places.names.get(placeKey(folded))
	return Country(c)
}

// asCode returns two lower-case letters as a country's code, 0 if they are not letters.
func asCode(folded []byte) Country {
	if folded[0] < 'a' || folded[0] > 'z' || folded[1] < 'a' || folded[1] > 'z' {
		return 0
	}
	return Country(folded[0]-'a'+'A')<<8 | Country(folded[1]-'a'+'A')
}

// Places is an address as read, each part as a hash of its canonical spelling, 0 when it is missing.
type Places struct {
	Country    Country
	Region     uint32 // "CA" and "California" are equal for a known country
	City       uint32 // "München" and "Munich" are equal
	Postal     uint64 // "94105-1234" and "94105" are equal for the United States
	PostalArea uint64 // the part that stands for an area: outward code, first digits; 0 where that is not known
}

// ParsePlaces reads an address; region and postal code are read in the light of the country. It allocates nothing.
func ParsePlaces(country, region, city, postal string) (p Places) {
	p.Country = ParseCountry(country)
	p.Region = regionID(p.Country, region)
	if territory := ParseCountry(region); p.Country != 0 && sovereign(territory) == p.Country {
		p.Country = territory // Puerto Rico, written as a state or as a country
	}
	p.City = cityID(city)
	p.Postal, p.PostalArea = postalCode(p.Country, postal)
	return p
}

// sovereign returns the country that a territory with a code of its own is often written under, 0 for all others.
func sovereign(territory Country) Country {
	switch territory.String() {
	case "PR", "GU", "VI", "AS", "MP":
		return country("US")
	case "HK", "MO", "TW":
		return country("CN")
	case "GP", "MQ", "GF", "RE", "YT":
		return country("FR")
	case "AW", "CW", "SX", "BQ":
		return country("NL")
	case "AX":
		return country("FI")
	}
	return 0
}

// regionID returns the number of a region. Without a country a name is looked for in all, and a code in the United
// States and Canada, where codes are what people write.
func regionID(c Country, s string) uint32 {
	s = s[:min(len(s), maxPlaceText)]
	if len(s) > 3 && s[2] == '-' && (c == 0 || countryNamed(s[:2]) == c) && countryNamed(s[:2]) != 0 {
		c, s = countryNamed(s[:2]), s[3:] // as in ISO 3166-2: US-CA
	}
	var room [maxFoldedPlace]byte
	folded := foldPlace(room[:0], s, regionWords)
	if notApplicable(s) || nothing(folded) {
		return 0
	}
	if id, ok := places.regions.get(regionKey(c, folded)); ok {
		return id
	}
	return placeID(folded)
}

// regionKey is the key of a region's name or code in the table; c is 0 for those that are known without a country.
func regionKey(c Country, folded []byte) uint64 {
	return placeKey(folded) ^ uint64(c)*0x9E3779B97F4A7C15
}

// cityID returns the number of a city.
func cityID(s string) uint32 {
	var room [maxFoldedPlace]byte
	folded := foldPlace(room[:0], s[:min(len(s), maxPlaceText)], cityWords)
	if notApplicable(s) || nothing(folded) {
		return 0
	}
	if id, ok := places.cities.get(placeKey(folded)); ok {
		return id
	}
	return placeID(folded)
}

// placeKey is the key of folded text in the tables; 0 is no key there.
func placeKey(folded []byte) uint64 { return xxhash.Sum64(folded) | 1 }

// placeID is the number of folded text.
func placeID(folded []byte) uint32 { return max(uint32(xxhash.Sum64(folded)>>32), 1) }

// notApplicable reports whether a text is "n/a", which is not Namibia.
func notApplicable(s string) bool {
	return len(s) == 3 && s[1] == '/' && lowerASCII(s[0]) == 'n' && lowerASCII(s[2]) == 'a'
}

// nothing reports whether folded text is what people type who name no place.
func nothing(folded []byte) bool {
	switch string(folded) {
	case "", "na", "none", "no", "null", "nil", "unknown", "other", "others", "notavailable", "notapplicable", "tbd", "test",
		"xx", "xxx", "keine", "select", "pleaseselect", "nan", "undefined":
		return true
	}
	return false
}

// postalCode returns the number of a postal code and of its area, 0 for what is none.
func postalCode(c Country, s string) (code, area uint64) {
	var room [maxPostal]byte
	text := foldPostal(room[:0], s)
	if bytes.IndexFunc(text, func(r rune) bool { return '0' <= r && r <= '9' }) < 0 {
		return 0, 0
	}
	if c == 0 {
		c = postalCountry(s, text)
	}
	text, areaLen, whole := postalForm(c, text)
	if len(bytes.Trim(text, "0")) == 0 {
		return 0, 0
	}
	if areaLen > 0 && areaLen <= len(text) {
		area = packPostal(text[:areaLen])
	}
	if !whole {
		return 0, area
	}
	return packPostal(text), area
}
