// Package sample holds a small book of real companies and leads to match to it, with the right answers: the data of the
// demo, and of tests that want names as they are. README.md says how it was made and what each column means.
package sample

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/matcher"
)

//go:embed accounts.csv
var accountsCSV []byte

//go:embed leads.csv
var leadsCSV []byte

// accountColumns and leadColumns are the header lines, in order.
var (
	accountColumns = strings.Fields(`id name aliases domains phone country region city postal street parent_id owner_id
		labels.type numbers.open_opportunities`)
	leadColumns = strings.Fields(`id company email website phone country region city postal expected_account_id
		ambiguous_with how scenario`)
)

// Lead is a lead and its right answer.
type Lead struct {
	matcher.Lead
	ExpectedAccountID string   // the lead's company; empty when it is not among the accounts, or nothing can be said
	AmbiguousWith     []string // accounts that nobody could tell from the expected one by what the lead holds
	How               string   // what was done to the name: typo, acronym, former_name, absent, …
	Scenario          string   // which fields speak: name_only, name_freemail, name_place, name_phone, name_workmail, domain_only, junk
}

// Accepts reports whether an assignment to the account would be right.
func (l *Lead) Accepts(accountID string) bool {
	return accountID != "" && (accountID == l.ExpectedAccountID || slices.Contains(l.AmbiguousWith, accountID))
}

// AccountsCSV returns a copy of accounts.csv, as `leadmatch accounts import` reads it.
func AccountsCSV() []byte { return bytes.Clone(accountsCSV) }

// LeadsCSV returns a copy of leads.csv, as `leadmatch bulk` reads it.
func LeadsCSV() []byte { return bytes.Clone(leadsCSV) }

// Accounts reads the accounts. The result is the caller's.
func Accounts() ([]matcher.Account, error) {
	return read("accounts.csv", accountsCSV, accountColumns, account)
}

// Leads reads the leads. The result is the caller's.
func Leads() ([]Lead, error) { return read("leads.csv", leadsCSV, leadColumns, lead) }

// read makes one T of every line after the header, which has to be want.
func read[T any](file string, data []byte, want []string, parse func(row []string) (T, error)) ([]T, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], want) {
		return nil, fmt.Errorf("%s: the header is not %q", file, strings.Join(want, ","))
	}
	out := make([]T, 0, len(rows)-1)
	for _, row := range rows[1:] {
		v, err := parse(row)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, row[0], err)
		}
		out = append(out, v)
	}
	return out, nil
}

func account(row []string) (matcher.Account, error) {
	open, err := strconv.ParseFloat(row[13], 64)
	if err != nil {
		return matcher.Account{}, fmt.Errorf("numbers.open_opportunities: %w", err)
	}
	return matcher.Account{
		ID:      row[0],
		Name:    row[1],
		Aliases: list(row[2]),
		Domains: list(row[3]),
		Phones:  list(row[4]),
		Addresses: []matcher.Address{{
			Country: row[5], Region: row[6], City: row[7], Postal: row[8], Street: row[9],
		}},
		ParentID: row[10],
		OwnerID:  row[11],
		Labels:   map[string]string{"type": row[12]},
		Numbers:  map[string]float64{"open_opportunities": open},
	}, nil
}

func lead(row []string) (Lead, error) {
	return Lead{
		Lead: matcher.Lead{
			ID: row[0], Company: row[1], Email: row[2], Website: row[3], Phone: row[4],
			Address: matcher.Address{Country: row[5], Region: row[6], City: row[7], Postal: row[8]},
		},
		ExpectedAccountID: row[9],
		AmbiguousWith:     list(row[10]),
		How:               row[11],
		Scenario:          row[12],
	}, nil
}

// list splits a cell that holds several values.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}
