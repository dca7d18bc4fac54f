package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/leadmatch/leadmatch/bench/sample"
)

// outcome is what the demo reads of an outcome that leadmatch wrote.
type outcome struct {
	LeadID      string   `json:"lead_id"`
	Decision    string   `json:"decision"`
	AccountID   string   `json:"account_id"`
	Probability float64  `json:"probability"`
	Reasons     []string `json:"reasons"`
	Candidates  []struct {
		AccountID   string `json:"account_id"`
		AccountName string `json:"account_name"`
	} `json:"candidates"`
}

func readOutcomes(path string) ([]outcome, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var outcomes []outcome
	for lines := json.NewDecoder(bufio.NewReader(f)); lines.More(); {
		var o outcome
		if err := lines.Decode(&o); err != nil {
			return nil, fmt.Errorf("outcome %d: %w", len(outcomes)+1, err)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// answered is a lead with its outcome.
type answered struct {
	sample.Lead
	outcome
}

// join puts leads and outcomes together. A lead without an outcome is an error: a match that is lost is worse than a
// wrong one.
func join(leads []sample.Lead, outcomes []outcome) ([]answered, error) {
	byLead := make(map[string]outcome, len(outcomes))
	for _, o := range outcomes {
		byLead[o.LeadID] = o
	}
	all := make([]answered, len(leads))
	for i, l := range leads {
		o, ok := byLead[l.ID]
		if !ok {
			return nil, fmt.Errorf("lead %s has no outcome", l.ID)
		}
		all[i] = answered{l, o}
	}
	return all, nil
}

const (
	matched      = "MATCHED"
	review       = "REVIEW"
	noMatch      = "NO_MATCH"
	insufficient = "INSUFFICIENT"
)

// wrong says whether the lead was given an account that is not its own.
func (a *answered) wrong() bool { return a.Decision == matched && !a.Accepts(a.outcome.AccountID) }

// missed says whether the lead was taken for a new company although its account is there.
func (a *answered) missed() bool { return a.Decision == noMatch && a.ExpectedAccountID != "" }

// hit says whether the lead was given its account.
func (a *answered) hit() bool { return a.Decision == matched && a.Accepts(a.outcome.AccountID) }

// first is the name of the first candidate.
func (a *answered) first() string {
	if len(a.Candidates) == 0 {
		return ""
	}
	return a.Candidates[0].AccountName
}

// typed is the lead in one line: what says most of it.
func (a *answered) typed() string {
	l := &a.Lead
	parts := []string{l.Company, l.Email, l.Website, l.Phone, l.Address.City, l.Address.Country}
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, " · ")
}

// flags are the lead as the command line takes it.
func (a *answered) flags() []string {
	l := &a.Lead
	var flags []string
	for _, f := range []struct{ name, value string }{
		{"company", l.Company},
		{"email", l.Email},
		{"website", l.Website},
		{"phone", l.Phone},
		{"country", l.Address.Country},
		{"region", l.Address.Region},
		{"city", l.Address.City},
		{"postal", l.Address.Postal},
	} {
		if f.value != "" {
			flags = append(flags, "--"+f.name, f.value)
		}
	}
	return flags
}

// shellWords joins arguments as one would type them into a shell.
func shellWords(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if strings.ContainsAny(a, " \t\"'\\$`&|;<>()*?[]#~!{}") || a == "" {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
