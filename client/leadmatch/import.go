package main

import (
	"fmt"
	"iter"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type importCmd struct {
	File     string `arg:"" help:"Accounts as CSV or JSON Lines, also gzipped, or a CRM's export; '-' is standard input." placeholder:"ACCOUNTS"`
	Replace  bool   `help:"Make the file's accounts the whole set, in one step; all or nothing."`
	Raw      bool   `help:"In CSV, keep a ' before =, +, - and @ as part of the text."`
	InFlight int    `help:"Batches stored at once." default:"8"`
	patienceFlags
	readFlags
}

func (cmd *importCmd) Run(a *app) error {
	accounts, err := newIntake(a, []string{cmd.File}, &cmd.readFlags, rows.Options{Raw: cmd.Raw}, rows.NewAccounts)
	if err != nil {
		return err
	}
	err = a.withServer(func(c *client.Client) error {
		if cmd.Replace {
			return cmd.replace(a, c, accounts)
		}
		return cmd.upsert(a, c, accounts)
	})
	if err != nil {
		return err
	}
	return accounts.close()
}

func (cmd *importCmd) upsert(a *app, c *client.Client, accounts *intake[*leadmatchv1.Account]) error {
	p := newProgress(a, "account", accounts.position)
	stop := make(chan error, 1) // the first refusal that is to be the end
	result, err := c.Import(a.ctx, until(stop, accounts.all()), &client.ImportOptions{
		InFlight: cmd.InFlight,
		Patience: cmd.limit(),
		Waiting:  a.noteWaiting(),
		Stored: func(stored []*leadmatchv1.Account) {
			for _, account := range stored {
				accounts.Settle(account)
			}
			p.add(len(stored))
		},
		Refused: func(account *leadmatchv1.Account, why *client.AccountError) {
			if err := accounts.Refuse(accounts.Settle(account), why); err != nil {
				select {
				case stop <- err:
				default:
				}
			}
		},
	})
	summary := p.end()
	select {
	case refusal := <-stop:
		err = refusal
	default:
	}
	if err != nil {
		a.note("%s were stored before this", count(result.Created+result.Updated, "account"))
		return err
	}
	if result.Repeated > 0 {
		a.note("%s of an id that comes again; the last one counts", count(result.Repeated, "row"))
	}
	if result.Created+result.Updated == 0 {
		a.note("%s", summary)
		return nil
	}
	a.note("%s: %s new, %s replaced; visible from revision %d", summary, thousands(result.Created), thousands(result.Updated), result.Revision)
	return nil
}

// until ends a sequence with the error that turns up in stop.
func until[T any](stop chan error, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			select {
			case refusal := <-stop:
				stop <- refusal // for whoever asks afterwards
				yield(v, refusal)
				return
			default:
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// replace swaps the whole set. A row that cannot be read ends it, for the account would be lost.
func (cmd *importCmd) replace(a *app, c *client.Client, accounts *intake[*leadmatchv1.Account]) error {
	cmd.FailFast = true
	sent := 0
	p := newProgress(a, "account", accounts.position)
	resp, err := c.ReplaceAccounts(a.ctx, func(yield func(*leadmatchv1.Account, error) bool) {
		for account, err := range accounts.all() {
			accounts.Settle(account)
			if !yield(account, err) {
				return
			}
			sent++
			p.add(1)
		}
	})
	summary := p.end()
	if err != nil {
		a.note("the accounts are those that there were before")
		if sent == 0 && len(client.Problems(err)) > 0 {
			return fmt.Errorf("%s: there is no account in it; --replace would remove all", accounts.in.Name)
		}
		return err
	}
	a.note("%s: %s now, %s gone; visible from revision %d", summary,
		count(resp.GetAccounts(), "account"), thousands(resp.GetDeleted()), resp.GetRevision())
	return nil
}
