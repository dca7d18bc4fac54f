// Command leadmatchd says over gRPC which account a lead belongs to. It holds the accounts in one folder and needs no
// other server:
//
//	leadmatchd --data DIR --listen 127.0.0.1:7411
//
// "leadmatchd restore BACKUP --data DIR" makes a folder from a backup, "leadmatchd verify --data DIR" reads all that is
// in one, and "leadmatchd token FILE" makes tokens for callers. Exit codes are those of package server: 2 for wrong flags, 3 when the address cannot be listened on, 4 when
// the folder is in use, 5 when it is damaged, 6 when it cannot be read or written, 7 when calls were cut off at the end.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc/grpclog"

	"github.com/leadmatch/leadmatch/server"
)

func main() {
	var flags flags
	parser := kong.Must(&flags, kong.Name("leadmatchd"), kong.Description(about),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), vars())
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		complain(err)
		os.Exit(server.ExitConfig)
	}
	flags.settings.note(command)
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard)) // its errors hold what callers send
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(&flags.common); err != nil {
		complain(err)
		os.Exit(server.ExitCode(err))
	}
}

// complain writes each line of an error as one of leadmatchd's.
func complain(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(os.Stderr, "leadmatchd:", strings.TrimRight(line, "\n"))
	}
}
