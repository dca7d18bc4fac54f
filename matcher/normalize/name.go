package normalize

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Version changes whenever any name, domain, phone number or place is normalized differently.
const Version = "1"

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
	Alias        // an acronym in parentheses
)

// Flag holds details of a word.
type Flag uint8

const (
	InParens Flag = 1 << iota // stood in parentheses
	Joined                    // made of single letters: I.B.M.
	Bigram                    // two characters of a Han or Kana run
	Initial                   // a single letter
)

// Word is one word of a reading.
type Word struct {
	Text  []byte // normalized spelling; valid until the Name is parsed into again
	Hash  uint64 // of the canonical spelling: equivalents ("intl", "international"; "1st", "first") share it
	Alt   uint64 // of a second spelling ("mueller" for müller); 0: none
	Class Class
	Flags Flag
	Form  LegalForm // of a Legal word
}

// LegalForm is a legal form's number in the generated table; 0 is none.
type LegalForm uint16

// Reading is one name that a text holds.
type Reading struct {
	Role       Role
	Words      []Word // in order, legal forms, stop words and all
	Key        uint64 // equal for names that are equal up to spelling, spaces, legal form, stop words; 0: none
	Acronym    uint64 // hash of the initials of three words or more, as one lower-case word; 0: none
	AcronymAll uint64 // the same with the initials of stop words; 0: none
}

// Name is a company name as read. The zero value is ready; it is meant to be reused, and then allocates nothing.
// Not for use by several goroutines at once.
type Name struct {
	Status   Status
	Readings []Reading
	words    []Word
	text     []byte
}

// Parse reads a company name. Everything in n is overwritten.
func (n *Name) Parse(s string) {
	n.Readings, n.words, n.text = n.Readings[:0], n.words[:0], n.text[:0]
	n.text = append(n.text, strings.ToLower(s)...)
	start, key := -1, xxhash.New()
	for i := 0; i <= len(n.text); i++ {
		if i < len(n.text) && (n.text[i] >= 'a' && n.text[i] <= 'z' || n.text[i] >= '0' && n.text[i] <= '9' || n.text[i] >= 0x80) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && len(n.words) < MaxWords {
			w := n.text[start:i]
			key.Write(w)
			n.words = append(n.words, Word{Text: w, Hash: xxhash.Sum64(w)})
		}
		start = -1
	}
	n.Status = Empty
	if len(n.words) > 0 {
		n.Status = OK
		n.Readings = append(n.Readings, Reading{Words: n.words, Key: key.Sum64()})
	}
}
