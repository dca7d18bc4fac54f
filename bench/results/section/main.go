// Section puts what it reads from standard input into a file of results, as a section that says which command made it.
// It is for figures of tests, which write nothing outside their own folders.
//
//	section -name NAME -command COMMAND FILE < BODY
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"strings"

	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

func main() {
	program.Main("section", func(_ context.Context, args []string, _ io.Writer) error { return run(args, os.Stdin) })
}

func run(args []string, body io.Reader) error {
	f := flag.NewFlagSet("section", flag.ContinueOnError)
	name := f.String("name", "", "the section's heading")
	command := f.String("command", "", "what made the figures")
	if err := f.Parse(args); err != nil {
		return err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if *name == "" || *command == "" || f.NArg() != 1 || strings.TrimSpace(string(text)) == "" {
		return errors.New("expected -name, -command, one file, and the section on standard input")
	}
	return results.Write(f.Arg(0), *name, *command, string(text))
}
