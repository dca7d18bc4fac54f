// Package program is how the programs of bench begin and end.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Main calls run with the command line's arguments and standard output, prints what it returns, and ends the process where
// that is an error. An interrupt, and nobody reading what is printed, end the context, so that run can clean up; a second
// interrupt ends the process at once. Asking for help is no error. It is to be all that main does.
func Main(name string, run func(ctx context.Context, args []string, w io.Writer) error) {
	read, _ := signal.NotifyContext(context.Background(), syscall.SIGPIPE) // to the end: cleaning up prints, too
	ctx, stop := signal.NotifyContext(read, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	os.Exit(1)
}

// Say tells on standard error what is being done, which may take a while.
func Say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+" …\n", args...) }

// Parse parses the arguments of a program that has flags only.
func Parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return nil
}
