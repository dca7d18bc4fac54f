package normalize

import (
	_ "embed"
	"iter"
	"strings"
)

// hostTraits says what is known of a host's ending, of a whole host or of a path on it.
type hostTraits uint16

const (
	publicRule      hostTraits = 1 << iota // names below it belong to different owners
	wildcardRule                           // so do the names below each label below it
	exceptionRule                          // but not below this one
	privateRule                            // the public rule is a company's, not a registry's
	privateWildcard                        // so is the wildcard rule
	deeper                                 // something longer is in the table
	pagesBelow                             // hosted: the page is the label before it
	pagesInPath                            // hosted: the page is the first part of the path
	pathsKnown                             // paths on it are in the table
	noPages                                // no page in the path: of a host, unless a path says so; or of a path
	pageDir                                // a path whose next part is the page
	ownCompany                             // the bare host, or of free mail a web address, speaks for who runs it
	freeMail
	disposableMail
	mistyped  // value is an index of meant
	inCountry // value is a Country, 0 for an ending that is used everywhere
)

// hostTable maps hosts, endings of hosts and paths on hosts to what is known of them. It never changes once it is loaded. No two of
// its keys share a hash, which a test holds; that a foreign host shares one is as likely as guessing 64 bits.
type hostTable struct {
	slots table
	meant []string // what mistyped keys stand for
}

type hostSlot struct {
	traits hostTraits
	value  uint16
}

func (s hostSlot) packed() uint32 { return uint32(s.traits) | uint32(s.value)<<16 }

func unpackHost(packed uint32) hostSlot { return hostSlot{hostTraits(packed), uint16(packed >> 16)} }

// find returns what is known under a hash, the zero slot if nothing is.
func (t *hostTable) find(h uint64) hostSlot {
	packed, _ := t.slots.get(h)
	return unpackHost(packed)
}

// hostLoader collects what a hostTable is made of.
type hostLoader struct {
	slots map[uint64]uint32 // packed, by hash
	meant []string
}

// hosts holds all tables of this kind.
var hosts = loadHosts()

// FNV-1a, from the end of a host to its start, so that one pass hashes every ending. A path goes on from the whole
// host's hash, forwards.
const (
	hostHashStart = 14695981039346656037
	hostHashPrime = 1099511628211
)

func hashEnding(h uint64, s string) uint64 {
	for i := len(s) - 1; i >= 0; i-- {
		h = (h ^ uint64(s[i])) * hostHashPrime
	}
	return h
}

// hashPath goes on from a host's hash with one part of the path, in lower case.
func hashPath(h uint64, part []byte) uint64 {
	h = (h ^ '/') * hostHashPrime
	for _, c := range part {
		h = (h ^ uint64(lowerASCII(c))) * hostHashPrime
	}
	return h
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// familyHash is what the hash of "yahoo.*" begins with.
var familyHash = hashEnding(hostHashStart, ".*")

func (l *hostLoader) add(h uint64, traits hostTraits, value uint16) {
	s := unpackHost(l.slots[h])
	s.traits |= traits
	if value != 0 {
		s.value = value
	}
	l.slots[h] = s.packed()
}

// addHost adds a host and marks all endings of it as having something deeper.
func (l *hostLoader) addHost(host string, traits hostTraits, value uint16) {
	for i := len(host) - 1; i > 0; i-- {
		if host[i] == '.' {
			l.add(hashEnding(hostHashStart, host[i+1:]), deeper, 0)
		}
	}
	l.add(hashEnding(hostHashStart, host), traits, value)
}

//go:generate go run ./internal/gensuffix tables
//go:embed tables/publicsuffix.txt
var publicSuffixTable string

//go:embed tables/registries.txt
var registryTable string

//go:embed tables/endings.txt
var endingTable string

//go:embed tables/hosted.txt
var hostedTable string

//go:embed tables/freemail.txt
var freeMailTable string

//go:embed tables/disposable.txt
var disposableTable string

//go:embed tables/typos.txt
var typoTable string

// manyHosts is about how many keys there are.
const manyHosts = 13_000

// loadHosts reads the embedded tables; it takes a few milliseconds.
func loadHosts() *hostTable {
	l := &hostLoader{slots: make(map[uint64]uint32, manyHosts), meant: make([]string, 1, 256)}
	l.addPublicSuffixes()
	l.addRegistries()
	for ending, country := range fields(endingTable) {
		l.addHost(ending, inCountry, countryField(country))
	}
	for host, own := range fields(hostedTable) {
		l.addHosted(host, own == "own")
	}
	for host, own := range fields(freeMailTable) {
		l.addFreeMail(host, own == "own")
	}
	for host := range fields(disposableTable) {
		l.addHost(host, disposableMail, 0)
	}
	for typo, meant := range fields(typoTable) {
		l.meant = append(l.meant, meant)
		l.addHost(typo, mistyped, uint16(len(l.meant)-1))
	}
	return &hostTable{freeze(l.slots), l.meant}
}

// fields returns the first field of each line and the rest of it. Lines that start with # and empty ones are skipped.
func fields(table string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for line := range strings.Lines(table) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			first, rest, _ := strings.Cut(line, " ")
			if !yield(first, strings.TrimSpace(rest)) {
				return
			}
		}
	}
}

// countryField reads a country of a table; "-" is none.
func countryField(s string) uint16 {
	if s == "-" || s == "" {
		return 0
	}
	return uint16(country(s))
}

func (l *hostLoader) addPublicSuffixes() {
	var private hostTraits
	for rule := range fields(publicSuffixTable) {
		switch {
		case rule == "private":
			private = privateRule
		case strings.HasPrefix(rule, "*."):
			wildcard := wildcardRule | deeper
			if private != 0 {
				wildcard |= privateWildcard
			}
			l.addHost(rule[2:], wildcard, 0)
		case rule[0] == '!':
			l.addHost(rule[1:], exceptionRule, 0)
		default:
			l.addHost(rule, publicRule|private, 0)
		}
	}
}

// addRegistries takes the private mark off rules that are registries' after all, and the rule away where one
// organisation has all names.
func (l *hostLoader) addRegistries() {
	for ending, rest := range fields(registryTable) {
		h := hashEnding(hostHashStart, ending)
		s := unpackHost(l.slots[h])
		if s.traits&privateRule == 0 {
			continue // a test says so
		}
		s.traits &^= privateRule
		if rest == "=" {
			s.traits &^= publicRule
		} else {
			s.traits |= inCountry
			s.value = countryField(rest)
		}
		l.slots[h] = s.packed()
	}
}

func (l *hostLoader) addFreeMail(host string, own bool) {
	if family, ok := strings.CutSuffix(host, ".*"); ok {
		l.add(hashEnding(familyHash, family), freeMail, 0)
		return
	}
	traits := freeMail
	if own {
		traits |= ownCompany
	}
	l.addHost(host, traits, 0)
}

func (l *hostLoader) addHosted(host string, own bool) {
	var traits hostTraits
	if own {
		traits = ownCompany
	}
	host, path, inPath := strings.Cut(host, "/")
	switch {
	case !inPath:
		l.addHost(host, traits|pagesBelow, 0)
	case path == "":
		l.addHost(host, traits|pagesInPath, 0)
	case path == "*":
		l.addHost(host, traits|pagesInPath|noPages, 0)
	default:
		dir, pages := strings.CutSuffix(path, "/")
		h := hashPath(hashEnding(hostHashStart, host), []byte(dir))
		if pages {
			l.add(h, pageDir, 0)
		} else {
			l.add(h, noPages, 0)
		}
		l.addHost(host, traits|pathsKnown, 0)
	}
}
