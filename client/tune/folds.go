package tune

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// group gives the examples their groups and returns how many there are. Leads that share an account or a typed name,
// directly or through others, are of one.
func group(examples []*example) int {
	above := make([]int, len(examples))
	for i := range above {
		above[i] = i
	}
	root := func(i int) int {
		for above[i] != i {
			above[i] = above[above[i]]
			i = above[i]
		}
		return i
	}
	first := map[string]int{}
	join := func(i int, key string) {
		if j, ok := first[key]; ok {
			above[root(i)] = root(j)
		} else {
			first[key] = i
		}
	}
	for i, e := range examples {
		if e.truth.Expected != "" {
			join(i, "account "+e.truth.Expected)
		}
		if name := plainName(e.company); name != "" {
			join(i, "name "+name)
		}
	}
	number := map[int]int{}
	for i, e := range examples {
		r := root(i)
		if _, ok := number[r]; !ok {
			number[r] = len(number)
		}
		e.group = number[r]
	}
	return len(number)
}

// plainName is a name without spaces, signs and capitals.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// folds yields, for each of n folds of about equally many examples, those outside of it and those in it. Groups are
// whole. The same examples and seed give the same folds.
func (t *Tuner) folds(examples []*example, n int) iter.Seq2[[]*example, []*example] {
	size := map[int]int{}
	var order []int
	for _, e := range examples {
		if size[e.group] == 0 {
			order = append(order, e.group)
		}
		size[e.group]++
	}
	rand.New(rand.NewPCG(t.opts.Seed, uint64(n))).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return size[b] - size[a] })
	fold, load := map[int]int{}, make([]int, n)
	for _, g := range order {
		k := slices.Index(load, slices.Min(load))
		fold[g] = k
		load[k] += size[g]
	}
	return func(yield func(in, held []*example) bool) {
		for k := range n {
			var in, held []*example
			for _, e := range examples {
				if fold[e.group] == k {
					held = append(held, e)
				} else {
					in = append(in, e)
				}
			}
			if !yield(in, held) {
				return
			}
		}
	}
}
