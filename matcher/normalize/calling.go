package normalize

import (
	_ "embed"
	"strconv"
	"strings"
)

// callingCode is a country calling code with what is needed to read numbers of it.
type callingCode struct {
	country  Country // main country; 0 where there is no such code
	code     string
	min, max int    // digits of a national number
	trunk    string // dialled before national numbers at home; empty where they are dialled as they are
	areas    []callingArea
}

// callingArea is a part of a calling code that belongs to another country.
type callingArea struct {
	prefix  string
	country Country // 0: no one country
}

//go:embed tables/calling.txt
var callingTable string

//go:embed tables/areas.txt
var areaTable string

// callingCodes has each code at its number, and callingOf the numbers of the codes of countries, by countryIndex.
// Codes have one to three digits, and none begins with another.
var callingCodes, callingOf = loadCalling()

func loadCalling() (codes [1000]callingCode, of [maxCountries]uint16) {
	for code, rest := range fields(callingTable) {
		f := strings.Fields(rest)
		n, _ := strconv.Atoi(code)
		least, _ := strconv.Atoi(f[1])
		most, _ := strconv.Atoi(f[2])
		of[countryIndex(country(f[0]))] = uint16(n)
		if codes[n].country == 0 {
			codes[n] = callingCode{
				country: country(f[0]), code: code, min: least, max: most, trunk: strings.Trim(f[3], "-"),
			}
		}
	}
	for code, rest := range fields(areaTable) {
		f := strings.Fields(rest)
		n, _ := strconv.Atoi(code)
		for _, prefix := range f[1:] {
			area := callingArea{prefix, Country(countryField(f[0]))}
			codes[n].areas = append(codes[n].areas, area)
		}
	}
	return codes, of
}

// maxCountries is how many pairs of letters there are.
const maxCountries = 26 * 26

// countryIndex numbers countries; 0 for what is no pair of upper-case letters, as for AA, which is no country.
func countryIndex(c Country) int {
	hi, lo := int(c>>8)-'A', int(c&0xFF)-'A'
	if uint(hi) >= 26 || uint(lo) >= 26 {
		return 0
	}
	return hi*26 + lo
}

// callingCodeOf returns the calling code of a country, nil if it has none or is 0.
func callingCodeOf(c Country) *callingCode {
	if n := callingOf[countryIndex(c)]; n != 0 {
		return &callingCodes[n]
	}
	return nil
}

// leadingCode returns the calling code that digits begin with, nil if they begin with none.
func leadingCode(digits []byte) *callingCode {
	n := 0
	for _, c := range digits[:min(len(digits), 3)] {
		n = 10*n + int(c-'0')
		if n == 0 {
			return nil
		}
		if c := &callingCodes[n]; c.country != 0 {
			return c
		}
	}
	return nil
}

// countryOf returns the country of a national number, 0 if it is of no one country.
func (c *callingCode) countryOf(national []byte) Country {
	for i := range c.areas {
		if a := &c.areas[i]; len(national) >= len(a.prefix) && string(national[:len(a.prefix)]) == a.prefix {
			return a.country
		}
	}
	return c.country
}
