package matcher_test

import (
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/matcher"
)

// The background's names are made of these. What is common in names as companies have them is common here too; no
// word of the first two lists is in a scenario.
var (
	backgroundStarts = strings.Fields(`Aber Alten Ambro Arda Bel Birken Bor Calder Caro Corvi Dal Darn Eber Elm Esk Faro
		Fel Gar Glen Hale Hasel Iver Jas Kel Kirk Lan Lind Lor Mar Mel Nor Nether Oren Pen Quin Rav Ros Sal Sten Tar`)
	backgroundEnds = strings.Fields(`berg bourne by cote dale den ez field ford gate ham holm hurst ini ita ley mark mere
		mont nova ova rup sen stad stone ton vik ville wald worth`)
	backgroundTrades = strings.Fields(`Consulting Solutions Services Systems Technologies Industries Partners Logistics
		Foods Insurance Bank Hospital University Pharma Energy Software Construction Engineering Electronics Airlines
		Hotels Media Motors Steel Dental Management Capital Robotics Institute Foundation`)
	backgroundCommon = strings.Split(`Global|International|National|First|American|United|Deutsche|General|Royal|Delta|
		Continental|Apple|Summit|Standard|Applied|Bank of|University of|St. Luke's Hospital|First National Bank of|
		Studio|Grundschule Nr.|Hotel|Subway|The|Institute of|Private Equity Fund|Smith|China|Nippon|Group`, "|")
	backgroundForms     = strings.Split("Inc.|GmbH|Ltd|LLC|S.A.|AG|B.V.|S.r.l.|Co., Ltd.|Pty Ltd|Sp. z o.o.|plc|", "|")
	backgroundCountries = strings.Fields("US DE GB US FR NL US IT CN AU PL GB US JP CH ES BR IN SE")
)

// backgroundAccounts returns the first n accounts of a fixed book: a rare word with a trade, every third with one of the words
// that many companies share.
func backgroundAccounts(n int) []matcher.Account {
	accounts := make([]matcher.Account, n)
	for i := range accounts {
		rare := backgroundStarts[i%len(backgroundStarts)] + backgroundEnds[i/len(backgroundStarts)%len(backgroundEnds)]
		if i >= len(backgroundStarts)*len(backgroundEnds) {
			rare += backgroundEnds[i%len(backgroundEnds)]
		}
		name := rare + " " + backgroundTrades[i*7%len(backgroundTrades)]
		if i%3 == 0 {
			name = strings.TrimSpace(backgroundCommon[i/3%len(backgroundCommon)]) + " " + name
		}
		accounts[i] = matcher.Account{
			ID:        fmt.Sprintf("background-%04d", i),
			Name:      strings.TrimSpace(name + " " + backgroundForms[i*5%len(backgroundForms)]),
			Domains:   []string{strings.ToLower(rare) + ".example"},
			Addresses: []matcher.Address{{Country: backgroundCountries[i%len(backgroundCountries)]}},
		}
	}
	return accounts
}
