package main

import (
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
)

type snapshotCmd struct {
	Export exportSnapshotCmd `cmd:"" help:"Write accounts, overrides and policy, as they are at one revision, into one file: to decide by without the server, or to restore."`
}

type exportSnapshotCmd struct {
	Output string `help:"File to write; it appears when it is whole. '-' is standard output." short:"o" required:"" placeholder:"FILE"`
}

func (cmd *exportSnapshotCmd) Run(a *app) error {
	if rows.PlainName(cmd.Output) != cmd.Output {
		return usagef("--output: expected a name that does not end in .gz or .zst: a snapshot is read as it is")
	}
	out, err := rows.Create(cmd.Output, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := a.withServer(func(c *client.Client) error { return c.Backup(a.ctx, out) }); err != nil {
		return err
	}
	return out.Commit()
}
