package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/results"
)

// figure is one thing that was measured.
type figure struct {
	measure string
	of      string // kind of lead, or part of the index
	value   float64
}

// measureKind is a measure, and how figures of it are held to what is written.
type measureKind struct {
	name   string
	counts bool    // by the build that counts look-ups
	time   bool    // only losses beyond the noise are wrong
	slack  float64 // by how much others may differ
}

// measures are what is measured, in the order of the file.
var measures = []measureKind{
	{name: "allocations"},
	{name: "bytes-allocated", slack: 64}, // the runtime puts small things into one block, which another may have begun
	{name: "index-bytes"},
	{name: "scored"},
	{name: "found"},
	{name: "compared"},
	{name: "rows"},
	{name: "postings"},
	{name: "lookups", counts: true},
	{name: "slots", counts: true},
	{name: "time", time: true},
}

// How much worse times may be than they are written: on the processor that they were written on, and on others, which do
// some things better than others. Of 12 runs on a machine that had ten times as much to do as it could, none was more than
// 7 % worse than their median; and what looks like a loss is measured again.
const (
	timeNoise     = .15
	timeElsewhere = 1.
)

// roundingElsewhere is how far counts may be apart on other processors than those that they were written on: where products
// and sums are rounded once, ranks differ in their last bits, and of rows that look alike others are chosen.
const roundingElsewhere = .01

// machine is what figures may differ by.
type machine struct {
	arch      string
	processor string
}

func thisMachine() machine { return machine{runtime.GOARCH, results.Processor()} }

// figures are what a file holds.
type figures struct {
	on  machine
	all []figure
}

const header = `# What deciding a lead costs, written by make guard-accept: sums over %d leads of each kind on %d made-up accounts.
# Times are in units of the reference loop. See the documentation of bench/guard.
arch %s
processor %s
`

// readFigures reads a file: behind comments the machine, then a line a figure, with its measure, what it is of, and value.
func readFigures(path string) (*figures, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fs := &figures{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case len(words) > 1 && words[0] == "arch":
			fs.on.arch = words[1]
		case len(words) > 1 && words[0] == "processor":
			fs.on.processor = strings.Join(words[1:], " ")
		case len(words) == 3:
			value, err := strconv.ParseFloat(words[2], 64)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %q is no number", path, n, words[2])
			}
			fs.all = append(fs.all, figure{words[0], words[1], value})
		default:
			return nil, fmt.Errorf("%s:%d: want a measure, what it is of, and a number", path, n)
		}
	}
	return fs, nil
}

func writeFigures(path string, all []figure) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	on := thisMachine()
	fmt.Fprintf(b, header, leadsOfKind, accounts, on.arch, on.processor)
	for _, m := range measures {
		b.WriteByte('\n')
		for _, g := range all {
			if g.measure == m.name {
				fmt.Fprintln(b, g.name()+g.text())
			}
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func (f *figure) text() string {
	if f.kind().time {
		return strconv.FormatFloat(f.value, 'f', 2, 64)
	}
	return strconv.FormatFloat(f.value, 'f', 0, 64)
}

// kind returns what is known of the measure.
func (f *figure) kind() measureKind {
	for _, m := range measures {
		if m.name == f.measure {
			return m
		}
	}
	return measureKind{}
}

func find(all []figure, like figure) (figure, bool) {
	i := slices.IndexFunc(all, func(f figure) bool { return f.measure == like.measure && f.of == like.of })
	if i < 0 {
		return figure{}, false
	}
	return all[i], true
}

// merge returns what is measured with what the other build's part of the file holds. A time that is within the noise of what
// is written stays as it is written, so that it changes where something has changed.
func merge(held *figures, measured []figure, counting bool) (all []figure) {
	if held == nil {
		return measured
	}
	for _, f := range held.all {
		if f.kind().counts != counting {
			all = append(all, f)
		}
	}
	for _, f := range measured {
		if old, ok := find(held.all, f); ok && f.kind().time && near(f.value, old.value, timeNoise) {
			f = old
		}
		all = append(all, f)
	}
	return all
}

// compare returns what is not as the file says, a line each.
func compare(held *figures, measured []figure, counting bool, on machine) (problems []string) {
	for _, f := range measured {
		if p := f.problem(held, on); p != "" {
			problems = append(problems, p)
		}
	}
	for _, f := range held.all {
		if _, ok := find(measured, f); !ok && f.kind().counts == counting {
			problems = append(problems, f.name()+"was not measured, and the file has "+f.text())
		}
	}
	return problems
}

// problem says what is wrong with a figure; empty when nothing is.
func (f *figure) problem(held *figures, on machine) string {
	was, ok := find(held.all, *f)
	switch {
	case !ok:
		return f.name() + f.text() + ", which the file does not have"
	case !f.fits(was.value, held.on, on):
		return f.name() + f.text() + ", was " + was.text() + ": " + percent(was.value, f.value)
	}
	return ""
}

func (f *figure) name() string { return fmt.Sprintf("%-16s %-12s ", f.measure, f.of) }

// fits says whether a figure is what was written, as far as it can be told.
func (f *figure) fits(was float64, written, on machine) bool {
	switch m := f.kind(); {
	case m.time && written == on:
		return f.value <= was*(1+timeNoise)
	case m.time:
		return f.value <= was*(1+timeElsewhere)
	case written.arch == on.arch:
		return math.Abs(f.value-was) <= m.slack
	}
	return near(f.value, was, roundingElsewhere)
}

// near says whether neither of two figures is greater than the other by more than a share.
func near(a, b, share float64) bool { return a <= b*(1+share) && b <= a*(1+share) }

func percent(was, is float64) string {
	if was == 0 {
		return fmt.Sprintf("%+.0f", is)
	}
	return fmt.Sprintf("%+.1f %%", 100*(is-was)/was)
}
