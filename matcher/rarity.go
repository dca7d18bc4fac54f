package matcher

import "math"

// rarityTable turns the number of accounts that have a word into bits of rarity.
//
// The book's own counts are blended with those of an imagined book of rarityPrior accounts, in which a word of each
// class is as common as it is in the world at large: in a book of three accounts "group" is then still a common word,
// and in a book of a million the blend is not felt.
type rarityTable struct{ total float32 }

const (
	rarityPrior = 2000
	maxRarity   = 14 // bits: beyond some 16,000 accounts to one, rarer says no more about a name
)

// priorCount is how many accounts of the imagined book have a word of the class.
var priorCount = [numClasses]float32{classCore: 1, classGeneric: 40, classSector: 30, classPlace: 8, classNumber: 2, classLegal: rarityPrior}

func rarity(accounts int) rarityTable {
	return rarityTable{log2(float32(accounts + rarityPrior))}
}

// bits returns the rarity of a word of the class that count accounts have.
func (r rarityTable) bits(count uint32, class rowClass) float32 {
	return max(0, min(maxRarity, r.total-log2(float32(count)+priorCount[class])))
}

// log2 is the base-2 logarithm of a positive number to 16 bits or so: exponent, and a table for the mantissa.
func log2(x float32) float32 {
	b := math.Float32bits(x)
	return float32(int(b>>23)-127) + log2Table[b>>15&255]
}

var log2Table = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(math.Log2(1 + (float64(i)+0.5)/256))
	}
	return t
}()
