package tune

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/client/fit"
)

// said is what a model said of a first candidate, in bits, and whether it was so.
type said struct {
	evidence string
	bits     float64
	right    bool
}

// How far a line may go from what it is shrunk to, as standard deviations: offset in bits, and slope.
var (
	allEvidence = line{.5, .1}
	oneKind     = line{.5, .1}
)

const (
	curveFrom = 80 // leads that a kind must have to get a curve of its own
	binLeads  = 40 // leads of a bin, at least
	maxBins   = 12
	lineCount = 60 // what the line counts for in a bin, in leads that tell as much each
)

// line says that x bits are worth offset + slope × x.
type line struct{ offset, slope float64 }

func (l line) at(x float64) float64 { return l.offset + l.slope*x }

// calibrate returns curves for the kinds of evidence that have one, bent to what has turned out. Each lead tells as much
// as weight leads that have nothing to do with each other.
func calibrate(all []said, curves map[string][]fit.Knot, weight float64) map[string][]fit.Knot {
	kinds := map[string][]said{}
	for _, s := range all {
		kinds[s.evidence] = append(kinds[s.evidence], s)
	}
	common := cautiously(fitLine(all, curves, line{0, 1}, allEvidence, weight), all, curves, weight)
	bent := map[string][]fit.Knot{}
	curves = maps.Clone(curves)
	for kind := range kinds {
		if len(curves[kind]) == 0 {
			curves[kind] = asSaid
		}
	}
	for kind, knots := range curves {
		own := fitLine(kinds[kind], curves, common, oneKind, weight)
		bent[kind] = make([]fit.Knot, len(knots))
		for i, k := range knots {
			bent[kind][i] = fit.Knot{Raw: k.Raw, Calibrated: bounded(own.at(k.Calibrated))}
		}
		if len(kinds[kind]) >= curveFrom {
			bent[kind] = follow(kinds[kind], bent[kind], weight)
		}
	}
	return bent
}

// asSaid is the curve that changes nothing.
var asSaid = func() (knots []fit.Knot) {
	for bits := -12.0; bits <= 12; bits += 2 {
		knots = append(knots, fit.Knot{Raw: bits, Calibrated: bits})
	}
	return knots
}()

func bounded(bits float64) float64 { return max(-fit.MaxCalibrated, min(fit.MaxCalibrated, bits)) }

// fitLine is logistic regression, shrunk to a line, of what was right on what the curves say (Platt 1999), by Newton's
// method.
func fitLine(points []said, curves map[string][]fit.Knot, to, sd line, weight float64) line {
	x := make([]float64, len(points))
	for i, s := range points {
		x[i] = fit.OnCurve(curves[s.evidence], s.bits)
	}
	const steps, ln2 = 30, math.Ln2
	l := to
	for range steps {
		g0, g1 := (l.offset-to.offset)/(sd.offset*sd.offset), (l.slope-to.slope)/(sd.slope*sd.slope)
		h00, h01, h11 := 1/(sd.offset*sd.offset), 0.0, 1/(sd.slope*sd.slope)
		for i, s := range points {
			p := fit.Probability(l.at(x[i]))
			g, h := ln2*p, ln2*ln2*p*(1-p)
			if s.right {
				g -= ln2
			}
			g, h = weight*g, weight*h
			g0, g1 = g0+g, g1+g*x[i]
			h00, h01, h11 = h00+h, h01+h*x[i], h11+h*x[i]*x[i]
		}
		d := h00*h11 - h01*h01
		// Bounded, because far from the answer the curvature says little.
		d0, d1 := (h11*g0-h01*g1)/d, (h00*g1-h01*g0)/d
		l.offset -= max(-1, min(1, d0))
		l.slope = max(.1, l.slope-max(-.3, min(.3, d1)))
		if math.Abs(d0)+math.Abs(d1) < 1e-9 {
			break
		}
	}
	return l
}

// cautiously takes back, of a line that makes the leads surer on the average, one standard error of that: to be too sure
// costs more than to be not sure enough, and few companies may be easy ones by chance.
func cautiously(l line, points []said, curves map[string][]fit.Knot, weight float64) line {
	rise, information := 0.0, 0.0
	for _, s := range points {
		x := fit.OnCurve(curves[s.evidence], s.bits)
		p := fit.Probability(l.at(x))
		h := weight * math.Ln2 * math.Ln2 * p * (1 - p)
		rise += h * (l.at(x) - x)
		information += h
	}
	if rise > 0 {
		l.offset -= min(rise/information, 1/math.Sqrt(information))
	}
	return l
}

// follow bends a curve to bins of what was said: where more or less has turned out right in a bin than the curve says,
// what is said near there is worth more or less. What the curve says counts for lineCount leads in each.
func follow(points []said, curve []fit.Knot, weight float64) []fit.Knot {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b said) int { return cmp.Compare(a.bits, b.bits) })
	n := min(maxBins, len(points)/binLeads)
	turned := make([]fit.Knot, n) // by how many bits it has turned out otherwise
	for k := range turned {
		part := points[k*len(points)/n : (k+1)*len(points)/n]
		var bits, right, expected float64
		for _, s := range part {
			bits += s.bits
			if s.right {
				right++
			}
			expected += fit.Probability(fit.OnCurve(curve, s.bits))
		}
		count := float64(len(part))
		expected /= count
		share := (weight*right + lineCount*expected) / (weight*count + lineCount)
		turned[k] = fit.Knot{Raw: bits / count, Calibrated: logOdds(share) - logOdds(expected)}
	}
	bent := slices.Clone(curve)
	for i := range bent {
		bent[i].Calibrated = bounded(bent[i].Calibrated + between(turned, bent[i].Raw))
		if i > 0 {
			bent[i].Calibrated = max(bent[i].Calibrated, bent[i-1].Calibrated)
		}
	}
	return bent
}

// lower takes curves down to others where they are above them. Both have the same knots.
func lower(curves, most map[string][]fit.Knot) {
	for kind, knots := range most {
		for i, k := range knots {
			curves[kind][i].Calibrated = min(curves[kind][i].Calibrated, k.Calibrated)
		}
	}
}

func logOdds(p float64) float64 { return math.Log2(p / (1 - p)) }

// between is on straight lines between the knots, and level beyond them.
func between(knots []fit.Knot, x float64) float64 {
	first, last := knots[0], knots[len(knots)-1]
	switch {
	case x <= first.Raw:
		return first.Calibrated
	case x >= last.Raw:
		return last.Calibrated
	}
	return fit.OnCurve(knots, x)
}
