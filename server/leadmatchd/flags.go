package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/leadmatch/leadmatch/server"
)

const about = "Says over gRPC which account a lead belongs to, how sure it is, and why."

type flags struct {
	common
	Version kong.VersionFlag `help:"Print the version and end."`
	Serve   serve            `cmd:"" default:"withargs" help:"Serve (the default)."`
	Restore restore          `cmd:"" help:"Make a data folder from a backup."`
	Verify  verify           `cmd:"" help:"Read everything in a data folder and check it; no server may have it open."`
}

// common are the flags of every command.
type common struct {
	Data      string `help:"Folder with the data." default:"${data}" env:"LEADMATCHD_DATA"`
	LogLevel  string `help:"Least level that is logged: ${enum}." enum:"debug,info,warn,error" default:"info" env:"LEADMATCHD_LOG_LEVEL"`
	LogFormat string `help:"How the log is written: ${enum}." enum:"text,json" default:"text" env:"LEADMATCHD_LOG_FORMAT"`
}

func (c *common) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // the parser has checked it
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

type serve struct {
	Listen         string `help:"Address to listen on." default:"${listen}" env:"LEADMATCHD_LISTEN"`
	ListenAnywhere bool   `name:"listen-anywhere-without-authentication" help:"Allow an address that other machines can reach: there is neither encryption nor authentication, and whoever reaches it can read and change everything."`

	MaxMessageBytes int           `help:"Longest message that is received." default:"${max_message_bytes}"`
	MaxStreams      int           `help:"Most calls at once of one connection." default:"${max_streams}"`
	MaxLive         int           `help:"Most short calls at once; more are refused." default:"${max_live}"`
	MaxBulk         int           `help:"Most bulk calls at once; more are refused." default:"${max_bulk}"`
	MaxWrites       int           `help:"Most writing calls at once; more are refused." default:"${max_writes}"`
	MinFreeBytes    uint64        `help:"Bytes that stay free on the disk; writes are refused before." default:"${min_free_bytes}"`
	SlowCall        time.Duration `help:"Short calls that take longer are logged; bulk and writing ones when they take ten times as long." default:"${slow_call}"`
	ShutdownTimeout time.Duration `help:"Time for calls to end after a signal." default:"${shutdown_timeout}"`
}

// vars are what the flags' texts refer to.
func vars() kong.Vars {
	d := server.Defaults()
	return kong.Vars{
		"version": server.Version(), "data": d.DataDir, "listen": d.Listen,
		"max_message_bytes": fmt.Sprint(d.MaxMessageBytes), "max_streams": fmt.Sprint(d.MaxStreams),
		"max_live": fmt.Sprint(d.MaxLive), "max_bulk": fmt.Sprint(d.MaxBulk), "max_writes": fmt.Sprint(d.MaxWrites),
		"min_free_bytes": fmt.Sprint(d.MinFreeBytes), "slow_call": d.SlowCall.String(),
		"shutdown_timeout": d.ShutdownTimeout.String(),
	}
}

func (s *serve) Run(ctx context.Context, c *common) error {
	return server.Run(ctx, server.Config{
		DataDir: c.Data, Listen: s.Listen, ListenAnywhere: s.ListenAnywhere,
		MaxMessageBytes: s.MaxMessageBytes, MaxStreams: s.MaxStreams,
		MaxLive: s.MaxLive, MaxBulk: s.MaxBulk, MaxWrites: s.MaxWrites, MinFreeBytes: s.MinFreeBytes,
		SlowCall: s.SlowCall, ShutdownTimeout: s.ShutdownTimeout,
	}, c.logger())
}

type restore struct {
	Backup string `arg:"" help:"File with the backup; - is the standard input."`
}

func (r *restore) Run(c *common) error {
	backup := io.Reader(os.Stdin)
	if r.Backup != "-" {
		file, err := os.Open(r.Backup)
		if err != nil {
			return err
		}
		defer file.Close()
		backup = file
	}
	report, err := server.Restore(c.Data, backup, c.logger())
	if err != nil {
		return err
	}
	print("restored", c.Data, report)
	return nil
}

type verify struct{}

func (*verify) Run(c *common) error {
	report, err := server.Verify(c.Data, c.logger())
	if err != nil {
		return err
	}
	print("whole", c.Data, report)
	return nil
}

func print(what, dir string, r server.Report) {
	fmt.Printf("%s is %s: %d accounts, %d overrides, policy version %d, revision %d\n", dir, what, r.Accounts, r.Overrides,
		r.Policy, r.Revision)
}
