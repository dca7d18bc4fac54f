package fit

import (
	"math"
	"slices"
)

// Point is one thing that was said, in log-odds (bits), and whether it was so.
type Point struct {
	Raw    float64
	Right  bool
	Weight float64
}

// Knot is a point of a curve from raw log-odds to calibrated ones, in bits.
type Knot struct{ Raw, Calibrated float64 }

const (
	minBin   = 60  // points a bin must have for its share to be believed
	maxBins  = 14  // knots of a curve
	priorPer = 2.0 // how much the raw probability itself counts in a bin, in points right or wrong
)

// MaxCalibrated bounds calibrated bits: no probability is nearer to 0 or 1 than about one in 8,000.
const MaxCalibrated = 13

// Calibrate returns the ascending curve that fits the points: bins of equal mass, each at its share of right answers,
// neighbours that would descend pooled (pool-adjacent-violators). Nil when there are too few points.
func Calibrate(points []Point) []Knot {
	if len(points) < 2*minBin {
		return nil
	}
	slices.SortFunc(points, func(a, b Point) int {
		switch {
		case a.Raw < b.Raw:
			return -1
		case a.Raw > b.Raw:
			return 1
		}
		return 0
	})
	bins := makeBins(points)
	bins = pool(bins)
	knots := make([]Knot, len(bins))
	for i, b := range bins {
		knots[i] = Knot{b.raw / b.weight, bounded(b.right / b.weight)}
	}
	return knots
}

type bin struct{ raw, right, weight float64 }

func makeBins(points []Point) (bins []bin) {
	n := min(maxBins, len(points)/minBin)
	for k := range n {
		part := points[k*len(points)/n : (k+1)*len(points)/n]
		var b bin
		for _, p := range part {
			b.weight += p.Weight
			b.raw += p.Weight * p.Raw
			if p.Right {
				b.right += p.Weight
			}
		}
		// The model's own word counts a little, so that a bin without a wrong answer isn't certain.
		unit := b.weight / float64(len(part)) * priorPer
		b.right += unit * (1 / (1 + math.Exp2(-b.raw/b.weight)))
		b.raw += unit * b.raw / b.weight
		b.weight += unit
		bins = append(bins, b)
	}
	return bins
}

// pool merges neighbours until the shares ascend.
func pool(bins []bin) []bin {
	out := bins[:0:0]
	for _, b := range bins {
		out = append(out, b)
		for len(out) > 1 {
			p, q := &out[len(out)-2], &out[len(out)-1]
			if p.right/p.weight < q.right/q.weight {
				break
			}
			*p = bin{p.raw + q.raw, p.right + q.right, p.weight + q.weight}
			out = out[:len(out)-1]
		}
	}
	return out
}

// bounded turns a share into log-odds in bits, within bounds.
func bounded(p float64) float64 {
	return max(-MaxCalibrated, min(MaxCalibrated, math.Log2(p/(1-p))))
}
