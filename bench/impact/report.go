package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/leadmatch/leadmatch/bench/plot"
	"github.com/leadmatch/leadmatch/matcher"
)

// row is what so many changes came to.
type row struct {
	changes, leads, touched int
	all                     bool
	named                   int // leads that have read what was touched
	differ                  int // leads whose outcomes differ in anything
	flips                   int // of them, those with another decision, account or owner
	missed                  int // leads that differ and were not named
	why                     [matcher.NumCellKinds]int
}

// compare holds what was named to what differs.
func (r *row) compare(was, is *decided, touched *matcher.Touched) {
	kinds := map[uint32]uint8{}
	for k, list := range touched.Cells {
		for _, c := range list {
			kinds[c] |= 1 << k
		}
	}
	for i := range was.outs {
		var hit uint8
		for _, c := range was.reads[i].Cells {
			hit |= kinds[c]
		}
		named := hit != 0 || touched.All || was.reads[i].All
		if named {
			r.named++
		}
		for k := range r.why {
			r.why[k] += int(hit >> k & 1)
		}
		a, b := &was.outs[i], &is.outs[i]
		if reflect.DeepEqual(a, b) {
			continue
		}
		r.differ++
		if !named {
			r.missed++
		}
		if a.Decision != b.Decision || a.AccountID != b.AccountID || a.OwnerID != b.OwnerID {
			r.flips++
		}
	}
}

type report struct {
	config
	cells, bytes float64
	rows         []row
}

func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s leads (as `leadbench` mixes them) against %s made-up accounts. What a lead's decision has read are %.0f cells on "+
		"average, in %.0f bytes. All leads are decided again, too, and compared: a lead that differs in anything and was not named is a failure.\n\n",
		plot.Number(float64(r.config.leads)), plot.Number(float64(r.accounts)), r.cells, r.bytes)
	fmt.Fprintf(&b, "| accounts changed | cells changed | leads named | saved | differ | of them, another decision, account or owner | missed |\n|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, x := range r.rows {
		fmt.Fprintf(&b, "| %d | %d | %d | %.1f %% | %d | %d | %d |\n", x.changes, x.touched, x.named, 100*float64(x.leads-x.named)/float64(x.leads),
			x.differ, x.flips, x.missed)
	}
	fmt.Fprintf(&b, "\n| why leads were named; a lead may be in several columns |")
	for k := range matcher.NumCellKinds {
		fmt.Fprintf(&b, " %s |", k)
	}
	b.WriteString("\n|--:|" + strings.Repeat("--:|", int(matcher.NumCellKinds)) + "\n")
	for _, x := range r.rows {
		fmt.Fprintf(&b, "| %d |", x.changes)
		for _, n := range x.why {
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
