// Million measures leadmatch with a million accounts, or as many as are asked for: it imports them into a server of its
// own, restarts it, matches leads through it, and then times the engine alone on the same accounts. Of several sizes the
// engine's times are taken in turns, so that what else the machine does is the same for all of them.
//
//	go run ./bench/million [-accounts N,… | -file ACCOUNTS.jsonl.gz] [-results bench/RESULTS.md]
//
// Without a file the accounts are the corpus's. Data goes into a temporary folder, which is removed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

func main() { program.Main("million", run) }

// config is what the flags say.
type config struct {
	sizes   []int
	file    string
	leads   int
	results string
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("million", flag.ContinueOnError)
	sizes := f.String("accounts", "1000000", "made-up accounts to measure with; several numbers with commas between")
	f.StringVar(&c.file, "file", "", "JSON Lines file of accounts to measure with instead")
	f.IntVar(&c.leads, "leads", 2000, "leads of each kind")
	f.StringVar(&c.results, "results", "", "Markdown file to write the figures into")
	if err := program.Parse(f, args); err != nil {
		return c, err
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return c, fmt.Errorf("-accounts is %q, want numbers of 1 or more with commas between", *sizes)
		}
		c.sizes = append(c.sizes, n)
	}
	if c.leads < 1 {
		return c, errors.New("-leads has to be 1 or more")
	}
	return c, nil
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	c, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "leadmatch-million-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program.Say("building the programs")
	programs, err := local.Build(ctx, dir)
	if err != nil {
		return err
	}
	books := c.books(dir)
	for _, b := range books {
		if err := b.measureServer(ctx, programs); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	if err := timeEngines(ctx, books); err != nil {
		return err
	}
	text := markdown(books)
	fmt.Fprintln(w, text)
	if c.results == "" {
		return nil
	}
	if len(books) == 1 {
		return results.Write(c.results, "A million accounts", "make million", text)
	}
	if err := writeChart(filepath.Join(filepath.Dir(c.results), chartName), books); err != nil {
		return err
	}
	return results.Write(c.results, "By number of accounts", "make sizes", fmt.Sprintf("%s\n![%s](%s)\n", text, chartTitle, chartName))
}

// books returns what is to be measured: the file's accounts, or made-up ones of each size.
func (c *config) books(dir string) (books []*measurement) {
	if c.file != "" {
		return []*measurement{ofFile(c.file, c.leads, dir)}
	}
	for _, n := range c.sizes {
		books = append(books, ofCorpus(n, c.leads, dir))
	}
	return books
}
