package main

import (
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type normalizeCmd struct {
	Name   string `help:"Company name." short:"n" aliases:"company" placeholder:"TEXT"`
	Domain string `help:"Domain or web address." short:"d" aliases:"website" placeholder:"TEXT"`
	Email  string `help:"E-mail address." short:"e" placeholder:"TEXT"`
	Phone  string `help:"Phone number." placeholder:"TEXT"`
	addressFlags
	JSON bool `help:"As JSON." name:"json"`
}

func (cmd *normalizeCmd) Run(a *app) error {
	req := &leadmatchv1.NormalizeRequest{Name: cmd.Name, Domain: cmd.Domain, Email: cmd.Email, Phone: cmd.Phone, Address: cmd.address()}
	if cmd.Name+cmd.Domain+cmd.Email+cmd.Phone == "" && req.GetAddress() == nil {
		return usagef("nothing to normalize: give --name, --domain, --email, --phone or a part of an address")
	}
	return a.withServer(func(c *client.Client) error {
		resp, err := c.Normalize(a.ctx, req)
		if err != nil {
			return err
		}
		if cmd.JSON {
			a.printJSON(resp)
			return nil
		}
		showNormalized(resp).write(a.stdout, "")
		return nil
	})
}

func showNormalized(resp *leadmatchv1.NormalizeResponse) *table {
	t := newTable()
	if n := resp.GetName(); n != nil {
		t.row("name", n.GetStatus())
		for _, r := range n.GetReadings() {
			showReading(t, r)
		}
	}
	showDomain(t, "domain", resp.GetDomain())
	showDomain(t, "e-mail domain", resp.GetEmailDomain())
	if p := resp.GetPhone(); p != nil {
		valid := "cannot be compared"
		if p.GetValid() {
			valid = "valid"
		}
		t.row("phone", joinNonEmpty(" ", p.GetNumber(), p.GetCountry()), valid)
	}
	if at := resp.GetAddress(); at != nil {
		t.row("address", joinNonEmpty(", ", at.GetPostal(), at.GetCity(), at.GetRegion(), at.GetCountry()))
	}
	t.row("normalizer", resp.GetNormalizer())
	return t
}

func showReading(t *table, r *leadmatchv1.NameReading) {
	var text []string
	for _, w := range r.GetWords() {
		text = append(text, fmt.Sprintf("%s/%s", w.GetText(), w.GetClass()))
	}
	t.row("  "+r.GetRole(), strings.Join(text, " "))
	t.row("    key", r.GetKey())
	if r.GetAcronym() != "" {
		t.row("    acronym", r.GetAcronym())
	}
}

func showDomain(t *table, name string, d *leadmatchv1.NormalizedDomain) {
	if d == nil {
		return
	}
	t.row(name, joinNonEmpty(" ", d.GetHost(), d.GetClass()))
	if d.GetRegistrable() != "" {
		t.row("  registrable", d.GetRegistrable())
		t.row("  stem", d.GetStem())
	}
}
