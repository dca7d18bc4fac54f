// Command leadbench puts a leadmatchd under load and says how it answers:
//
//	leadbench                                              # how much can it do? 64 calls on their way, closed loop
//	leadbench --rate 2000                                  # 2,000 leads a second, however it keeps up
//	leadbench --rate 1000,2000,4000,8000 --plot rates.svg  # one after the other, and a picture
//	leadbench --mode stream --batch 128
//	leadbench --rate 2000 --write-rate 5000                # writes 5,000 accounts a second beside
//
// Package load says what is measured and how. Leads are made from the server's own accounts, or from those of a file, in
// the kinds that --mix says, or read from a file. Writes add accounts whose ids begin with "leadbench-", and delete them at
// the end.
//
// Results go to standard output, everything else to standard error. Interrupted, it prints what was measured until then. The
// exit code is 0 done, 1 failed, also where no call at all was answered or a write was not visible, 2 called the wrong
// way, 130 interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/secure"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// flags are the command line.
type flags struct {
	Addr        string        `help:"Server's address; several with commas between." env:"LEADMATCH_ADDR" default:"127.0.0.1:7411"`
	Wait        time.Duration `help:"How long to wait for a server that is serving." default:"3s"`
	Timeout     time.Duration `help:"How long one call may take." default:"10s"`
	Connections int           `help:"Connections to spread the load over." default:"4"`
	secure.Flags

	Mode     load.Mode     `help:"How leads are sent: ${enum}." enum:"unary,batch,stream" default:"unary"`
	Rate     []float64     `help:"Leads a second, in an open loop; several are measured one after the other. 0 is a closed loop." default:"0" placeholder:"N,…"`
	InFlight int           `help:"Messages on their way at most." default:"64"`
	Batch    int           `help:"Leads a message, for batch and stream." default:"100"`
	Streams  int           `help:"Streams that share the messages in flight." default:"4"`
	WarmUp   time.Duration `help:"Time before anything is measured." default:"2s"`
	Duration time.Duration `help:"Time that is measured." default:"10s" short:"d"`
	Limit    uint32        `help:"Candidates to ask for; 0 is what the server gives."`
	Explain  bool          `help:"Ask for the evidence."`

	Leads    string `help:"Leads to send, in a file as leadmatch bulk reads it; else they are made." placeholder:"FILE"`
	Accounts string `help:"Accounts to make leads from, JSON Lines; else the server's first 10,000." placeholder:"FILE"`
	Corpus   int    `help:"Make leads for the corpus of so many accounts." placeholder:"N"`
	Mix      string `help:"Shares of the kinds of leads that are made." default:"${mix}"`
	Distinct int    `help:"Leads to make; they are sent over and over." default:"20000"`
	Seed     uint64 `help:"What is drawn depends on it." default:"1"`

	WriteRate     float64 `help:"Accounts a second to write beside; 0 is none." placeholder:"N"`
	WriteBatch    int     `help:"Accounts a write." default:"100"`
	WriteInFlight int     `help:"Writes on their way at most, with the look for what was written." default:"16"`
	WriteAccounts int     `help:"Accounts to add, which are then written over and over." default:"10000"`

	Format string `help:"How results are printed: ${enum}." enum:"table,json" default:"table"`
	Plot   string `help:"Draw latency by rate into this SVG file; needs several rates." placeholder:"FILE"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := execute(ctx, args, stdout, stderr)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "leadbench: %v\nTry leadbench --help.\n", err)
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "leadbench: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "leadbench:", err)
	return exitFailure
}

// helped is a command line that asked for help and got it.
type helped struct{}

func parse(args []string, stdout, stderr io.Writer) (f *flags, err error) {
	defer func() {
		if p := recover(); p == (helped{}) {
			f, err = nil, nil
		} else if p != nil {
			panic(p)
		}
	}()
	f = &flags{}
	parser := kong.Must(f, kong.Name("leadbench"), kong.Description("Puts a leadmatchd under load and says how it answers."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { panic(helped{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"mix": load.Usual.String()})
	if _, err := parser.Parse(args); err != nil {
		return nil, usageError{err}
	}
	if err := f.check(); err != nil {
		return nil, usageError{err}
	}
	return f, nil
}

// check names the first flag that makes no sense.
func (f *flags) check() error {
	for _, n := range []struct {
		name             string
		value, low, high int
	}{
		{"--connections", f.Connections, 1, 1000},
		{"--in-flight", f.InFlight, 1, 100_000},
		{"--batch", f.Batch, 1, 1000},
		{"--streams", f.Streams, 1, 1000},
		{"--corpus", f.Corpus, 0, 100_000_000},
		{"--distinct", f.Distinct, 1, 10_000_000},
		{"--write-batch", f.WriteBatch, 1, 1000},
		{"--write-in-flight", f.WriteInFlight, 1, 1000},
		{"--write-accounts", f.WriteAccounts, 1, 100_000_000},
	} {
		if n.value < n.low || n.value > n.high {
			return fmt.Errorf("%s is %d; expected %d to %d", n.name, n.value, n.low, n.high)
		}
	}
	for _, rate := range append([]float64{f.WriteRate}, f.Rate...) {
		if !(rate >= 0 && rate <= 1e7) {
			return fmt.Errorf("a rate is %v; expected 0 to 10,000,000 a second", rate)
		}
	}
	switch {
	case f.Duration <= 0 || f.WarmUp < 0 || f.Timeout <= 0 || f.Wait <= 0:
		return errors.New("--duration, --timeout and --wait have to be above 0, and --warm-up not below it")
	case f.Mode == load.Stream && f.Streams > f.InFlight:
		return fmt.Errorf("--streams is %d; expected no more than --in-flight, which is %d", f.Streams, f.InFlight)
	case f.Plot != "" && len(f.Rate) < 2:
		return errors.New("--plot needs several rates: --rate 1000,2000,4000")
	}
	given := 0
	for _, is := range []bool{f.Leads != "", f.Accounts != "", f.Corpus > 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return errors.New("--leads, --accounts and --corpus are three ways to say which leads to send; expected one")
	}
	return nil
}

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stdout, stderr)
	if f == nil || err != nil {
		return err
	}
	clients, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer closeAll(clients)
	plan, err := f.plan(ctx, clients)
	if err != nil {
		return err
	}
	results, err := f.measure(ctx, plan, stderr)
	if err == nil {
		err = f.print(stdout, results)
	}
	if plan.Writes != nil {
		err = errors.Join(err, plan.Writes.Remove(context.WithoutCancel(ctx), clients[0]))
	}
	return errors.Join(err, verdict(results), ctx.Err())
}

// measure runs the plan once for each rate.
func (f *flags) measure(ctx context.Context, plan *load.Plan, stderr io.Writer) (results []*load.Result, err error) {
	for _, rate := range f.Rate {
		if ctx.Err() != nil {
			break
		}
		plan.Rate = rate
		fmt.Fprintln(stderr, describe(plan), "…")
		r, err := load.Run(ctx, plan)
		if err != nil {
			return nil, usageError{err}
		}
		results = append(results, r)
	}
	return results, nil
}

// verdict is an error where a measurement measured nothing, or found a promise broken.
func verdict(results []*load.Result) error {
	answered, failed, unseen := 0, 0, 0
	for _, r := range results {
		answered += r.Messages
		failed += r.Failed()
		if r.Writes != nil {
			unseen += r.Writes.NotVisible
		}
	}
	switch {
	case unseen > 0:
		return fmt.Errorf("%d accounts could not be found after their write was acknowledged", unseen)
	case answered == 0 && failed > 0:
		return errors.New("no call was answered")
	}
	return nil
}

// dial opens the connections and waits until a server is serving.
func (f *flags) dial(ctx context.Context) (clients []*client.Client, err error) {
	opts := &client.Options{Timeout: f.Timeout, Once: true}
	if err := f.Fill(opts); err != nil {
		return nil, usageError{err}
	}
	ready, cancel := context.WithTimeout(ctx, f.Wait)
	defer cancel()
	for range f.Connections {
		c, err := client.Dial(f.Addr, opts)
		if err != nil {
			closeAll(clients)
			return nil, usageError{err}
		}
		clients = append(clients, c)
	}
	for _, c := range clients {
		if err := c.WaitReady(ready); err != nil {
			closeAll(clients)
			return nil, fmt.Errorf("no leadmatchd is serving at %s: %w (another address: --addr or LEADMATCH_ADDR)", f.Addr, err)
		}
	}
	return clients, nil
}

func closeAll(clients []*client.Client) {
	for _, c := range clients {
		c.Close()
	}
}
