package matcher

import (
	"fmt"
	"math"
	"strconv"
)

// forest says what features are worth together, beyond their weights: a missing sector word costs little where the city
// agrees, and much where the rest of the name is common. It is a sum of small decision trees, each fitted to what the
// weights and the trees before it got wrong (gradient boosting, Friedman 2001).
type forest []tree

const (
	treeDepth  = 3
	treeNodes  = 1<<treeDepth - 1
	treeLeaves = 1 << treeDepth
)

// tree is a complete binary tree. Node i asks whether a feature is more than a cut; node 2i+2 asks next if so, and node
// 2i+1 else. Leaves follow the nodes in the same count.
type tree struct {
	feature [treeNodes + 1]feature // the last one is not asked
	cut     [treeNodes + 1]float32
	bits    [treeLeaves]float32
}

func (f forest) bits(of *features) (sum float32) {
	var amounts [1 << 8]float32 // with room for whatever number a feature has, so that none need be checked
	copy(amounts[:], of[:])
	const mask = treeLeaves - 1
	for i := range f {
		t := &f[i] // treeDepth questions
		n := 1 + above(amounts[t.feature[0]], t.cut[0])
		n = 2*n + 1 + above(amounts[t.feature[n&mask]], t.cut[n&mask])
		n = 2*n + 1 + above(amounts[t.feature[n&mask]], t.cut[n&mask])
		sum += t.bits[(n-treeNodes)&mask]
	}
	return sum
}

// above is 1 when a is more than b: the sign of their difference, of which neither is NaN. By a comparison, which on x86 leaves the
// rest of a register as it was, each tree waits for the one before and takes twice as long (BenchmarkForest).
func above(a, b float32) int { return int(math.Float32bits(b-a) >> 31) }

// InterplayBits is how far behind the best candidate by its weights one may be for the trees to be fitted to it.
const InterplayBits = 10

// askedBits is how far behind it may be for the trees to be asked about it: further back they never make a difference that
// would be worth the time.
const askedBits = 7

// interplay adds what the features are worth together to the candidates that may become first.
func (x *scratch) interplay() {
	p := x.snap.policy
	best := x.mostBits()
	for i := range x.scored {
		if c := &x.scored[i]; c.total >= best-askedBits {
			c.feat[featInterplay] = defaultModel.forest.bits(&c.feat)
			c.total += c.feat[featInterplay] * p.weights[featInterplay]
		}
	}
}

// parseTree reads the name and cut of each node's question ("- inf": none, go on to 2i+1), "|", and the bits of each leaf.
func parseTree(f []string) (t tree, err error) {
	if len(f) != 2*treeNodes+1+treeLeaves || f[2*treeNodes] != "|" {
		return t, fmt.Errorf("want %d names and cuts, \"|\" and the bits of %d leaves", treeNodes, treeLeaves)
	}
	for i := range treeNodes {
		name, cut := f[2*i], f[2*i+1]
		at, ok := featureByName[name]
		if !ok && name != "-" || at == featInterplay {
			return t, fmt.Errorf("%s is unknown", name)
		}
		t.feature[i] = at
		if t.cut[i], err = parseFloat(cut); err != nil {
			return t, err
		}
	}
	for i, s := range f[2*treeNodes+1:] {
		if t.bits[i], err = parseFloat(s); err != nil {
			return t, err
		}
	}
	return t, nil
}

func parseFloat(s string) (float32, error) {
	v, err := strconv.ParseFloat(s, 32)
	return float32(v), err
}
