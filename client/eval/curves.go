package eval

import (
	"iter"
	"math"
	"slices"
)

// Cutoff is what comes out when every lead whose first candidate is at least this probable is assigned to it, and no
// other lead, whatever the policy says.
type Cutoff struct {
	Probability float64 // 0 to 1
	Assigned    int     // leads
	Right       int     // of them
	Coverage    float64 // share of all leads that are assigned
	Wrong       float64 // share of the assigned that are wrong
}

// Cutoffs returns every cut-off that makes a difference, the highest first: the risk-coverage curve. A cut-off cannot
// split leads of the same probability.
func Cutoffs(pairs []Pair) []Cutoff { return slices.Collect(newTally(pairs).cutoffs()) }

func (t *tally) cutoffs() iter.Seq[Cutoff] {
	return func(yield func(Cutoff) bool) {
		right := 0
		for i, f := range t.firsts {
			if f.right {
				right++
			}
			if i+1 < len(t.firsts) && t.firsts[i+1].probability == f.probability {
				continue
			}
			if !yield(Cutoff{f.probability, i + 1, right, share(i+1, t.n), share(i+1-right, i+1)}) {
				return
			}
		}
	}
}

// calibrationBins is how many bins of equal mass the calibration error is taken over.
const calibrationBins = 15

// Bin is leads whose first candidates are about equally probable.
type Bin struct {
	Leads     int     // never 0
	Right     int     // leads whose first candidate is right
	Claimed   float64 // leads whose first candidate should be: the sum of their probabilities
	Low, High float64 // the least and the greatest of the probabilities
}

// Bins returns the reliability diagram: the bins that ECE is taken over, the most probable first. There are fewer than 15
// when there are fewer leads.
func Bins(pairs []Pair) []Bin { return newTally(pairs).bins() }

func (t *tally) bins() (bins []Bin) {
	m := len(t.firsts)
	for i := range calibrationBins {
		part := t.firsts[i*m/calibrationBins : (i+1)*m/calibrationBins]
		if len(part) == 0 {
			continue
		}
		b := Bin{Leads: len(part), High: part[0].probability, Low: part[len(part)-1].probability}
		for _, f := range part {
			b.Claimed += f.probability
			if f.right {
				b.Right++
			}
		}
		bins = append(bins, b)
	}
	return bins
}

// Interval returns the bounds between which a share lies with 95 % confidence when part of whole leads have been seen to
// have it (Wilson's score interval). Of no leads it is 0 to 1.
func Interval(part, whole int) (low, high float64) {
	if whole == 0 {
		return 0, 1
	}
	const z = 1.959963984540054 // of a normal distribution 2.5 % lie beyond it
	n, p := float64(whole), float64(part)/float64(whole)
	middle := p + z*z/(2*n)
	reach := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max(0, (middle-reach)/scale), min(1, (middle+reach)/scale)
}
