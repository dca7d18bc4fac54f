package main

import (
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/proto/policyfile"
)

type policyCmd struct {
	Get     getPolicyCmd     `cmd:"" help:"Print the policy as JSON, in the form that set reads."`
	Set     setPolicyCmd     `cmd:"" help:"Replace the policy by that of a file."`
	History policyHistoryCmd `cmd:"" help:"List the policy in force and those before it, newest first."`
}

type getPolicyCmd struct {
	Effective bool   `help:"With every default filled in." xor:"which"`
	Former    uint64 `help:"The one that had this version, as history lists it." xor:"which" placeholder:"VERSION"`
}

func (cmd *getPolicyCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		if cmd.Former != 0 {
			return printFormer(a, c, cmd.Former)
		}
		resp, err := c.Policy(a.ctx)
		if err != nil {
			return err
		}
		p := resp.GetPolicy()
		if cmd.Effective {
			p = resp.GetEffective()
		}
		return printPolicy(a, p, resp.GetVersion())
	})
}

func printPolicy(a *app, p *leadmatchv1.Policy, version uint64) error {
	text, err := policyJSON(p)
	if err != nil {
		return err
	}
	a.stdout.Write(text)
	a.note("version %d", version)
	return nil
}

func printFormer(a *app, c *client.Client, version uint64) error {
	for p, err := range c.Policies(a.ctx) {
		if err != nil {
			return err
		}
		if p.GetVersion() == version {
			return printPolicy(a, p.GetPolicy(), version)
		}
	}
	return fmt.Errorf("there is no policy of version %d, or no longer; leadmatch policy history lists those that are kept", version)
}

type policyHistoryCmd struct {
	JSON bool `help:"As JSON, one policy a line." name:"json"`
}

func (cmd *policyHistoryCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		t := newTable(0, 4)
		t.row("VERSION", "SET", "AUTHOR", "NAME", "DIAL", "NOTE")
		n := 0
		for p, err := range c.Policies(a.ctx) {
			if err != nil {
				return err
			}
			n++
			if cmd.JSON {
				a.printJSON(p)
				continue
			}
			t.row(fmt.Sprint(p.GetVersion()), localTime(p.GetCreateTime()), p.GetAuthor(), p.GetPolicy().GetName(), dialText(p.GetPolicy()), p.GetNote())
		}
		switch {
		case cmd.JSON:
		case n == 0:
			a.note("no policy was ever set; the built-in default is in force")
		default:
			t.write(a.stdout, "")
		}
		return nil
	})
}

func dialText(p *leadmatchv1.Policy) string {
	if p.GetRightPerWrong() == 0 {
		return "default"
	}
	return fmt.Sprint(p.GetRightPerWrong())
}

// localTime is empty when there is none.
func localTime(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().Local().Format("2006-01-02 15:04")
}

type setPolicyCmd struct {
	File            string `arg:"" help:"Policy in YAML or JSON; '-' is standard input." placeholder:"POLICY"`
	ExpectedVersion uint64 `help:"Refuse when the policy is no longer of this version." placeholder:"N"`
	Author          string `help:"Who sets it; by default $$USER." placeholder:"NAME"`
	Note            string `help:"Why." placeholder:"TEXT"`
}

func (cmd *setPolicyCmd) Run(a *app) error {
	policy, err := readPolicy(cmd.File, a.stdin)
	if err != nil {
		return err
	}
	if cmd.Author == "" {
		cmd.Author = os.Getenv("USER")
	}
	return a.withServer(func(c *client.Client) error {
		resp, err := c.SetPolicy(a.ctx, &leadmatchv1.SetPolicyRequest{
			Policy: policy, ExpectedVersion: cmd.ExpectedVersion, Author: cmd.Author, Note: cmd.Note,
		})
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
