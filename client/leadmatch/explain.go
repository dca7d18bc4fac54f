package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// barWidth is the width of the waterfall in characters.
const barWidth = 36

// explain writes each candidate's evidence as a waterfall: every comparison moves the sum of bits on from where the one
// before left it. All candidates are drawn on one scale.
func explain(w io.Writer, o *leadmatchv1.Outcome) {
	scale := newScale(o.GetCandidates())
	for i, c := range o.GetCandidates() {
		fmt.Fprintf(w, "\n%d. %s, %s: %s, %+.1f bits\n", i+1, rows.Printable(c.GetAccountId()), rows.Printable(c.GetAccountName()),
			percent(c.GetProbability()), c.GetBits())
		t := newTable(1)
		t.row("EVIDENCE", "BITS", scale.header(), "LEVEL", "THE LEAD'S", "THE ACCOUNT'S")
		sum := 0.0
		for _, e := range c.GetEvidence() {
			t.row(words(rows.EnumName(e.GetKind())), fmt.Sprintf("%+.1f", e.GetBits()), scale.bar(sum, sum+e.GetBits()),
				e.GetLevel(), e.GetLeadValue(), accountValue(e))
			sum += e.GetBits()
		}
		t.row("sum", fmt.Sprintf("%+.1f", sum), scale.bar(0, sum))
		t.write(w, "   ")
	}
	explainSearch(w, o.GetRetrieval())
}

// accountValue is the account's value and, where that is not plain, where it comes from.
func accountValue(e *leadmatchv1.Evidence) string {
	switch e.GetSource() {
	case leadmatchv1.Source_SOURCE_ALIAS, leadmatchv1.Source_SOURCE_FORMER_NAME, leadmatchv1.Source_SOURCE_PARENT:
		return e.GetAccountValue() + " (" + words(rows.EnumName(e.GetSource())) + ")"
	}
	return e.GetAccountValue()
}

// explainSearch says how the candidates were found, and what was not looked at.
func explainSearch(w io.Writer, r *leadmatchv1.Retrieval) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "\nsearch: %s shared something with the lead, %s scored\n",
		count(r.GetCandidatesSeen(), "account"), thousands(r.GetCandidatesScored()))
	t := newTable(2)
	for _, k := range r.GetKeys() {
		t.row(words(k.GetKind()), k.GetValue(), count(k.GetAccounts(), "account"))
	}
	t.write(w, "   ")
	if len(r.GetCuts()) > 0 {
		fmt.Fprintf(w, "cut short by: %s\n", rows.Printable(strings.Join(r.GetCuts(), ", ")))
	}
}

// scale maps bits to columns of the waterfall.
type scale struct{ low, high float64 }

func newScale(candidates []*leadmatchv1.Candidate) scale {
	var s scale
	for _, c := range candidates {
		sum := 0.0
		for _, e := range c.GetEvidence() {
			sum += e.GetBits()
			s.low, s.high = min(s.low, sum), max(s.high, sum)
		}
	}
	if s.high-s.low < 1 {
		s.high = s.low + 1
	}
	return s
}

// column is where a number of bits is drawn, from 0 to barWidth-1.
func (s scale) column(bits float64) int {
	at := int(math.Round((bits - s.low) / (s.high - s.low) * (barWidth - 1)))
	return min(max(at, 0), barWidth-1)
}

// bar draws the step from one sum to the next: gains solid, losses shaded, with a line where the sum is zero.
func (s scale) bar(from, to float64) string {
	cells := []rune(strings.Repeat(" ", barWidth))
	cells[s.column(0)] = '│'
	fill := '█'
	if to < from {
		from, to, fill = to, from, '░'
	}
	first, last := s.column(from), s.column(to)
	if first == last && from != to {
		cells[first] = '▏'
	}
	for i := first; i < last; i++ {
		cells[i] = fill
	}
	return string(cells)
}

// header is the scale's ends and its zero.
func (s scale) header() string {
	low, high := fmt.Sprintf("%+.1f", s.low), fmt.Sprintf("%+.1f", s.high)
	return low + strings.Repeat(" ", max(1, barWidth-len(low)-len(high))) + high
}
