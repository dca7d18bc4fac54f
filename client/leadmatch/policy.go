package main

import (
	"io"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/proto/policyfile"
)

type policyCmd struct {
	Get getPolicyCmd `cmd:"" help:"Print the policy as JSON, in the form that set reads."`
	Set setPolicyCmd `cmd:"" help:"Replace the policy by that of a file."`
}

type getPolicyCmd struct {
	Effective bool `help:"With every default filled in."`
}

func (cmd *getPolicyCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		resp, err := c.Policy(a.ctx)
		if err != nil {
			return err
		}
		p := resp.GetPolicy()
		if cmd.Effective {
			p = resp.GetEffective()
		}
		text, err := policyJSON(p)
		if err != nil {
			return err
		}
		a.stdout.Write(text)
		a.note("version %d", resp.GetVersion())
		return nil
	})
}

type setPolicyCmd struct {
	File            string `arg:"" help:"Policy in YAML or JSON; '-' is standard input." placeholder:"POLICY"`
	ExpectedVersion uint64 `help:"Refuse when the policy is no longer of this version." placeholder:"N"`
}

func (cmd *setPolicyCmd) Run(a *app) error {
	policy, err := readPolicy(cmd.File, a.stdin)
	if err != nil {
		return err
	}
	return a.withServer(func(c *client.Client) error {
		resp, err := c.SetPolicy(a.ctx, policy, cmd.ExpectedVersion)
		if err != nil {
			return err
		}
		a.note("version %d holds from revision %d", resp.GetVersion(), resp.GetRevision())
		return nil
	})
}

func readPolicy(path string, stdin io.Reader) (*leadmatchv1.Policy, error) {
	if path == "-" {
		return policyfile.Read(path, stdin)
	}
	return policyfile.Open(path)
}
