package page

import "github.com/leadmatch/leadmatch/client/eval"

// reliabilityChart is the reliability diagram: the share that is right, by the probability that was claimed.
type reliabilityChart struct {
	plot
	Bins []reliabilityBin
}

// reliabilityBin is one of the bins as a dot with its interval, and as a row of the table behind the picture.
type reliabilityBin struct {
	eval.Bin
	Mean, Share       float64 // of the probabilities, and of what is right
	Between           string
	X, Y, YLow, YHigh float64 // of the dot, and the ends of its interval
}

func newReliabilityChart(pairs []eval.Pair) *reliabilityChart {
	c := &reliabilityChart{plot: newPlot(560, 500, 1, straight, tenths, tenths)}
	for _, b := range eval.Bins(pairs) {
		low, high := eval.Interval(b.Right, b.Leads)
		bin := reliabilityBin{
			Bin: b, Mean: b.Claimed / float64(b.Leads), Share: ratio(b.Right, b.Leads), Between: between(low, high),
		}
		bin.X, bin.Y, bin.YLow, bin.YHigh = c.x(bin.Mean), c.y(bin.Share), c.y(low), c.y(high)
		c.Bins = append(c.Bins, bin)
	}
	return c
}
