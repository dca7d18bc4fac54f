package main

import (
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type accountsCmd struct {
	Import importCmd         `cmd:"" help:"Store the accounts of a file."`
	Export exportCmd         `cmd:"" help:"Write all accounts to a file that import reads."`
	List   listAccountsCmd   `cmd:"" help:"List accounts in order of id."`
	Get    getAccountCmd     `cmd:"" help:"Show one account."`
	Delete deleteAccountsCmd `cmd:"" help:"Delete accounts."`
}

type exportCmd struct{ writeFlags }

func (cmd *exportCmd) Run(a *app) error {
	opts, err := cmd.options()
	if err != nil {
		return err
	}
	out, err := rows.Create(cmd.Output, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	return a.withServer(func(c *client.Client) error {
		n, err := export(a, c, out, opts)
		if err != nil {
			return err
		}
		if err := out.Commit(); err != nil {
			return err
		}
		a.note("%s exported", count(n, "account"))
		return nil
	})
}

// export writes all accounts. CSV takes two passes over them, the first to know which columns there are.
func export(a *app, c *client.Client, out *rows.Output, opts rows.WriterOptions) (int, error) {
	var columns rows.AccountColumns
	if opts.Format == rows.CSV {
		for account, err := range c.Accounts(a.ctx) {
			if err != nil {
				return 0, err
			}
			columns.Add(account)
		}
	}
	w, err := rows.NewAccountWriter(out, opts, &columns)
	if err != nil {
		return 0, err
	}
	n := 0
	for account, err := range c.Accounts(a.ctx) {
		if err != nil {
			return 0, err
		}
		if err := w.Write(account); err != nil {
			return 0, err
		}
		n++
	}
	return n, w.Flush()
}

type listAccountsCmd struct {
	Limit int  `help:"Accounts to list; 0 means all." default:"20"`
	JSON  bool `help:"As JSON, one account a line." name:"json"`
}

func (cmd *listAccountsCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		t := newTable()
		t.row("ID", "NAME", "DOMAINS", "COUNTRY", "OWNER")
		n := 0
		for account, err := range c.Accounts(a.ctx) {
			if err != nil {
				return err
			}
			if n++; cmd.Limit > 0 && n > cmd.Limit {
				break
			}
			if cmd.JSON {
				a.printJSON(account)
				continue
			}
			t.row(account.GetId(), account.GetName(), strings.Join(account.GetDomains(), " "),
				firstAddress(account).GetCountry(), account.GetOwnerId())
		}
		switch {
		case cmd.JSON:
		case n == 0:
			a.note("there are no accounts")
		default:
			t.write(a.stdout, "")
		}
		if cmd.Limit > 0 && n > cmd.Limit {
			a.note("there are more (--limit 0 lists all)")
		}
		return nil
	})
}

func firstAddress(account *leadmatchv1.Account) *leadmatchv1.Address {
	if len(account.GetAddresses()) == 0 {
		return nil
	}
	return account.GetAddresses()[0]
}

type getAccountCmd struct {
	ID   string `arg:"" help:"The account's id." placeholder:"ID"`
	JSON bool   `help:"As JSON." name:"json"`
}

func (cmd *getAccountCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		resp, err := c.GetAccount(a.ctx, cmd.ID)
		if err != nil {
			return err
		}
		if cmd.JSON {
			a.printJSON(resp.GetAccount())
			return nil
		}
		showAccount(resp).write(a.stdout, "")
		return nil
	})
}

func showAccount(resp *leadmatchv1.GetAccountResponse) *table {
	account := resp.GetAccount()
	t := newTable()
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				t.row(name, v)
				name = ""
			}
		}
	}
	add("id", account.GetId())
	add("name", account.GetName())
	add("aliases", account.GetAliases()...)
	add("domains", account.GetDomains()...)
	add("phones", account.GetPhones()...)
	for _, at := range account.GetAddresses() {
		add("address", joinNonEmpty(", ", at.GetStreet(), at.GetPostal(), at.GetCity(), at.GetRegion(), at.GetCountry()))
	}
	add("parent", account.GetParentId())
	add("owner", account.GetOwnerId())
	for _, key := range sortedKeys(account.GetLabels()) {
		add("label "+key, account.GetLabels()[key])
	}
	for _, key := range sortedKeys(account.GetNumbers()) {
		add("number "+key, fmt.Sprint(account.GetNumbers()[key]))
	}
	add("stored", fmt.Sprintf("%s, revision %d", resp.GetUpdateTime().AsTime().Local().Format("2006-01-02 15:04:05"), resp.GetRevision()))
	return t
}

type deleteAccountsCmd struct {
	IDs []string `arg:"" help:"Ids of the accounts." placeholder:"ID" name:"id"`
}

func (cmd *deleteAccountsCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		missing := 0
		for ids := cmd.IDs; len(ids) > 0; {
			batch := ids[:min(1000, len(ids))]
			ids = ids[len(batch):]
			resp, err := c.DeleteAccounts(a.ctx, batch)
			if err != nil {
				return err
			}
			for _, id := range resp.GetMissingIds() {
				fmt.Fprintf(a.stderr, "leadmatch: there is no account %q\n", id)
			}
			missing += len(resp.GetMissingIds())
			a.note("%s deleted; gone from revision %d", count(resp.GetDeleted(), "account"), resp.GetRevision())
		}
		if missing > 0 {
			return partlyError{fmt.Errorf("%s not there", count(missing, "account"))}
		}
		return nil
	})
}
