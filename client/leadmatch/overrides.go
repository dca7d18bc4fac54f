package main

import (
	"fmt"
	"os"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type overridesCmd struct {
	Set    setOverrideCmd    `cmd:"" help:"Add an override, or replace the one with the same key."`
	List   listOverridesCmd  `cmd:"" help:"List overrides."`
	Delete deleteOverrideCmd `cmd:"" help:"Delete overrides."`
}

type setOverrideCmd struct {
	Action  string `arg:"" help:"force: leads always go to the account; forbid: they never do." enum:"force,forbid" placeholder:"force|forbid"`
	Account string `arg:"" help:"The account's id." placeholder:"ACCOUNT"`
	Domain  string `help:"Leads that come from this domain." placeholder:"DOMAIN"`
	Company string `help:"Leads that carry this company name." placeholder:"NAME"`
	Author  string `help:"Who says so; by default $$USER." placeholder:"NAME"`
	Note    string `help:"Why." placeholder:"TEXT"`
	JSON    bool   `help:"As JSON." name:"json"`
}

func (cmd *setOverrideCmd) Run(a *app) error {
	if cmd.Domain == "" && cmd.Company == "" {
		return usagef("which leads? Give --domain, --company or both")
	}
	if cmd.Author == "" {
		cmd.Author = os.Getenv("USER")
	}
	action := leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE
	if cmd.Action == "forbid" {
		action = leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORBID
	}
	return a.withServer(func(c *client.Client) error {
		resp, err := c.SetOverride(a.ctx, &leadmatchv1.Override{
			Action: action, AccountId: cmd.Account, Domain: cmd.Domain, Company: cmd.Company, Author: cmd.Author, Note: cmd.Note,
		})
		if err != nil {
			return err
		}
		if cmd.JSON {
			a.printJSON(resp.GetOverride())
			return nil
		}
		fmt.Fprintln(a.stdout, resp.GetOverride().GetId())
		a.note("holds from revision %d", resp.GetRevision())
		return nil
	})
}

type listOverridesCmd struct {
	JSON bool `help:"As JSON, one override a line." name:"json"`
}

func (cmd *listOverridesCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		t := newTable()
		t.row("ID", "ACTION", "ACCOUNT", "DOMAIN", "COMPANY", "AUTHOR", "SET", "NOTE")
		n := 0
		for o, err := range c.Overrides(a.ctx) {
			if err != nil {
				return err
			}
			n++
			if cmd.JSON {
				a.printJSON(o)
				continue
			}
			t.row(o.GetId(), words(rows.EnumName(o.GetAction())), o.GetAccountId(), o.GetDomain(), o.GetCompany(),
				o.GetAuthor(), o.GetCreateTime().AsTime().Local().Format("2006-01-02"), o.GetNote())
		}
		switch {
		case cmd.JSON:
		case n == 0:
			a.note("there are no overrides")
		default:
			t.write(a.stdout, "")
		}
		return nil
	})
}

type deleteOverrideCmd struct {
	IDs []string `arg:"" help:"Ids of the overrides." placeholder:"ID" name:"id"`
}

func (cmd *deleteOverrideCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		for _, id := range cmd.IDs {
			resp, err := c.DeleteOverride(a.ctx, id)
			if err != nil {
				return err
			}
			a.note("%s deleted; gone from revision %d", id, resp.GetRevision())
		}
		return nil
	})
}
