package eval

import "slices"

// Dial is the part of a policy that says how sure an assignment must be.
type Dial struct {
	RightPerWrong float64 // right assignments that a wrong one is worth; 1 and more
	MinMargin     float64 // least bits between the first candidate and the next hypothesis
}

// least is the probability from which on a lead is MATCHED.
func (d Dial) least() float64 { return d.RightPerWrong / (1 + d.RightPerWrong) }

// Setting is what another position of the dial would have made of the leads.
type Setting struct {
	RightPerWrong float64
	Running       bool // the leads were decided with it
	Least         float64
	Assigned      int // leads
	Right         int // of them
	Matchable     int // leads that have an account
	Leads         int
}

// usualSettings are positions of the dial to choose from.
var usualSettings = []float64{1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000}

// Settings returns what usual positions of the dial, and the running one, would have made of the leads, in ascending
// order. It is told from the answers: each needs as many times more certainty than the threshold as it does now, and a
// lead that is sure enough for the running policy and still was not MATCHED stays so, as something else held it back. Ties
// that another position would break, and this one does not, are not foreseen.
func Settings(pairs []Pair, running Dial) []Setting {
	values := append([]float64{running.RightPerWrong}, usualSettings...)
	slices.Sort(values)
	values = slices.Compact(values)
	settings := make([]Setting, len(values))
	for i, v := range values {
		settings[i] = newSetting(pairs, running, v)
	}
	return settings
}

func newSetting(pairs []Pair, running Dial, rightPerWrong float64) Setting {
	s := Setting{RightPerWrong: rightPerWrong, Running: rightPerWrong == running.RightPerWrong, Leads: len(pairs)}
	s.Least = Dial{RightPerWrong: rightPerWrong}.least()
	for _, p := range pairs {
		if p.Lead.Expected != "" {
			s.Matchable++
		}
		account := p.Answer.assignedAt(&s, running)
		if account == "" {
			continue
		}
		s.Assigned++
		if p.Lead.Right(account) {
			s.Right++
		}
	}
	return s
}

// assignedAt returns the account that the lead would have been given; "" for none.
func (a *Answer) assignedAt(s *Setting, running Dial) string {
	switch {
	case a == nil:
		return ""
	case a.Override || s.Running:
		return a.AccountID
	case a.Decision == Matched:
		if a.Together >= a.needs(s.Least, running) {
			return a.AccountID
		}
	case len(a.Candidates) > 0 && a.Margin >= running.MinMargin:
		if a.Together >= a.needs(s.Least, running) && a.Together < a.needs(running.least(), running) {
			return a.Candidates[0].AccountID
		}
	}
	return ""
}

// needs is the probability from which on the lead is MATCHED when others are from least on.
func (a *Answer) needs(least float64, running Dial) float64 {
	if a.Needs == 0 {
		return least
	}
	return 1 - (1-least)*(1-a.Needs)/(1-running.least())
}
