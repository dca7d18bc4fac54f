package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// rareWord is how many accounts may hold a word for it to count as rare: all of them fit among the candidates.
const rareWord = 50

// keys are what a company can be looked up by. A hash of 0 is no key.
type keys struct {
	words   map[uint64]bool
	domains map[uint64]bool
	phones  map[uint64]bool
}

// keyReader reads keys off leads and accounts.
type keyReader struct {
	name   normalize.Name
	domain normalize.Domain
}

func (r *keyReader) account(a *matcher.Account) keys {
	k := newKeys()
	r.words(k, a.Name)
	for _, alias := range a.Aliases {
		r.words(k, alias)
	}
	for _, d := range a.Domains {
		r.addDomain(k, d)
	}
	var country normalize.Country
	if len(a.Addresses) > 0 {
		country = normalize.ParseCountry(a.Addresses[0].Country)
	}
	for _, p := range a.Phones {
		k.phones[normalize.ParsePhone(p, country).Hash] = true
	}
	return k
}

func (r *keyReader) lead(l *matcher.Lead) keys {
	k := newKeys()
	r.words(k, l.Company)
	r.addDomain(k, l.Email)
	r.addDomain(k, l.Website)
	k.phones[normalize.ParsePhone(l.Phone, normalize.ParseCountry(l.Address.Country)).Hash] = true
	return k
}

func newKeys() keys {
	return keys{map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}}
}

// words adds the words that say something of the company: not its legal form, nor "and" and "of".
func (r *keyReader) words(k keys, name string) {
	r.name.Parse(name)
	for _, reading := range r.name.Readings {
		for _, w := range reading.Words {
			switch w.Class {
			case normalize.Legal, normalize.Stop, normalize.Conjunction, normalize.Suffix:
			default:
				k.words[w.Hash] = true
			}
		}
	}
}

func (r *keyReader) addDomain(k keys, s string) {
	r.domain.Parse(s)
	k.domains[r.domain.Hash] = true
}

func overlap(a, b map[uint64]bool) bool {
	for h := range a {
		if h != 0 && b[h] {
			return true
		}
	}
	return false
}

// recallCount counts leads by how their right account could have been found, and how often it was.
type recallCount struct {
	leads, found          int // matchable leads
	sharing, sharingFound int // those that share any word, a domain or a phone with their account
	rare, rareFound       int // those that share a rare word, a domain or a phone
}

func (c *recallCount) add(shares, sharesRare, found bool) {
	count := func(of, hit *int) {
		*of++
		if found {
			*hit++
		}
	}
	count(&c.leads, &c.found)
	if shares {
		count(&c.sharing, &c.sharingFound)
	}
	if sharesRare {
		count(&c.rare, &c.rareFound)
	}
}

// printRecall prints, by scenario and overlap, how often the right account is among the candidates: of all matchable
// leads, of those that share something usable with it, and of those that share something that few accounts have.
func printRecall(w io.Writer, s *matcher.Snapshot, set *labelledSet) {
	accounts, holders := accountKeys(set)
	counts := map[string]*recallCount{}
	var reader keyReader
	var candidates []string
	for i := range set.Leads {
		l := &set.Leads[i]
		if l.Truth.Expected == "" {
			continue
		}
		k, shares, rare := reader.lead(&l.Typed), false, false
		for _, id := range append([]string{l.Truth.Expected}, l.Truth.AmbiguousWith...) {
			a := accounts[id]
			certain := overlap(k.domains, a.domains) || overlap(k.phones, a.phones)
			shares = shares || certain || overlap(k.words, a.words)
			rare = rare || certain || sharesRareWord(k.words, a.words, holders)
		}
		candidates = s.Found(candidates[:0], &l.Typed)
		found := slices.ContainsFunc(candidates, l.Truth.Right)
		for _, name := range []string{"all", "scenario=" + l.Truth.Labels["scenario"], "overlap=" + l.Truth.Labels["overlap"]} {
			if counts[name] == nil {
				counts[name] = &recallCount{}
			}
			counts[name].add(shares, rare, found)
		}
	}
	fmt.Fprintf(w, "\n%s: right account among the candidates that the search chooses, of matchable leads\n\n", set.Name)
	fmt.Fprintf(w, "%-26s%10s%10s%12s%10s%14s%10s\n", "slice", "leads", "found", "share a key", "found", "a rare key", "found")
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c := counts[name]
		fmt.Fprintf(w, "%-26s%10d%10.4f%12d%10.4f%14d%10.4f\n", name, c.leads, share(c.found, c.leads),
			c.sharing, share(c.sharingFound, c.sharing), c.rare, share(c.rareFound, c.rare))
	}
}

func share(part, whole int) float64 {
	return float64(part) / float64(whole) // NaN of nothing
}

// accountKeys returns every account's keys by its id, and how many accounts hold each word.
func accountKeys(set *labelledSet) (byID map[string]keys, holders map[uint64]int) {
	byID, holders = make(map[string]keys, len(set.Accounts)), map[uint64]int{}
	var reader keyReader
	for i := range set.Accounts {
		k := reader.account(&set.Accounts[i])
		byID[set.Accounts[i].ID] = k
		for word := range k.words {
			holders[word]++
		}
	}
	return byID, holders
}

func sharesRareWord(lead, account map[uint64]bool, holders map[uint64]int) bool {
	for word := range lead {
		if account[word] && holders[word] <= rareWord {
			return true
		}
	}
	return false
}
