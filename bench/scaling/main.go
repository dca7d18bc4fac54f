// Scaling computes what many accounts and many leads take, from the figures in bench/RESULTS.md, and writes the tables of
// server/SCALING.md. What it needs beside those that other tools have measured it counts itself when -count asks for it:
// bytes, which are the same on every machine and however busy it is.
//
//	go run ./bench/scaling [-count] [-results bench/RESULTS.md] [-document server/SCALING.md]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

func main() { program.Main("scaling", run) }

func run(ctx context.Context, args []string, w io.Writer) error {
	f := flag.NewFlagSet("scaling", flag.ContinueOnError)
	count := f.Bool("count", false, "count bytes, and write them into the results, first")
	from := f.String("results", "bench/RESULTS.md", "Markdown file with the figures")
	to := f.String("document", "server/SCALING.md", "Markdown file to write the tables into")
	if err := program.Parse(f, args); err != nil {
		return err
	}
	if *count {
		counted, err := countBytes(ctx)
		if err != nil {
			return err
		}
		if err := results.Write(*from, sectionBytes, "make scaling", counted.markdown()); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(*from)
	if err != nil {
		return err
	}
	figures, err := readFigures(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", *from, err)
	}
	blocks := figures.blocks()
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		fmt.Fprintf(w, "%s\n", blocks[name])
		if err := results.Block(*to, name, blocks[name]); err != nil {
			return err
		}
	}
	return nil
}
