package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/leadmatch/leadmatch/client/secure"

	"github.com/leadmatch/leadmatch/client/rows"
)

// Exit codes, as the package's documentation explains them.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitPartly      = 3
	exitInterrupted = 130
)

// grammar is the whole command line.
type grammar struct {
	Addr    string           `help:"Server's address; several with commas between." env:"LEADMATCH_ADDR" default:"127.0.0.1:7411"`
	Wait    time.Duration    `help:"How long to wait for a server that is serving." default:"3s"`
	Timeout time.Duration    `help:"How long one call may take." default:"10s"`
	Quiet   bool             `help:"No progress and no summary; only results and errors." short:"q"`
	Version kong.VersionFlag `help:"Print the version and exit."`
	secure.Flags

	Match     matchCmd     `cmd:"" help:"Decide one lead."`
	Rematch   rematchCmd   `cmd:"" aliases:"bulk" help:"Decide files of leads, for the first time or again."`
	Impact    impactCmd    `cmd:"" help:"Pick out the leads that may be decided differently since accounts, overrides or the policy changed."`
	Preview   previewCmd   `cmd:"" help:"Show what a policy would change, before it is set."`
	Replay    replayCmd    `cmd:"" help:"Decide the leads of a server's decision log again, and say what is different."`
	Decisions decisionsCmd `cmd:"" help:"List what stands in a server's decision log, newest first."`
	Accounts  accountsCmd  `cmd:"" help:"Import, export, show and delete accounts."`
	Overrides overridesCmd `cmd:"" help:"Say for a domain or a company name which account it always or never is."`
	Policy    policyCmd    `cmd:"" help:"Show and set the policy that decisions are made by."`
	Snapshot  snapshotCmd  `cmd:"" help:"Take what the server holds along, in one file."`
	Normalize normalizeCmd `cmd:"" help:"Show how a name, a domain, an e-mail address, a phone number or a place is read."`
	Status    statusCmd    `cmd:"" help:"Show what the server holds and how it does."`
	Eval      evalCmd      `cmd:"" help:"Decide labelled leads and measure how right the decisions are."`
	Tune      tuneCmd      `cmd:"" help:"Fit the policy to labelled leads, if that makes decisions better."`
}

const description = `Match sales leads to CRM accounts with leadmatchd.

Exit code: 0 done, 1 failed, 2 called the wrong way, 3 done but for some rows (named on standard error), 130 interrupted.`

// app is what every command gets: where to read and write, and how to reach the server.
type app struct {
	ctx            context.Context // ends with the first signal
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          *grammar
	progress       atomic.Pointer[progress] // that is shown now; nil when none is
}

// exited carries an exit code that the command-line parser asks for, as after --help.
type exited int

// run runs one command and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exited:
			code = int(e)
		default:
			panic(e)
		}
	}()
	var flags grammar
	parser, err := kong.New(&flags,
		kong.Name("leadmatch"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Vars{"version": version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		panic(err) // the grammar is wrong
	}
	if err := checkText(args); err != nil {
		fmt.Fprintf(stderr, "leadmatch: %v\n", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "leadmatch: %v\n", err)
		fmt.Fprintf(stderr, "Try leadmatch%s --help.\n", commandPath(err))
		return exitUsage
	}
	results := &results{w: stdout}
	a := &app{ctx: ctx, stdin: untilDone(ctx, stdin), stdout: results, stderr: stderr, flags: &flags}
	err = command.Run(a)
	return a.exitCode(cmp.Or(err, results.err))
}

// checkText refuses what is not UTF-8: the parser would replace it, and match another name or open another file.
func checkText(args []string) error {
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return fmt.Errorf("expected UTF-8 text, not %q", arg)
		}
	}
	return nil
}

// results is standard output, and remembers why not all could be written: a full disk is no success.
type results struct {
	w   io.Writer
	err error // the first
}

func (r *results) Write(p []byte) (n int, err error) {
	n, err = r.w.Write(p)
	r.err = cmp.Or(r.err, err)
	return n, err
}

// commandPath names the command in which parsing failed, with a space before it.
func commandPath(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Command() != "" {
		command, _, _ := strings.Cut(parse.Context.Command(), " <") // what follows are arguments
		return " " + command
	}
	return ""
}

// usageError is a command that was called the wrong way.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// partlyError says that all was done but for some rows, which have been named.
type partlyError struct{ error }

func (a *app) exitCode(err error) int {
	var usage usageError
	var partly partlyError
	switch {
	case err == nil:
		return exitOK
	case a.ctx.Err() != nil:
		a.tell("leadmatch: interrupted")
		return exitInterrupted
	case errors.As(err, &partly):
		a.fail(err)
		return exitPartly
	case errors.As(err, &usage):
		a.fail(err)
		return exitUsage
	}
	a.fail(err)
	return exitFailure
}

func (a *app) fail(err error) { a.tell("leadmatch: " + describe(err)) }

// tell writes a line to standard error, in place of a progress bar that may stand there. Any goroutine may call it.
func (a *app) tell(line string) {
	if p := a.progress.Load(); p != nil {
		p.clear()
	}
	fmt.Fprintln(a.stderr, rows.Printable(line))
}

// note tells a person something, unless they asked for quiet.
func (a *app) note(format string, args ...any) {
	if !a.flags.Quiet {
		a.tell(fmt.Sprintf(format, args...))
	}
}

// stamp is set by the linker in a release.
var stamp string

func version() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	return info.Main.Version
}
