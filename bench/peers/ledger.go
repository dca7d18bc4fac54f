package main

import (
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// ledger is what peers in this process keep of the accounts, numbered as they come.
type ledger struct {
	ids    []string
	places []normalize.Places
	names  [][]string
	holds  map[string][]int32 // accounts by key
}

func newLedger(all accounts) (*ledger, error) {
	l := &ledger{holds: map[string][]int32{}}
	var read reader
	for a, err := range all {
		if err != nil {
			return nil, err
		}
		r := read.account(a)
		number := int32(len(l.ids))
		l.ids = append(l.ids, a.ID)
		l.places = append(l.places, r.place())
		l.names = append(l.names, r.names)
		for _, k := range r.keys {
			l.holds[k] = append(l.holds[k], number)
		}
	}
	return l, nil
}

// hit returns an account as found.
func (l *ledger) hit(number int32, score float64) hit {
	return hit{id: l.ids[number], score: score, place: l.places[number]}
}

// score is how like the lead's name is the likest of the account's.
func (l *ledger) score(number int32, lead *record, compare func(a, b string) float64) (most float64) {
	for _, name := range l.names[number] {
		most = max(most, compare(lead.name(), name))
	}
	return most
}

// byKeys appends the accounts that have one of the lead's keys.
func (l *ledger) byKeys(lead *record, dst []hit, compare func(a, b string) float64) []hit {
	at := map[int32]int{}
	for _, k := range lead.keys {
		for _, number := range l.holds[k] {
			if len(dst) == hitsByKey {
				return dst
			}
			i, seen := at[number]
			if !seen {
				i = len(dst)
				at[number] = i
				dst = append(dst, l.hit(number, l.score(number, lead, compare)))
			}
			dst[i].setKey(k)
		}
	}
	return dst
}
