// Guard holds what deciding a lead costs to figures.txt, which is committed. The figures are sums over leads of each kind
// on a fixed corpus, and the same on every machine: allocations, bytes of the index by part, and counts of the work. Each
// has to be as it is written, also when it is better, so that the file says what is so and its history what changed.
//
//	go run ./bench/guard              # what a usual build shows: allocations, bytes, time
//	go run -tags count ./bench/guard  # what the build that counts look-ups shows
//
// With -accept what is measured is written into the file. make guard and make guard-accept do both.
//
// # Time
//
// Time is told as a ratio to a loop of fixed work in the same run, and only a loss of more than the noise fails. Leads and
// the loop take turns, one lead at a time, and of each lead the least of several rounds counts, as of each turn of the
// loop: what else the machine does has to hit a lead in every round to be seen. On another processor than the file's a time
// may be up to twice what is written.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/matcher"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "guard:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	f := flag.NewFlagSet("guard", flag.ContinueOnError)
	accept := f.Bool("accept", false, "write what is measured into the file")
	path := f.String("figures", filepath.Join("bench", "guard", "figures.txt"), "the file")
	if err := program.Parse(f, args); err != nil {
		return err
	}
	held, err := readFigures(*path)
	if err != nil && !(*accept && errors.Is(err, os.ErrNotExist)) {
		return err
	}
	on := thisMachine()
	measured, err := measure(func(times []figure) bool {
		return held != nil && !*accept && slices.ContainsFunc(times, func(f figure) bool { return f.problem(held, on) != "" })
	})
	if err != nil {
		return err
	}
	if *accept {
		return writeFigures(*path, merge(held, measured, matcher.Counting))
	}
	problems := compare(held, measured, matcher.Counting, on)
	if len(problems) == 0 {
		fmt.Fprintf(w, "guard: %d figures are as they were\n", len(measured))
		return nil
	}
	for _, p := range problems {
		fmt.Fprintln(w, p)
	}
	return fmt.Errorf("%d of %d figures are not those of %s, gains among them.\n"+
		"If that is meant: make guard-accept, and show the file's changes in review", len(problems), len(measured), *path)
}
