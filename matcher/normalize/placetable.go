package normalize

import (
	_ "embed"
	"strings"
)

//go:embed tables/places/codes.txt
var countryCodeTable string

//go:embed tables/countries.txt
var countryNameTable string

//go:embed tables/places/regions.txt
var regionTable string

//go:embed tables/places/cities.txt
var cityTable string

// placeTables holds what is known of places, by hashes of folded text. It never changes once it is loaded.
type placeTables struct {
	countries [maxCountries]bool // by countryIndex
	names     table              // to a Country
	regions   table              // regionKey to a region's number
	cities    table              // to a city's number
}

var places = loadPlaces()

func loadPlaces() *placeTables {
	t := &placeTables{}
	t.names = freeze(t.loadCountries())
	t.regions = freeze(loadRegions())
	t.cities = freeze(loadCities())
	return t
}

// loadCountries reads codes and names; of countries that share a name the first has it.
func (t *placeTables) loadCountries() map[uint64]uint32 {
	names := make(map[uint64]uint32, 8192)
	var room [maxFoldedPlace]byte
	add := func(c Country, name string) {
		if name == "" {
			return
		}
		key := placeKey(foldPlace(room[:0], name, countryWords))
		if _, taken := names[key]; !taken {
			names[key] = uint32(c)
		}
	}
	for code, rest := range fields(countryCodeTable) {
		c := country(code)
		t.countries[countryIndex(c)] = true
		alpha3, spellings, _ := strings.Cut(rest, " ")
		add(c, alpha3)
		for name := range strings.SplitSeq(spellings, "|") {
			add(c, name)
		}
	}
	for code, rest := range fields(countryNameTable) {
		c := country(code)
		if !t.countries[countryIndex(c)] {
			continue
		}
		for name := range strings.SplitSeq(rest, ";") {
			add(c, name)
		}
	}
	return names
}

// loadRegions gives every region a number. Names that only one country's region has are known without the country, as
// are the codes of the first countries in the table.
func loadRegions() map[uint64]uint32 {
	regions := make(map[uint64]uint32, 4096)
	shared := map[uint64]bool{}
	var room [maxFoldedPlace]byte
	for code, rest := range fields(regionTable) {
		c := country(code)
		short, names, _ := strings.Cut(rest, " ")
		id := placeID([]byte(code + "-" + short))
		anywhere := func(folded []byte, name bool) {
			key := regionKey(0, folded)
			if other, taken := regions[key]; taken && other != id && name {
				shared[key] = true
			} else if !taken && (name || code == "US" || code == "CA") {
				regions[key] = id
			}
		}
		folded := foldPlace(room[:0], short, regionWords)
		regions[regionKey(c, folded)] = id
		anywhere(folded, false)
		for name := range strings.SplitSeq(names, "|") {
			folded := foldPlace(room[:0], name, regionWords)
			regions[regionKey(c, folded)] = id
			anywhere(folded, len(folded) > 3)
		}
	}
	for key := range shared {
		delete(regions, key)
	}
	return regions
}

// loadCities gives all names of a city the number of the first.
func loadCities() map[uint64]uint32 {
	cities := make(map[uint64]uint32, 4096)
	var room [maxFoldedPlace]byte
	for line := range strings.Lines(cityTable) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var id uint32
		for name := range strings.SplitSeq(line, "|") {
			folded := foldPlace(room[:0], name, cityWords)
			if id == 0 {
				id = placeID(folded)
			}
			cities[placeKey(folded)] = id
		}
	}
	return cities
}
