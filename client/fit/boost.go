package fit

import (
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
)

// Trees are small: what three features are worth together is as much as one can hope to learn for books that were never
// seen.
const (
	TreeDepth  = 3
	TreeNodes  = 1<<TreeDepth - 1
	TreeLeaves = 1 << TreeDepth
)

// Tree is a complete binary tree. Node i asks whether a feature is more than a cut; node 2i+2 asks next if so, and
// node 2i+1 else. Leaves follow the nodes in the same count.
type Tree struct {
	Feature [TreeNodes]uint16
	Cut     [TreeNodes]float32
	Bits    [TreeLeaves]float64
}

// At returns what the tree adds to a candidate with these features.
func (t *Tree) At(features []float32) float64 {
	n := 0
	for n < TreeNodes {
		n = t.next(n, features[t.Feature[n]])
	}
	return t.Bits[n-TreeNodes]
}

func (t *Tree) next(n int, amount float32) int {
	if amount > t.Cut[n] {
		return 2*n + 2
	}
	return 2*n + 1
}

// BoostOptions set Boost up. The zero value of each field takes its default.
type BoostOptions struct {
	Trees  int     // 0 means 60
	Rate   float64 // share of its best value that a leaf gets; 0 means 0.25
	Shrink float64 // weight of "no difference" in each leaf, in examples; 0 means 20
	Within float64 // candidates are looked at that are so near to the best one, in bits; 0 means 10
}

func (o BoostOptions) withDefaults() BoostOptions {
	if o.Trees == 0 {
		o.Trees = 60
	}
	if o.Rate == 0 {
		o.Rate = .25
	}
	if o.Shrink == 0 {
		o.Shrink = 20
	}
	if o.Within == 0 {
		o.Within = 10
	}
	return o
}

// Boost returns trees that, added to the weighted sums, make the right answers more probable: each is fitted to what the
// model before it gets wrong (gradient boosting, Friedman 2001, with second-order leaves and histograms of the features),
// where a lead's candidates and "none" share one probability. All examples count the same. The same arguments give the
// same trees.
func Boost(examples []Example, weights []float64, opts BoostOptions) []Tree {
	b := newBooster(examples, weights, opts.withDefaults())
	trees := make([]Tree, 0, b.opts.Trees)
	for range b.opts.Trees {
		b.slopes()
		trees = append(trees, b.grow())
	}
	return trees
}

// booster grows trees. A row is a candidate; rows of one example follow each other.
type booster struct {
	opts    BoostOptions
	columns []column
	from    []int32   // of each example, its first row; and the end of the last
	right   []bool    // by row, as all that follow
	bits    []float64 // natural log-odds against "none"
	slope   []float64 // of the loss
	bend    []float64 // its second derivative
	node    []int32
}

// column is one feature of all rows: how many of its cuts the amount is above, where that is not the same as for an
// amount of zero.
type column struct {
	cuts []float32
	zero uint8
	rows []int32
	bins []uint8
}

const maxCuts = 63

// Within tells which candidates are at most so many bits behind the best one.
func (e *Example) Within(weights []float64, bits float64) (near []int) {
	best := math.Inf(-1)
	for i := range e.Candidates {
		best = max(best, e.Candidates[i].Bits(weights))
	}
	for i := range e.Candidates {
		if e.Candidates[i].Bits(weights) >= best-bits {
			near = append(near, i)
		}
	}
	return near
}

func newBooster(examples []Example, weights []float64, opts BoostOptions) *booster {
	b := &booster{opts: opts, columns: make([]column, len(weights)), from: []int32{0}}
	amounts := make([][]Value, 0, 4*len(examples)) // by row
	for i := range examples {
		e := &examples[i]
		for _, k := range e.Within(weights, opts.Within) {
			c := &e.Candidates[k]
			amounts = append(amounts, c.Features)
			b.right = append(b.right, c.Right)
			b.bits = append(b.bits, c.Bits(weights)*math.Ln2)
		}
		b.from = append(b.from, int32(len(amounts)))
	}
	n := len(amounts)
	b.slope, b.bend, b.node = make([]float64, n), make([]float64, n), make([]int32, n)
	b.fill(amounts)
	return b
}

// fill makes the columns of the rows' amounts.
func (b *booster) fill(amounts [][]Value) {
	byFeature := make([][]float32, len(b.columns))
	for _, row := range amounts {
		for _, v := range row {
			byFeature[v.Feature] = append(byFeature[v.Feature], v.Amount)
		}
	}
	for f := range b.columns {
		c := &b.columns[f]
		c.cuts = cuts(byFeature[f])
		c.zero = binOf(c.cuts, 0)
	}
	for r, row := range amounts {
		for _, v := range row {
			c := &b.columns[v.Feature]
			if k := binOf(c.cuts, v.Amount); k != c.zero {
				c.rows, c.bins = append(c.rows, int32(r)), append(c.bins, k)
			}
		}
	}
}

// cuts divides amounts into parts of about the same number of rows; zeros are not among the amounts.
func cuts(amounts []float32) (c []float32) {
	all := append(slices.Clone(amounts), 0)
	slices.Sort(all)
	least := max(1, len(all)/maxCuts)
	last := 0
	for i := 1; i < len(all); i++ {
		if all[i] != all[i-1] && (i-last >= least || all[i-1] == 0 || all[i] == 0) {
			c, last = append(c, all[i-1]), i
		}
	}
	return c[:min(len(c), maxCuts)]
}

// binOf is how many cuts the amount is above.
func binOf(cuts []float32, amount float32) uint8 {
	return uint8(sort.Search(len(cuts), func(i int) bool { return cuts[i] >= amount }))
}

// slopes fills in the loss's slope and bend at each row.
func (b *booster) slopes() {
	for i := range len(b.from) - 1 {
		from, to := b.from[i], b.from[i+1]
		top := 0.0
		for r := from; r < to; r++ {
			top = max(top, b.bits[r])
		}
		sum, right := math.Exp(-top), 0.0
		for r := from; r < to; r++ {
			v := math.Exp(b.bits[r] - top)
			sum += v
			if b.right[r] {
				right += v
			}
		}
		for r := from; r < to; r++ {
			v := math.Exp(b.bits[r] - top)
			p := v / sum
			b.slope[r], b.bend[r] = p, max(p*(1-p), 1e-6)
			if b.right[r] {
				b.slope[r] -= v / right
			}
		}
	}
	clear(b.node)
}

// sums are the slopes and bends of some rows.
type sums struct{ slope, bend float64 }

func (s sums) add(slope, bend float64) sums { return sums{s.slope + slope, s.bend + bend} }
func (s sums) less(t sums) sums             { return sums{s.slope - t.slope, s.bend - t.bend} }
func (s sums) gain(shrink float64) float64  { return s.slope * s.slope / (s.bend + shrink) }

// split is the best question that was found for a node.
type split struct {
	gain float64
	cut  int
}

// grow fits a tree level by level, and adds it to the rows' bits.
func (b *booster) grow() (t Tree) {
	for i := range t.Cut {
		t.Cut[i] = float32(math.Inf(1)) // no question: all go one way
	}
	for first := 0; first < TreeNodes; first = 2*first + 1 {
		best := b.splits(first)
		for k := range first + 1 {
			f := 0
			for i := range best {
				if best[i][k].gain > best[f][k].gain {
					f = i
				}
			}
			if s := best[f][k]; s.gain > 0 {
				t.Feature[first+k], t.Cut[first+k] = uint16(f), b.columns[f].cuts[s.cut]
			}
		}
		b.descend(&t, first)
	}
	var leaf [TreeLeaves]sums
	for r, n := range b.node {
		leaf[n-TreeNodes] = leaf[n-TreeNodes].add(b.slope[r], b.bend[r])
	}
	for i, s := range leaf {
		t.Bits[i] = -b.opts.Rate * s.slope / (s.bend + b.opts.Shrink) / math.Ln2
	}
	for r, n := range b.node {
		b.bits[r] += t.Bits[n-TreeNodes] * math.Ln2
	}
	return t
}

// descend moves every row from its node of the level to the next one.
func (b *booster) descend(t *Tree, first int) {
	for r, n := range b.node {
		b.node[r] = int32(t.next(int(n), 0))
	}
	for n := first; n <= 2*first; n++ {
		c := &b.columns[t.Feature[n]]
		for i, r := range c.rows {
			if (int(b.node[r])-1)/2 == n {
				b.node[r] = int32(t.next(n, c.amount(c.bins[i])))
			}
		}
	}
}

// amount is the largest one of a bin.
func (c *column) amount(bin uint8) float32 {
	if int(bin) < len(c.cuts) {
		return c.cuts[bin]
	}
	return math.MaxFloat32
}

// leastBend is what a leaf must have at least.
const leastBend = 5

// splits returns, of each feature and each node of the level that begins at first, the best question.
func (b *booster) splits(first int) [][]split {
	total := make([]sums, first+1)
	for r, n := range b.node {
		total[int(n)-first] = total[int(n)-first].add(b.slope[r], b.bend[r])
	}
	best := make([][]split, len(b.columns))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			var bins [TreeLeaves][maxCuts + 1]sums
			for f := w; f < len(b.columns); f += workers {
				best[f] = b.columns[f].splits(b, first, total, &bins)
			}
		})
	}
	wg.Wait()
	return best
}

func (c *column) splits(b *booster, first int, total []sums, bins *[TreeLeaves][maxCuts + 1]sums) []split {
	best := make([]split, len(total))
	if len(c.cuts) == 0 {
		return best
	}
	for k, s := range total {
		clear(bins[k][:])
		bins[k][c.zero] = s
	}
	for i, r := range c.rows {
		of := &bins[int(b.node[r])-first]
		slope, bend := b.slope[r], b.bend[r]
		of[c.bins[i]] = of[c.bins[i]].add(slope, bend)
		of[c.zero] = of[c.zero].add(-slope, -bend)
	}
	for k, s := range total {
		var left sums
		for cut := range c.cuts {
			left = left.add(bins[k][cut].slope, bins[k][cut].bend)
			right := s.less(left)
			if left.bend < leastBend || right.bend < leastBend {
				continue
			}
			if g := left.gain(b.opts.Shrink) + right.gain(b.opts.Shrink) - s.gain(b.opts.Shrink); g > best[k].gain {
				best[k] = split{g, cut}
			}
		}
	}
	return best
}

// Together returns the examples with one more feature: what the trees say of each candidate that is near enough.
func Together(examples []Example, weights []float64, trees []Tree, feature int, opts BoostOptions) []Example {
	opts = opts.withDefaults()
	out := make([]Example, len(examples))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			dense := make([]float32, len(weights))
			for i := w; i < len(examples); i += workers {
				e := examples[i]
				e.Candidates = slices.Clone(e.Candidates)
				for _, k := range e.Within(weights, opts.Within) {
					c := &e.Candidates[k]
					clear(dense)
					for _, v := range c.Features {
						dense[v.Feature] = v.Amount
					}
					sum := 0.0
					for t := range trees {
						sum += trees[t].At(dense)
					}
					c.Features = append(slices.Clip(c.Features), Value{uint16(feature), float32(sum)})
				}
				out[i] = e
			}
		})
	}
	wg.Wait()
	return out
}
