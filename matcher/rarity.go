package matcher

import (
	_ "embed"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// worldText lists words of organization names with how many of a million organizations have them; its head says where
// the counts are from.
//
//go:embed world.tsv
var worldText string

// world tells how common a word is in the names of the world's organizations, by the hash of its normalized spelling:
// a book of five thousand accounts cannot tell "sigma", which hundreds of companies are called, from a word that one
// company made up.
var world = func() table {
	lines := strings.Split(strings.TrimSpace(worldText), "\n")
	t := newTable(len(lines))
	seen := make(map[uint64]bool, len(lines))
	for _, line := range lines {
		word, count, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			panic("matcher: world.tsv: " + line)
		}
		if h := normalize.HashWord([]byte(word)); !seen[h] {
			seen[h] = true
			t.put(h, uint32(quantRarity(float32(20-math.Log2(float64(n))))))
		}
	}
	return t
}()

// worldRarity is how rare a word is in the world, in eighths of a bit.
func worldRarity(hash uint64) uint8 {
	if r, ok := world.first(hash); ok {
		return uint8(r)
	}
	return unknownRarity
}

// unknownRarity is the world rarity of words that are not in the table.
var unknownRarity = quantRarity(maxRarity)

func quantRarity(bits float32) uint8 { return uint8(min(max(bits*8, 0), 255)) }

// maxRarity bounds the rarity of a word, in bits: rarer than one account in 130,000 says no more about a name.
const maxRarity = 17

// classRarity bounds the rarity of words by what they do in a name: a sector word is no distinctive one, even in a
// language that the book and the world table hold little of.
var classRarity = [numClasses]float32{classCore: maxRarity, classGeneric: 9, classSector: 10, classPlace: 12, classNumber: 12, classSide: maxRarity}

// rarityTable turns the number of accounts that have a word into bits of rarity: how improbable it is that another
// company has the word, by the book without the account at hand, or by the world, whichever is less.
type rarityTable struct{ total float32 }

// rarity is of a book of about so many accounts: the middle of a quarter of an octave.
func rarity(accounts int) rarityTable {
	step := math.Floor(float64(totalSteps * log2(float32(accounts)+10)))
	return rarityTable{float32(step+.5) / totalSteps}
}

// totalSteps are the steps of an octave of accounts.
const totalSteps = 4

// staticBits is the rarity of a word by the world alone, which is the same in every book.
func staticBits(world uint8, class rowClass) float32 {
	return min(float32(world)/8, classRarity[class])
}

// bits returns the rarity of a word of the class that count accounts have and that is as rare in the world as given.
func (r rarityTable) bits(count uint32, world uint8, class rowClass) float32 {
	b := staticBits(world, class)
	if count > 1 {
		b = min(b, r.total-log2(float32(count-1)))
	}
	return max(b, 0)
}

// about rounds a number of accounts that have a word to steps, a quarter of an octave apart from 8 on: 8, 10, 12, 14, 16, 20, …
// are each taken for the middle of their step. Search and scores know words' numbers by this alone, and so most changes of
// a book change nothing for leads that share no more with it than common words.
func about(count uint32) uint32 {
	n := bits.Len32(count) - stepBits
	if n <= 0 {
		return count
	}
	return count>>n<<n | 1<<n>>1
}

// stepBits are the leading bits that tell steps apart.
const stepBits = 3

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
