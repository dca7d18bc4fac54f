package main

import (
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
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
	File            string `arg:"" help:"Policy as JSON; '-' is standard input." placeholder:"POLICY"`
	ExpectedVersion uint64 `help:"Refuse when the policy is no longer of this version." placeholder:"N"`
}

// maxPolicy bounds a policy's file; 10,000 shared domains take less.
const maxPolicy = 4 << 20

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
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("%s: more than %d bytes", path, maxPolicy)
	}
	var policy leadmatchv1.Policy
	if err := protojson.Unmarshal(text, &policy); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &policy, nil
}
