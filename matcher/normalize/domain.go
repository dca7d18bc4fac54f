package normalize

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// DomainClass says what a domain tells about a company.
type DomainClass uint8

const (
	NoDomain   DomainClass = iota // nothing that is a domain
	Business                      // speaks for a company
	Free                          // anybody's mail: x@gmail.com
	Disposable                    // nobody's mail: mailinator.com
	Hosted                        // a page on a platform: acme.wixsite.com speaks, wixsite.com does not
)

// Domain is a domain as read from a domain, a web address or an e-mail address. The zero value is ready; it is meant to
// be reused, and then allocates nothing. Slices are valid until it is parsed into again. Not for use by several
// goroutines at once.
type Domain struct {
	Class       DomainClass
	Corrected   bool    // a typing error was put right: gmial.com, acme.con
	Host        []byte  // lower-case ASCII, without "www."
	Registrable []byte  // acme.co.uk
	Identity    []byte  // what Hash is of: acme.co.uk, acme.wixsite.com, facebook.com/acme; empty when Hash is 0
	Stem        []byte  // acme; for a hosted page, the page's own label; romanized like a name where it is not ASCII
	Local       []byte  // what stands before the @ of an e-mail address, in lower case, without a +tag
	Hash        uint64  // of Identity; 0 when it identifies nobody
	StemHash    uint64  // of Stem without hyphens, so that acme-robotics.de and acmerobotics.com share it; 0 when Hash is 0
	Country     Country // of a country ending that companies use as such, or of a label like de.acme.com; 0 none

	// What the slices above point into, the text as typed and repaired, and steps on the way of a Unicode host.
	buf, text, repaired, typed, compatible, mapped []byte
}

// What Parse reads of a text, in bytes; the rest is ignored.
const (
	maxDomainText = 1024
	maxHost       = 253
	maxLabel      = 63
	maxLocal      = 128
	maxPage       = 128
)

// domainBuf is the room for everything that a Domain holds: host, local part, path identity and romanized stem.
const domainBuf = maxHost + maxLocal + (maxHost + 1 + maxPage) + 4*4*maxLabel

// Parse reads a domain, a web address or an e-mail address as a person types it. Everything in d is overwritten. Of
// several in one text the first counts. What is no domain on the Internet is NoDomain: an IP address, "localhost",
// "acme", "acme.local".
func (d *Domain) Parse(s string) {
	if d.buf == nil {
		d.buf = make([]byte, 0, domainBuf)
		d.text = make([]byte, 0, maxDomainText)
		d.repaired = make([]byte, 0, maxDomainText)
	}
	d.text = append(d.text[:0], s[:min(len(s), maxDomainText)]...)
	d.clear()
	if !d.parseTokens(d.text) {
		d.parseRepaired(d.text)
	}
}

// clear empties what is returned and keeps the memory.
func (d *Domain) clear() {
	d.Class, d.Corrected, d.Country = NoDomain, false, 0
	d.Host, d.Registrable, d.Identity, d.Stem, d.Local = nil, nil, nil, nil, nil
	d.Hash, d.StemHash = 0, 0
}

// set reads an address whose parts are told apart. It reports whether the host is a domain; if not, d is as it was.
func (d *Domain) set(a address) bool {
	host, ok := d.appendHost(d.buf[:0], a.host)
	if !ok {
		return false
	}
	var p hostParts
	p.read(host)
	if meant := p.correction(host); meant != "" {
		host = append(host[:p.typo], meant...)
		d.Corrected = true
		p.read(host)
	}
	if !p.known || p.public == 0 {
		d.Corrected = false
		return false
	}
	d.buf = host
	d.Host = host
	d.setLocal(a.local)
	d.classify(&p, a.path)
	return true
}

// correction returns what was meant by the ending at p.typo: by an ending that does not exist, or by a whole domain.
func (p *hostParts) correction(host []byte) string {
	if p.typo == len(host) || p.known && p.typo != nameStart(host, p.public) {
		return ""
	}
	return hosts.meant[p.meant]
}

// nameStart returns where the label before the ending at position end starts, and 0 when there is none.
func nameStart(host []byte, end int) int {
	if end == 0 {
		return 0
	}
	start := end - 1
	for start > 0 && host[start-1] != '.' {
		start--
	}
	return start
}

// labelBefore returns the label before the ending at position end.
func labelBefore(host []byte, end int) []byte {
	if end == 0 {
		return nil
	}
	return host[nameStart(host, end) : end-1]
}

func labelLen(host []byte) int {
	if i := bytes.IndexByte(host, '.'); i >= 0 {
		return i
	}
	return len(host)
}

func (d *Domain) setLocal(local []byte) {
	if i := bytes.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	start := len(d.buf)
	d.buf = appendLower(d.buf, local[:min(len(local), maxLocal)], maxLocal)
	d.Local = d.buf[start:]
}

// classify fills in everything that follows from the host's parts.
func (d *Domain) classify(p *hostParts, path []byte) {
	host := d.Host
	start := nameStart(host, p.public)
	d.Registrable = host[start:]
	d.Country = Country(p.country)
	stem := host[start : p.public-1]
	switch {
	case p.traits&disposableMail != 0:
		d.Class = Disposable
		d.setStem(stem)
	case p.ownMail && len(d.Local) == 0:
		d.company(start, stem)
	case p.traits&freeMail != 0 || hosts.find(hashLabel(familyHash, stem)).traits&freeMail != 0:
		d.Class = Free
		d.setStem(stem)
	case d.hosted(p, path):
		d.Class, d.Country = Hosted, 0
	default:
		d.company(start, stem)
	}
	if start > 0 { // else "www" is the domain's own name
		d.Host = bytes.TrimPrefix(d.Host, www)
	}
}

var www = []byte("www.")

// company fills in what speaks for a company whose domain starts at start.
func (d *Domain) company(start int, stem []byte) {
	d.Class = Business
	d.identify(d.Registrable)
	d.setStem(stem)
	if d.Country == 0 && start > 0 {
		d.Country = countryLabel(d.Host[:start-1])
	}
}

// identify sets what the domain is identified by.
func (d *Domain) identify(identity []byte) {
	d.Identity = identity
	d.Hash = xxhash.Sum64(identity)
}

// setStem sets the stem to a label: decoded and romanized, where it is not of ASCII.
func (d *Domain) setStem(label []byte) {
	d.Stem = label
	if bytes.HasPrefix(label, acePrefix) {
		var room [4 * maxLabel]byte
		if text, ok := appendDecoded(room[:0], label[len(acePrefix):]); ok {
			start := len(d.buf)
			d.buf = appendRomanized(d.buf, text)
			d.Stem = d.buf[start:]
		}
	}
	if d.Hash != 0 {
		d.StemHash = hashStem(d.Stem)
	}
}

// hashStem hashes a stem without its hyphens.
func hashStem(stem []byte) uint64 {
	if bytes.IndexByte(stem, '-') < 0 {
		return xxhash.Sum64(stem)
	}
	var plain [4 * maxPage]byte
	n := 0
	for _, c := range stem {
		if c != '-' && n < len(plain) {
			plain[n] = c
			n++
		}
	}
	return xxhash.Sum64(plain[:n])
}

func hashLabel(h uint64, label []byte) uint64 {
	for i := len(label) - 1; i >= 0; i-- {
		h = (h ^ uint64(label[i])) * hostHashPrime
	}
	return h
}

// countryLabel returns the country that the first of the labels before a domain names, as in de.acme.com. Codes that
// are mostly something else there are left out: it, hr, pr, my, mx, id, me, tv.
func countryLabel(labels []byte) Country {
	labels = bytes.TrimPrefix(labels, www)
	label := labels[:labelLen(labels)]
	if len(label) != 2 {
		return 0
	}
	switch string(label) {
	case "uk":
		return country("GB")
	case "at", "au", "be", "br", "ca", "ch", "cl", "cn", "cz", "de", "dk", "es", "fi", "fr", "gb", "gr", "hk", "hu",
		"ie", "il", "in", "jp", "kr", "nl", "no", "nz", "pl", "pt", "ro", "ru", "se", "sg", "tr", "tw", "ua", "us",
		"za":
		return Country(label[0]-'a'+'A')<<8 | Country(label[1]-'a'+'A')
	}
	return 0
}
