package matcher

import (
	"encoding/binary"
	"math"
	"slices"
)

// Records: an account's fields, one after the other, in the order id, owner, name, parent, a byte that says which of the
// rest follow, then those. Texts are behind their length as a varint, lists and maps behind their count.
const (
	hasAliases = 1 << iota
	hasDomains
	hasPhones
	hasAddresses
	hasLabels
	hasNumbers
)

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

// appendRecord appends the account's record, padded to recordAlign.
func appendRecord(b []byte, a *Account) []byte {
	for _, s := range [...]string{a.ID, a.OwnerID, a.Name, a.ParentID} {
		b = appendText(b, s)
	}
	flags := len(b)
	b = append(b, 0)
	if len(a.Aliases) > 0 {
		b[flags] |= hasAliases
		b = appendTexts(b, a.Aliases)
	}
	if len(a.Domains) > 0 {
		b[flags] |= hasDomains
		b = appendTexts(b, a.Domains)
	}
	if len(a.Phones) > 0 {
		b[flags] |= hasPhones
		b = appendTexts(b, a.Phones)
	}
	if len(a.Addresses) > 0 {
		b[flags] |= hasAddresses
		b = binary.AppendUvarint(b, uint64(len(a.Addresses)))
		for _, d := range a.Addresses {
			for _, s := range [...]string{d.Country, d.Region, d.City, d.Postal, d.Street} {
				b = appendText(b, s)
			}
		}
	}
	if len(a.Labels) > 0 {
		b[flags] |= hasLabels
		b = binary.AppendUvarint(b, uint64(len(a.Labels)))
		for _, k := range sortedKeys(a.Labels) {
			b = appendText(appendText(b, k), a.Labels[k])
		}
	}
	if len(a.Numbers) > 0 {
		b[flags] |= hasNumbers
		b = binary.AppendUvarint(b, uint64(len(a.Numbers)))
		for _, k := range sortedKeys(a.Numbers) {
			b = binary.LittleEndian.AppendUint64(appendText(b, k), math.Float64bits(a.Numbers[k]))
		}
	}
	for len(b)%recordAlign != 0 {
		b = append(b, 0)
	}
	return b
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (r record) count() (int, record) {
	n, k := binary.Uvarint(r)
	return int(n), r[k:]
}

func (r record) texts(dst []string) ([]string, record) {
	n, r := r.count()
	for range n {
		var s string
		s, r = r.next()
		dst = append(dst, s)
	}
	return dst, r
}

// head returns the texts that every record begins with.
func (r record) head() (id, owner, name, parent string) {
	id, r = r.next()
	owner, r = r.next()
	name, r = r.next()
	parent, _ = r.next()
	return
}

// account decodes the record into a, reusing its slices and maps.
func (r record) account(a *Account) {
	a.ID, r = r.next()
	a.OwnerID, r = r.next()
	a.Name, r = r.next()
	a.ParentID, r = r.next()
	flags := r[0]
	r = r[1:]
	a.Aliases, a.Domains, a.Phones, a.Addresses = a.Aliases[:0], a.Domains[:0], a.Phones[:0], a.Addresses[:0]
	clear(a.Labels)
	clear(a.Numbers)
	if flags&hasAliases != 0 {
		a.Aliases, r = r.texts(a.Aliases)
	}
	if flags&hasDomains != 0 {
		a.Domains, r = r.texts(a.Domains)
	}
	if flags&hasPhones != 0 {
		a.Phones, r = r.texts(a.Phones)
	}
	if flags&hasAddresses != 0 {
		var n int
		n, r = r.count()
		for range n {
			var d Address
			for _, f := range [...]*string{&d.Country, &d.Region, &d.City, &d.Postal, &d.Street} {
				*f, r = r.next()
			}
			a.Addresses = append(a.Addresses, d)
		}
	}
	if flags&hasLabels != 0 {
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		var n int
		n, r = r.count()
		for range n {
			var k, v string
			k, r = r.next()
			v, r = r.next()
			a.Labels[k] = v
		}
	}
	if flags&hasNumbers != 0 {
		if a.Numbers == nil {
			a.Numbers = map[string]float64{}
		}
		var n int
		n, r = r.count()
		for range n {
			var k string
			k, r = r.next()
			a.Numbers[k] = math.Float64frombits(binary.LittleEndian.Uint64(r))
			r = r[8:]
		}
	}
}
