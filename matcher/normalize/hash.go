package normalize

import "github.com/cespare/xxhash/v2"

// HashWord returns the hash that a word of this normalized spelling has.
func HashWord(text []byte) uint64 { return xxhash.Sum64(text) }
