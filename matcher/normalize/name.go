package normalize

import "github.com/cespare/xxhash/v2"

// Version changes whenever any name, domain, phone number or place is normalized differently.
const Version = "2"

// Bounds on what Parse reads of a name; the rest is ignored.
const (
	MaxNameRunes = 256
	MaxWords     = 24 // a reading
	MaxReadings  = 4  // a name
)

// Class says what a word does in a company name.
type Class uint8

const (
	Core        Class = iota // tells this company from others
	Generic                  // holding, group, international, solutions
	Sector                   // bank, hospital, university, logistics
	Place                    // a country, region or city
	Legal                    // Inc, GmbH & Co. KG
	Number                   // holds a digit, or is a number word
	Conjunction              // and, &, und
	Stop                     // the, of, de
	Suffix                   // com, in "Booking.com"
)

// Status says what kind of text a name is.
type Status uint8

const (
	OK          Status = iota
	Empty              // nothing to read
	Placeholder        // n/a, self employed, asdf
	Email              // an e-mail address in the company field: its domain speaks
	URL                // a web address in the company field: its domain speaks
)

// Role says what one reading of a name is to the company.
type Role uint8

const (
	Primary Role = iota
	Trade        // dba, trading as, a quoted brand
	Former       // formerly
	Parent       // a division of
	Alias        // a part that may stand for the whole: an acronym in parentheses, the text before a dash
)

// Flag holds details of a word.
type Flag uint8

const (
	InParens Flag = 1 << iota // stood in parentheses
	Joined                    // made of single letters: I.B.M., H&M
	Bigram                    // two characters of a Han or Kana run
	Initial                   // a single letter
)

// Word is one word of a reading.
type Word struct {
	Text      []byte // normalized spelling; valid until the Name is parsed into again. A Legal word or country may hold spaces
	Canonical []byte // the spelling that equivalents share, without spaces; valid as long as Text
	Hash      uint64 // of the canonical spelling: equivalents ("intl", "international"; "1st", "first") share it
	AltText   []byte // the canonical second spelling; valid as long as Text
	Alt       uint64 // of a second spelling ("mueller" for müller, "oreal" for L'Oréal), canonical too; 0: none
	Class     Class
	Flags     Flag
	Form      LegalForm // of a Legal word
	Country   Country   // that a Place word names, or that its city or region is in; 0: unknown or several
}

// Reading is one name that a text holds.
type Reading struct {
	Role       Role
	Words      []Word // in order, legal forms, stop words and all
	Key        uint64 // equal for names that are equal up to spelling, spaces, legal form, stop words; 0: none
	Acronym    uint64 // Hash that the initials have as one word, for two words or more, stop words left out; 0: none
	AcronymAll uint64 // the same with stop words and conjunctions; 0: the same as Acronym, or none
}

// Name is a company name as read. The zero value is ready; it is meant to be reused, and then allocates nothing.
// Not for use by several goroutines at once.
type Name struct {
	Status   Status
	Readings []Reading // none unless Status is OK or URL; Primary first
	Address  string    // the e-mail or web address that was found, a part of the text parsed; "": none

	words  []Word  // of all readings
	tokens []token // of the whole text
	part   []token // of the reading being built
	segs   []segment
	raw    []byte // the text, sanitized
	wide   []byte // raw in NFKC
	flat   []byte // folded text with punctuation, what tokenize reads
	text   []byte // the words' spellings
	alt    []byte // the words' second spellings
	key    []byte // scratch for hashes over several words

	parens, quotes uint8 // pairs of parentheses and quotes in the text
	seps           sep   // all separators in it
	letters        bool  // it has single letters or an ampersand
	doubtful       bool  // a phrase may be a part of a name
}

// Parse reads a company name. Everything in n is overwritten.
func (n *Name) Parse(s string) {
	n.reset()
	s = n.findAddress(s)
	if n.Status == Email {
		return
	}
	n.read(s)
	if n.Status == OK && n.Address != "" && (len(n.tokens) == 0 || n.isPlaceholder()) {
		s = n.addressOnly()
		if n.Status == Email {
			return
		}
		n.read(s)
	}
	switch {
	case len(n.tokens) == 0:
		if n.Status == OK {
			n.Status = Empty
		}
		return
	case n.Status == OK && n.isPlaceholder():
		n.Status = Placeholder
		return
	}
	n.split()
	n.addReadings()
	if len(n.Readings) == 0 && n.Status == OK {
		n.Status = Empty
	}
}

// read turns text into tokens, each looked up in the vocabulary.
func (n *Name) read(s string) {
	n.tokens, n.text, n.alt = n.tokens[:0], n.text[:0], n.alt[:0]
	n.flatten(s)
	n.tokenize()
	if n.letters {
		n.join()
	}
	for i := range n.tokens {
		n.tokens[i].index = uint8(i)
		n.lookUp(&n.tokens[i])
	}
}

func (n *Name) reset() {
	if n.words == nil {
		n.words = make([]Word, 0, MaxReadings*MaxWords)
		n.Readings = make([]Reading, 0, MaxReadings)
		n.tokens = make([]token, 0, maxNameTokens)
		n.part = make([]token, 0, maxNameTokens)
		n.segs = make([]segment, 0, maxSegments)
		n.text = make([]byte, 0, maxText) // never grows, for words point into it
		n.alt = make([]byte, 0, maxText)
	}
	n.Status, n.Address = OK, ""
	n.Readings, n.words, n.tokens = n.Readings[:0], n.words[:0], n.tokens[:0]
	n.text, n.alt = n.text[:0], n.alt[:0]
}

// hash is the hash of a spelling.
func hash(text []byte) uint64 { return xxhash.Sum64(text) }
