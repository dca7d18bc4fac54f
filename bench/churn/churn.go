// Package churn changes books of accounts as CRMs do: accounts come, go, are merged and renamed, get other owners, parents,
// addresses and domains, and people set overrides.
package churn

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/leadmatch/leadmatch/matcher"
)

// Churn changes a book at random and knows what it has changed since Accounts and Overrides were last emptied. Not for use by
// several goroutines at once.
type Churn struct {
	random    *rand.Rand
	ids       []string
	have      map[string]*matcher.Account
	overrides map[string]*matcher.Override
	fresh     func() matcher.Account

	Accounts  []matcher.Change[matcher.Account]
	Overrides []matcher.Change[matcher.Override]

	changes matcher.Changes
	done    map[string]bool // ids that this step has changed
}

// New returns one that begins with the accounts, and takes new ones from fresh.
func New(seed uint64, accounts []matcher.Account, fresh func() matcher.Account) *Churn {
	c := &Churn{
		random: rand.New(rand.NewPCG(seed, 0)), have: map[string]*matcher.Account{}, overrides: map[string]*matcher.Override{}, fresh: fresh,
	}
	for i := range accounts {
		c.have[accounts[i].ID] = &accounts[i]
		c.ids = append(c.ids, accounts[i].ID)
	}
	return c
}

// any returns an account that is there.
func (c *Churn) any() *matcher.Account {
	for {
		if a := c.have[c.ids[c.random.IntN(len(c.ids))]]; a != nil {
			return a
		}
	}
}

func (c *Churn) set(id string, is *matcher.Account) {
	if c.done[id] {
		return
	}
	c.done[id] = true
	c.Accounts = append(c.Accounts, matcher.Change[matcher.Account]{Was: c.have[id], Is: is})
	if is == nil {
		c.changes.Delete = append(c.changes.Delete, id)
		delete(c.have, id)
		return
	}
	if c.have[id] == nil {
		c.ids = append(c.ids, id)
	}
	c.changes.Upsert = append(c.changes.Upsert, *is)
	c.have[id] = is
}

// one makes one change of those that CRMs see.
func (c *Churn) one() {
	r, a := c.random, *c.any()
	switch r.IntN(12) {
	case 0: // merged: what the one has, the other gets
		b := *c.any()
		if b.ID == a.ID || c.done[a.ID] || c.done[b.ID] {
			return
		}
		b.Aliases = append(slices.Clone(b.Aliases), a.Name)
		b.Domains = append(slices.Clone(b.Domains), a.Domains...)
		b.Phones = append(slices.Clone(b.Phones), a.Phones...)
		c.set(a.ID, nil)
		c.set(b.ID, &b)
	case 1:
		c.set(a.ID, nil)
	case 2, 3:
		b := c.fresh()
		c.set(b.ID, &b)
	case 4: // renamed
		a.Name = c.fresh().Name
		c.set(a.ID, &a)
	case 5:
		a.Name = a.Name + " " + []string{"Group", "Inc", "Holdings", "of Ohio"}[r.IntN(4)]
		c.set(a.ID, &a)
	case 6, 7:
		a.OwnerID = fmt.Sprint("owner-", r.IntN(100))
		c.set(a.ID, &a)
	case 8: // its domain moves
		b := *c.any()
		if b.ID == a.ID || c.done[a.ID] || c.done[b.ID] {
			return
		}
		b.Domains, a.Domains = append(slices.Clone(b.Domains), a.Domains...), nil
		c.set(a.ID, &a)
		c.set(b.ID, &b)
	case 9:
		a.ParentID = c.any().ID
		c.set(a.ID, &a)
	case 10:
		b := c.fresh()
		a.Addresses, a.Phones = b.Addresses, b.Phones
		c.set(a.ID, &a)
	case 11:
		c.override(&a)
	}
}

func (c *Churn) override(a *matcher.Account) {
	id := fmt.Sprint("o", c.random.IntN(40))
	if c.done[id] {
		return
	}
	c.done[id] = true
	was := c.overrides[id]
	if was != nil && c.random.IntN(2) == 0 {
		delete(c.overrides, id)
		c.changes.DeleteOverrides = append(c.changes.DeleteOverrides, id)
		c.Overrides = append(c.Overrides, matcher.Change[matcher.Override]{Was: was})
		return
	}
	o := &matcher.Override{ID: id, Action: matcher.Action(1 + c.random.IntN(2)), AccountID: c.any().ID}
	if len(a.Domains) > 0 && c.random.IntN(3) > 0 {
		o.Domain = a.Domains[0]
	}
	if o.Domain == "" || c.random.IntN(2) == 0 {
		o.Company = a.Name
	}
	c.overrides[id] = o
	c.changes.SetOverrides = append(c.changes.SetOverrides, *o)
	c.Overrides = append(c.Overrides, matcher.Change[matcher.Override]{Was: was, Is: o})
}

// Step makes so many changes at once, merges and moved domains of two accounts each.
func (c *Churn) Step(x *matcher.Index, n int) {
	c.changes, c.done = matcher.Changes{Revision: x.Snapshot().Versions().Revision + 1}, map[string]bool{}
	for range n {
		c.one()
	}
	x.Apply(c.changes)
}
