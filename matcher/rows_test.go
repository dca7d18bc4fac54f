package matcher

import (
	"slices"
	"testing"
)

// TestRows: what is packed into rows comes apart, whatever their lengths and weights.
func TestRows(t *testing.T) {
	type row struct {
		number, owner uint32
		source        Source
		part          uint8
		words         []rowWord
		weight        uint16
	}
	random := newRandom(t)
	for range 50 {
		var r rows
		var want []row
		weight := uint16(0)
		for range random.IntN(2000) {
			w := row{owner: random.Uint32N(1 << ownerBits), source: Source(random.IntN(int(SourceParent) + 1)), part: rowPart * uint8(random.IntN(2))}
			for range 1 + random.IntN(9) {
				w.words = append(w.words, rowWord(random.Uint32()&^rowLast))
			}
			if random.IntN(20) == 0 {
				weight += uint16(random.IntN(5))
			}
			w.weight = weight
			w.number = r.add(newRowHead(w.owner, uint8(w.source)|w.part), w.words, weight)
			want = append(want, w)
		}
		next := 0
		r.each(func(number uint32, words []rowWord) {
			w := want[next]
			next++
			w.words[len(w.words)-1] |= rowLast
			if number != w.number || r.owner(number) != w.owner || r.source(number) != w.source || r.isPart(number) != (w.part != 0) ||
				!slices.Equal(words, w.words) || r.weights.of(number) != w.weight {
				t.Fatalf("row %d at %d is of %d, %d, part %v, %x, weight %d; want %+v", next, number,
					r.owner(number), r.source(number), r.isPart(number), words, r.weights.of(number), w)
			}
		})
		if next != len(want) || r.count != len(want) {
			t.Fatalf("%d rows of %d come out, and %d are counted", next, len(want), r.count)
		}
		for weight := range weight + 2 {
			i := slices.IndexFunc(want, func(w row) bool { return w.weight >= weight })
			if got := r.weights.first(int(weight)); i >= 0 && got != want[i].number || i < 0 && got < uint32(len(r.cells)) {
				t.Fatalf("weight %d begins at row %d, want the %d. one", weight, got, i)
			}
		}
	}
}
