package main

import (
	"cmp"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/fit"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// rule decides by what a search has found. An account that has the lead's domain or phone number goes before one that is
// only called alike; then the name's score counts, and the place for or against it. How probable it is that the first one
// is right is read off a curve, one for each kind of first candidate. MATCHED is what is probable enough, as in
// leadmatch's default policy.
type rule struct {
	placeWeight float64 // what the same city adds to a score, and another country takes off
	curves      map[class][]fit.Knot
}

// matchFrom is leadmatch's default: a wrong assignment is worth seven right ones.
const matchFrom = 7. / 8

// class is a kind of first candidates.
type class struct {
	byDomain, byPhone bool
	several           bool // other accounts have the domain or number too
	named             bool // the lead has a name
	strange           bool // it has a domain or number that no account has
	place             agreement
}

// agreement says how the places of a lead and an account agree.
type agreement uint8

const (
	unknown agreement = iota
	otherCountry
	sameCountry
	sameCity
	anywhere // for curves of all
)

func agree(l *record, p normalize.Places) agreement {
	if len(l.places) == 0 {
		return unknown
	}
	switch q := l.places[0]; {
	case q.City != 0 && q.City == p.City, q.Postal != 0 && q.Postal == p.Postal:
		return sameCity
	case q.Country == 0 || p.Country == 0:
		return unknown
	case q.Country != p.Country:
		return otherCountry
	}
	return sameCountry
}

func (r *rule) value(l *record, h *hit) float64 {
	v := h.score
	switch agree(l, h.place) {
	case sameCity:
		v += r.placeWeight
	case otherCountry:
		v -= r.placeWeight
	}
	if h.byDomain {
		v += 4
	}
	if h.byPhone {
		v += 3
	}
	return v
}

// rank sorts the hits, best first, and says what the first is.
func (r *rule) rank(l *record, hits []hit) class {
	slices.SortStableFunc(hits, func(a, b hit) int { return compareDown(r.value(l, &a), r.value(l, &b)) })
	first := &hits[0]
	c := class{byDomain: first.byDomain, byPhone: first.byPhone, named: len(l.names) > 0, place: agree(l, first.place)}
	if first.byDomain || first.byPhone {
		c.several = len(hits) > 1 && hits[1].byDomain == first.byDomain && hits[1].byPhone == first.byPhone
	} else {
		c.strange = len(l.keys) > 0
	}
	return c
}

// bits spreads a score over the range in which curves are fitted.
func bits(score float64) float64 { return 12 * (score - .5) }

func (r *rule) probability(c class, score float64) float64 {
	knots := r.curves[c]
	if knots == nil {
		c.place = anywhere
		knots = r.curves[c]
	}
	if knots == nil {
		knots = r.curves[class{place: anywhere}]
	}
	return fit.Probability(fit.OnCurve(knots, bits(score)))
}

// decide writes the answer. The hits are sorted.
func (r *rule) decide(l *record, hits []hit, out *eval.Answer) {
	*out = eval.Answer{Candidates: out.Candidates[:0], Decision: "NO_MATCH"}
	if len(hits) == 0 {
		return
	}
	c := r.rank(l, hits)
	out.Decision, out.Probability = "REVIEW", r.probability(c, hits[0].score)
	if out.Probability >= matchFrom {
		out.Decision, out.AccountID = eval.Matched, hits[0].id
	}
	for i := range hits[:min(5, len(hits))] {
		// Only the first one's probability is looked at.
		out.Candidates = append(out.Candidates, eval.Scored{AccountID: hits[i].id, Probability: out.Probability})
	}
}

// found is a labelled lead and what a search has found for it.
type found struct {
	lead  record
	truth *eval.Labelled
	hits  []hit
}

// fitRule returns the rule that is worth most on the sets, each of which counts as much as any other.
func fitRule(sets [][]found) *rule {
	var chosen *rule
	best := 0.
	for _, weight := range []float64{0, .02, .05, .1, .2} {
		r := &rule{placeWeight: weight}
		r.fitCurves(sets)
		if w := r.worth(sets); chosen == nil || w > best {
			chosen, best = r, w
		}
	}
	return chosen
}

// worth is right assignments less seven times the wrong ones, a lead, averaged over the sets.
func (r *rule) worth(sets [][]found) (sum float64) {
	for _, set := range sets {
		n := 0
		for _, p := range r.answers(set) {
			switch {
			case p.Answer.Decision != eval.Matched:
			case p.Lead.Right(p.Answer.AccountID):
				n++
			default:
				n -= 7
			}
		}
		sum += float64(n) / float64(len(set)) / float64(len(sets))
	}
	return sum
}

// answers returns what the rule decides.
func (r *rule) answers(set []found) []eval.Pair {
	pairs := make([]eval.Pair, len(set))
	for i := range set {
		f := &set[i]
		pairs[i] = eval.Pair{Lead: f.truth, Answer: &eval.Answer{}}
		r.decide(&f.lead, f.hits, pairs[i].Answer)
	}
	return pairs
}

// fitCurves fits a curve to each kind of first candidates of which there are enough, to each without regard to place, and
// one to all.
func (r *rule) fitCurves(sets [][]found) {
	points := map[class][]fit.Point{}
	for _, set := range sets {
		for i := range set {
			f := &set[i]
			if len(f.hits) == 0 {
				continue
			}
			c := r.rank(&f.lead, f.hits)
			first := f.hits[0]
			p := fit.Point{Raw: bits(first.score), Right: f.truth.Right(first.id), Weight: 1 / float64(len(set))}
			points[c] = append(points[c], p)
			wide := c
			wide.place = anywhere
			for _, c := range []class{c, wide, {place: anywhere}} {
				points[c] = append(points[c], p)
			}
		}
	}
	r.curves = map[class][]fit.Knot{}
	for c, p := range points {
		if knots := fit.Calibrate(p); knots != nil {
			r.curves[c] = knots
		}
	}
}

func compareDown(a, b float64) int { return cmp.Compare(b, a) }
