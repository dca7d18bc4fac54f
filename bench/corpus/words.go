package corpus

import (
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
)

// The words of 1.1 million real organization names of public registers that at least 50 of the names hold. A line is
// the word, how often it stands before the end of a name, and how often at the end, tab-separated and rounded to two
// digits; wordcount makes it.
//
//go:embed words.tsv
var wordTable string

// Of the words in those names, these shares are too rare for the table. A name of one word is nearly always such a word.
const (
	rareOnly  = .8
	rareInner = (917_359. - rareOnly*169_862) / (3_079_670 - 169_862)
	rareLast  = 106_686. / 938_087
)

// The rare words are numbered by how frequent they are, and the word of number n is drawn with a probability that falls
// as (n+rareOffset)^-(1+rareExponent): the most frequent one about 50 times in the names that the table was made from,
// and as many distinct ones as there (0.36 million in a million names, where the real ones hold 0.41). There is no
// last one: more accounts bring new words.
const (
	rareOffset   = 5_600
	rareExponent = 0.27
)

// vocabulary draws words as often as names hold them.
type vocabulary struct {
	words              []string
	innerDraw, endDraw *alias
	letters            *letters
}

var loadVocabulary = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{}
	var inner, end []float64
	for line := range strings.Lines(wordTable) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			panic(fmt.Sprintf("words.tsv: %q is not a word and two counts", line))
		}
		v.words = append(v.words, fields[0])
		inner = append(inner, count(fields[1]))
		end = append(end, count(fields[2]))
	}
	v.innerDraw, v.endDraw = newAlias(inner), newAlias(end)
	v.letters = learnLetters(v.words)
	return v
})

func count(s string) float64 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic("words.tsv: " + err.Error())
	}
	return float64(n)
}

// only draws the word of a name of one.
func (v *vocabulary) only(r *rand.Rand) string { return v.draw(r, v.innerDraw, rareOnly) }

// inner draws a word that is not the last one of a name.
func (v *vocabulary) inner(r *rand.Rand) string { return v.draw(r, v.innerDraw, rareInner) }

// last draws the last word of a name of several.
func (v *vocabulary) last(r *rand.Rand) string { return v.draw(r, v.endDraw, rareLast) }

func (v *vocabulary) draw(r *rand.Rand, frequent *alias, rare float64) string {
	if r.Float64() < rare {
		return v.rare(rareNumber(r.Float64()))
	}
	return v.words[frequent.draw(r)]
}

// rareNumber turns a number from [0, 1) into that of a rare word.
func rareNumber(u float64) uint64 {
	n := rareOffset * (math.Pow(1-u, -1/rareExponent) - 1)
	return uint64(float32(min(n, 1<<60))) // processors differ in the last bits of n
}

// rare returns the rare word of a number; always the same one. A few numbers share a word.
func (v *vocabulary) rare(number uint64) string {
	return v.letters.word(rand.New(rand.NewPCG(number, 0)))
}

// The ends of a rare word's length, in letters.
const (
	shortestRare = 4
	longestRare  = 14
)

// letters says how often a letter follows two others in words; 0 stands for the start and the end of a word.
type letters struct {
	following [alphabet][alphabet][]byte // each letter as often as it follows, up to a rounding
}

const alphabet = 27 // a to z, and 0

func learnLetters(words []string) *letters {
	l := &letters{}
	for _, w := range words {
		if !latin(w) {
			continue
		}
		var a, b byte
		for i := 0; i <= len(w); i++ {
			var next byte
			if i < len(w) {
				next = w[i] - 'a' + 1
			}
			l.following[a][b] = append(l.following[a][b], next)
			a, b = b, next
		}
	}
	return l
}

func latin(w string) bool {
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return len(w) > 2
}

// word draws a word letter by letter.
func (l *letters) word(r *rand.Rand) string {
	var text [longestRare]byte
	n := 0
	for a, b := byte(0), byte(0); n < longestRare; {
		choices := l.following[a][b]
		next := byte(0)
		if len(choices) > 0 {
			next = choices[r.IntN(len(choices))]
		}
		if next == 0 {
			if n >= shortestRare {
				break
			}
			next = byte(1 + r.IntN(alphabet-1)) // too short: go on with any letter
		}
		text[n] = 'a' + next - 1
		n++
		a, b = b, next
	}
	return string(text[:n])
}

// alias draws numbers with given weights in constant time (Vose's alias method): a column holds its own number up to
// a height and another one above.
type alias struct {
	height []float64
	other  []int32
}

func newAlias(weights []float64) *alias {
	n, sum := len(weights), 0.
	for _, w := range weights {
		sum += w
	}
	a := &alias{make([]float64, n), make([]int32, n)}
	var small, large []int32
	for i, w := range weights {
		a.height[i] = w * float64(n) / sum
		if a.height[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.other[s] = l
		a.height[l] -= 1 - a.height[s]
		if a.height[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // rounding alone keeps these from being full
		a.height[i] = 1
	}
	return a
}

func (a *alias) draw(r *rand.Rand) int {
	i := r.IntN(len(a.height))
	if r.Float64() < a.height[i] {
		return i
	}
	return int(a.other[i])
}
