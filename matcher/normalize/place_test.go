package normalize

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseCountry(t *testing.T) {
	f := func(want string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if got := ParseCountry(text); got.String() != want {
				t.Errorf("ParseCountry(%q) = %v, want %s", text, got, want)
			}
		}
	}
	f("US", "US", "us", "USA", "U.S.", "U.S.A.", "U. S. A.", "United States", "the United States of America", "UNITED STATES - USA",
		"USA (Texas)", "Texas, USA", "EE.UU.", "Vereinigte Staaten", "États-Unis", "美国", "アメリカ合衆国", "США", "Estados Unidos",
		" us ", "ＵＳＡ")
	f("GB", "UK", "GB", "GBR", "U.K.", "England", "Scotland", "Wales", "Great Britain", "United Kingdom", "Großbritannien",
		"Royaume-Uni", "Northern Ireland", "英国", "Vereinigtes Königreich")
	f("DE", "DE", "DEU", "GER", "Germany", "Deutschland", "Allemagne", "Alemania", "Duitsland", "Германия", "德国", "ドイツ",
		"Federal Republic of Germany", "Berlin, Germany")
	f("NL", "Holland", "The Netherlands", "Nederland", "Niederlande", "Pays-Bas", "NLD")
	f("KR", "Korea", "South Korea", "Republic of Korea", "Korea, Republic of", "대한민국", "한국", "KOR")
	f("KP", "North Korea")
	f("RU", "Russia", "Russian Federation", "Россия", "RUS")
	f("CH", "Switzerland", "Schweiz", "Suisse", "Svizzera", "CHE")
	f("CN", "China", "PRC", "P.R. China", "中国", "People's Republic of China")
	f("CZ", "Czech Republic", "Czechia", "Tschechien", "Česko")
	f("AT", "Österreich", "Oesterreich", "Austria", "Autriche")
	f("AU", "Australia", "Australien")
	f("CI", "Ivory Coast", "Côte d'Ivoire", "Cote d’Ivoire")
	f("TR", "Türkiye", "Turkey", "Turkiye")
	f("AE", "UAE", "U.A.E.", "United Arab Emirates", "Dubai")
	f("GE", "Georgia")
	f("", "", "n/a", "-", "Narnia", "X", "ZZ", "12", "\xff\xfe", strings.Repeat("Germany ", 50))
}

func TestPlacesAreEqual(t *testing.T) {
	equal := func(part func(string) uint32) func(texts ...string) {
		return func(texts ...string) {
			t.Helper()
			want := part(texts[0])
			for _, text := range texts {
				if got := part(text); got != want || got == 0 {
					t.Errorf("%q is not the same as %q", text, texts[0])
				}
			}
		}
	}
	city := equal(cityID)
	city("München", "Munich", "Muenchen", "MUNCHEN", "80331 München", "Munich, Bavaria", "Мюнхен", "慕尼黑")
	city("Köln", "Cologne", "Koeln", "50667 Köln", "Köln (Ehrenfeld)")
	city("Roma", "Rome", "ROMA", "Рим")
	city("New York", "New York City", "NYC", "N.Y.C.", "New York, NY", "Manhattan", "nueva york")
	city("St. Louis", "Saint Louis", "St Louis", "ST.LOUIS", "St. Louis, MO")
	city("Sankt Pölten", "St. Pölten", "St. Poelten")
	city("Paris", "Paris 8e", "PARIS CEDEX 08", "75008 Paris", "Париж", "Paris (La Défense)")
	city("Zürich", "Zurich", "Zuerich", "8001 Zürich", "Zurigo")
	city("København", "Copenhagen", "København K", "Kobenhavn", "Koebenhavn V")
	city("Århus", "Aarhus", "Aarhus C")
	city("Frankfurt am Main", "Frankfurt", "Frankfurt/Main", "Frankfurt a.M.", "Frankfurt a. M.", "FRANKFURT (MAIN)")
	city("Washington", "Washington, DC", "Washington D.C.", "Washington DC")
	city("Москва", "Moscow", "Moskva", "Moskau")
	city("Воронеж", "Voronezh")
	city("Den Haag", "The Hague", "'s-Gravenhage", "s-Gravenhage")
	city("Xi'an", "Xian", "西安")
	city("Fort Worth", "Ft. Worth", "Ft Worth")
	city("City of London", "London", "Greater London", "London, UK")
	city("Town of Islip", "Islip")
	city("São Paulo", "Sao Paulo", "SAO PAULO")
	city("Łódź", "Lodz")
	city("東京", "Tokyo", "Minato-ku, Tokyo", "Tōkyō")

	us := equal(func(s string) uint32 { return regionID(country("US"), s) })
	us("CA", "California", "calif.", "US-CA", "california")
	us("DC", "D.C.", "District of Columbia", "Washington DC")
	us("NY", "New York", "N.Y.")
	de := equal(func(s string) uint32 { return regionID(country("DE"), s) })
	de("BW", "Baden-Württemberg", "Baden-Wuerttemberg", "DE-BW")
	de("NRW", "NW", "Nordrhein-Westfalen", "North Rhine-Westphalia")
	equal(func(s string) uint32 { return regionID(country("AU"), s) })("NSW", "New South Wales", "N.S.W.")
	any := equal(func(s string) uint32 { return regionID(0, s) })
	any("California", "CA", "US-CA")
	if regionID(0, "California") != regionID(country("US"), "CA") || regionID(0, "ON") != regionID(country("CA"), "Ontario") {
		t.Error("a region is not the same with and without its country")
	}
}

func TestPlacesAreDifferent(t *testing.T) {
	f := func(a, b uint32) {
		t.Helper()
		if a == b || a == 0 || b == 0 {
			t.Errorf("%x and %x", a, b)
		}
	}
	f(cityID("Kansas City"), cityID("Kansas"))
	f(cityID("Newcastle"), cityID("New Castle upon Hudson"))
	f(cityID("Frankfurt"), cityID("Fürth"))
	f(regionID(country("US"), "WA"), regionID(country("AU"), "WA"))
	f(regionID(country("US"), "GA"), regionID(country("IN"), "GA"))
}

func TestTerritories(t *testing.T) {
	f := func(country, region, want string) {
		t.Helper()
		if p := ParsePlaces(country, region, "", ""); p.Country.String() != want {
			t.Errorf("%s, %s is in %v, want %s", region, country, p.Country, want)
		}
	}
	f("US", "PR", "PR")
	f("Puerto Rico", "", "PR")
	f("China", "Hong Kong", "HK")
	f("US", "AL", "US")
	f("US", "Georgia", "US")
	f("US", "DE", "US")
}

func TestPlacesMissing(t *testing.T) {
	for _, s := range []string{"", " ", "-", "n/a", "N/A", "none", "unknown", "?", "null"} {
		if p := ParsePlaces(s, s, s, s); p != (Places{}) {
			t.Errorf("%q is %+v", s, p)
		}
	}
}

func TestPostal(t *testing.T) {
	f := func(home, text, code, area string) {
		t.Helper()
		gotCode, gotArea := postalCode(countryArg(home), text)
		if gotCode != packPostal([]byte(code)) || gotArea != packPostal([]byte(area)) {
			t.Errorf("postal code %q of %q is %q %q, want %q %q", text, home, unpackPostal(gotCode), unpackPostal(gotArea), code, area)
		}
	}
	f("US", "94105", "94105", "941")
	f("US", "94105-1234", "94105", "941")
	f("US", "941051234", "94105", "941")
	f("US", "1887", "01887", "018")
	f("US", "CA 94105", "94105", "941")
	f("", "94105-1234", "94105", "941")
	f("", "94105", "94105", "")
	f("GB", "SW1A 1AA", "SW1A1AA", "SW1A")
	f("GB", "sw1a1aa", "SW1A1AA", "SW1A")
	f("GB", "SW1A", "", "SW1A")
	f("", "EC1A 1BB", "EC1A1BB", "EC1A")
	f("CA", "K1A 0B1", "K1A0B1", "K1A")
	f("", "k1a-0b1", "K1A0B1", "K1A")
	f("CA", "K1A", "", "K1A")
	f("NL", "1012 AB", "1012AB", "1012")
	f("NL", "1012", "", "1012")
	f("DE", "D-80331", "80331", "80")
	f("DE", "1067", "01067", "01")
	f("FR", "F-75008", "75008", "75")
	f("FR", "75008 CEDEX 08", "75008", "75")
	f("JP", "100-0005", "1000005", "100")
	f("JP", "〒100-0005", "1000005", "100")
	f("IE", "D02 AF30", "D02AF30", "D02")
	f("AT", "A-1010", "1010", "10")
	f("BR", "01310-100", "01310100", "013")
	f("SE", "111 22", "11122", "11")
	f("US", "00000", "", "")
	f("US", "n/a", "", "")
	f("", "", "", "")
}

// unpackPostal is the inverse of packPostal.
func unpackPostal(v uint64) string {
	var out []byte
	for ; v > 0; v /= 37 {
		out = append([]byte{" 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[v%37]}, out...)
	}
	return string(out)
}

// TestPlaceTables holds that every line of the tables has its effect, and that no name stands for two cities.
func TestPlaceTables(t *testing.T) {
	countries := 0
	for code, rest := range fields(countryCodeTable) {
		alpha3, spellings, _ := strings.Cut(rest, " ")
		for _, name := range append(strings.Split(spellings, "|"), code, alpha3) {
			if name != "" && ParseCountry(name) != country(code) {
				t.Errorf("codes.txt: %q is %v, want %s", name, ParseCountry(name), code)
			}
		}
		countries++
	}
	regions := 0
	for code, rest := range fields(regionTable) {
		short, names, _ := strings.Cut(rest, " ")
		want := placeID([]byte(code + "-" + short))
		for _, name := range append(strings.Split(names, "|"), short) {
			if got := regionID(country(code), name); got != want {
				t.Errorf("regions.txt: %s %q is not %s", code, name, short)
			}
		}
		regions++
	}
	lines := map[uint32]string{}
	for line := range strings.Lines(cityTable) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		names := strings.Split(line, "|")
		id := cityID(names[0])
		if other, taken := lines[id]; taken {
			t.Errorf("cities.txt: %s and %s are one number", line, other)
		}
		lines[id] = line
		for _, name := range names {
			if cityID(name) != id {
				t.Errorf("cities.txt: %s is not %s", name, names[0])
			}
		}
	}
	if countries < 240 || regions < 250 || len(lines) < 250 {
		t.Fatalf("%d countries, %d regions, %d cities", countries, regions, len(lines))
	}
}

func TestPlacesGolden(t *testing.T) {
	golden(t, "testdata/places.txt", func(in string) string {
		part := strings.Split(in+"|||", "|")
		for i := range part {
			part[i] = strings.TrimSpace(part[i])
		}
		p := ParsePlaces(part[0], part[1], part[2], part[3])
		out := []string{"country=" + p.Country.String()}
		if p.Region != 0 {
			out = append(out, "region="+regionName(p.Region))
		}
		if p.City != 0 {
			out = append(out, "city="+cityName(p.City))
		}
		if p.Postal != 0 {
			out = append(out, "postal="+unpackPostal(p.Postal))
		}
		if p.PostalArea != 0 {
			out = append(out, "area="+unpackPostal(p.PostalArea))
		}
		return strings.Join(out, " ")
	})
}

// regionName returns the code of a region in the table.
func regionName(id uint32) string {
	for code, rest := range fields(regionTable) {
		short, _, _ := strings.Cut(rest, " ")
		if placeID([]byte(code+"-"+short)) == id {
			return code + "-" + short
		}
	}
	return fmt.Sprintf("#%08x", id)
}

// cityName returns the first name of a city in the table.
func cityName(id uint32) string {
	for line := range strings.Lines(cityTable) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "|")
		if name != "" && cityID(name) == id {
			return name
		}
	}
	return fmt.Sprintf("#%08x", id)
}

func FuzzPlaces(f *testing.F) {
	f.Add("U.S.A.", "Calif.", "San José (CA)", "94105-1234")
	f.Add("Deutschland", "Bayern", "80331 München", "D-80331")
	f.Add("", "\xff", "ＴＯＫＹＯ 港区", "〒100-0005")
	f.Fuzz(func(t *testing.T, country, region, city, postal string) {
		p := ParsePlaces(country, region, city, postal)
		if p != ParsePlaces(p.Country.String(), region, city, postal) && p.Country != 0 {
			t.Fatalf("an address in %q is not the same in %v", country, p.Country)
		}
		if p.Postal != 0 {
			if again, _ := postalCode(p.Country, unpackPostal(p.Postal)); p.Country != 0 && again != p.Postal {
				t.Fatalf("postal code %q is %q, which is read as %q", postal, unpackPostal(p.Postal), unpackPostal(again))
			}
		}
		var room [maxFoldedPlace]byte
		for _, s := range []string{country, region, city} {
			if folded := foldPlace(room[:0], s, cityWords); len(folded) > len(room) {
				t.Fatalf("%q folds to %d bytes", s, len(folded))
			}
		}
	})
}

func TestPlacesAllocateNothing(t *testing.T) {
	f := func(country, region, city, postal string) {
		t.Helper()
		if n := testing.AllocsPerRun(100, func() { ParsePlaces(country, region, city, postal) }); n != 0 {
			t.Errorf("ParsePlaces(%q, %q, %q, %q) allocates %v times", country, region, city, postal, n)
		}
	}
	f("United States", "California", "San Francisco", "94105-1234")
	f("Deutschland", "Baden-Württemberg", "70173 Stuttgart", "D-70173")
	f("日本", "東京都", "港区", "〒100-0005")
	f("", "Київ", "Київ", "01001")
	f(strings.Repeat("Ⅷ", 100), strings.Repeat("щ", 100), strings.Repeat("京", 100), strings.Repeat("9", 100))
}

func BenchmarkPlaces(b *testing.B) {
	b.Run("text=codes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ParsePlaces("US", "CA", "San Francisco", "94105")
		}
	})
	b.Run("text=names", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ParsePlaces("Deutschland", "Baden-Württemberg", "70173 Stuttgart", "D-70173")
		}
	})
}

func BenchmarkLoadPlaces(b *testing.B) {
	for b.Loop() {
		loadPlaces()
	}
}
