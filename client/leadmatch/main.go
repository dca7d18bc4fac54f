// Command leadmatch works with a leadmatchd from the command line: it imports accounts, matches one lead or files of
// them, shows why, and keeps overrides and policy.
//
//	leadmatch accounts import accounts.csv
//	leadmatch match --company "Acme GmbH" --email ann@acme.de --explain
//	leadmatch bulk leads.csv -o outcomes.jsonl.gz
//
// Results go to standard output, everything else to standard error. The exit code is
//
//	0    done
//	1    failed: the server cannot be reached or refuses, a file cannot be read or written
//	2    called the wrong way
//	3    done, but for rows that could not be read or that the server refused; each is named on standard error
//	130  interrupted
//
// Which files it reads and writes is said at package rows.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
