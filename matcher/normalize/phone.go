package normalize

import "github.com/cespare/xxhash/v2"

// Phone is a phone number as read.
type Phone struct {
	Number  [16]byte // digits, country code first when it is known
	Len     uint8
	Country Country // that the number tells; 0 none
	Hash    uint64  // identity across spellings with and without country code; 0 when it cannot be compared
	Block   uint64  // of all but the last three digits: a switchboard; 0 when Hash is 0
}

// ParsePhone reads a phone number as a person types it; country, when it is not 0, is where a number without a country
// code is from. It allocates nothing.
func ParsePhone(s string, country Country) (p Phone) {
	for i := 0; i < len(s) && p.Len < 16; i++ {
		if c := s[i]; c >= '0' && c <= '9' {
			p.Number[p.Len] = c
			p.Len++
		}
	}
	if p.Len >= 7 {
		from := max(0, int(p.Len)-9)
		p.Hash = xxhash.Sum64(p.Number[from:p.Len])
		p.Block = xxhash.Sum64(p.Number[from : p.Len-3])
	}
	return p
}
