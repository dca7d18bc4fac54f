// Package normalize reads company names, web domains, e-mail addresses, phone numbers and places as people type them
// and gives each one spelling, classified. It throws nothing away: a legal form, a stop word or a department is marked
// as such, for the scorer to weigh.
//
// Everything here takes any text. What cannot be read is empty, not an error; how much is read of a text is bounded, and
// so is the work.
//
// # Names
//
// [Name] holds the readings of a company name, each a list of classified words.
//
// # Domains
//
// [Domain] reads "acme.com", "https//www.acme.com/en", "John <john@acme.com>" or "acme,com" alike, and says whether the
// domain speaks for a company. Rules of the public suffix list, page hosts, free and disposable mail and typing errors are
// text files in tables, read at start into one table of hashes of host endings, so that one walk over a host, from its end,
// finds all that is known of it.
//
// # Phones
//
// [ParsePhone] gives the same number one hash, with or without country code, trunk prefix and extension. Placeholders
// have none.
//
// # Places
//
// [ParsePlaces] gives countries their ISO code, and regions, cities and postal codes numbers that are equal for the same
// place by another name: California and CA, München and Munich, 94105-1234 and 94105.
//
// # Concurrency
//
// A [Name] or [Domain] is for one goroutine at a time. Functions may be called by any number; the tables never change.
//
// # Memory
//
// A Name or Domain that is reused allocates nothing in steady state; ParsePhone and ParsePlaces never do. The tables take
// a few megabytes and some milliseconds at start.
package normalize
