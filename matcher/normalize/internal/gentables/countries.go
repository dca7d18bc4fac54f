package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

const countryHead = `# Countries: ISO 3166-1 alpha-2, alpha-3, and names: first English, then the country's own languages, then others that
# business is done in.
#
# Written by gentables from golang.org/x/text/language/display; do not edit. The names are of the Unicode Common Locale
# Data Repository, under the Unicode License v3 (https://www.unicode.org/license.txt): © Unicode, Inc.
# CLDR %s
`

// notCountries are codes that golang.org/x/text knows and ISO 3166-1 does not, or no longer.
const notCountries = "AC AN BU CP CS CT DD DG DY FQ FX HV JT MI NH NQ NT PC PU PZ RH SU TA TP VD WK YD YU ZR QO EU EZ UN"

// languages are those whose names for every country are written.
var languages = []string{
	"en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "no", "fi", "cs", "hu", "ro", "tr", "ru", "uk", "el", "ja",
	"ko", "zh", "zh-Hant", "ar", "he", "id", "vi", "th",
}

// own are official languages that the likely language of a country's code does not tell.
var own = map[string]string{
	"BE": "nl fr de", "CH": "de fr it rm", "CA": "en fr", "FI": "fi sv", "LU": "lb fr de", "IE": "ga", "IN": "hi ta te bn",
	"ES": "es ca eu gl", "ZA": "af zu", "CY": "el tr", "MA": "ar fr", "DZ": "ar fr", "CM": "fr en", "PH": "fil",
	"SG": "en zh ms ta", "HK": "zh-Hant en", "MT": "mt", "AF": "fa ps", "IQ": "ar ku", "IL": "he ar", "KE": "sw", "RW": "rw",
	"NZ": "mi", "GB": "cy gd", "BY": "be ru", "KZ": "kk ru", "KG": "ky ru", "BA": "bs hr sr", "ME": "sr",
}

// writeCountries writes one country a line.
func writeCountries(path string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, countryHead, display.CLDRVersion)
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			region, err := language.ParseRegion(code)
			if err != nil || region.String() != code || !region.IsCountry() || strings.Contains(notCountries, code) {
				continue
			}
			fmt.Fprintf(&out, "%s %s %s\n", code, region.ISO3(), strings.Join(namesOf(region), "|"))
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// namesOf returns the names of a region without repetitions.
func namesOf(region language.Region) []string {
	tags := []string{languages[0]}
	if likely, _ := language.Compose(language.Und, region); true {
		base, _ := likely.Base()
		tags = append(tags, base.String())
	}
	tags = append(tags, strings.Fields(own[region.String()])...)
	tags = append(tags, languages[1:]...)
	var names []string
	seen := map[string]bool{}
	for _, tag := range tags {
		namer := display.Regions(language.Make(tag))
		if namer == nil {
			continue
		}
		name := namer.Name(region)
		if key := strings.ToLower(name); name != "" && !seen[key] && !strings.Contains(name, "|") {
			seen[key] = true
			names = append(names, name)
		}
	}
	return names
}
