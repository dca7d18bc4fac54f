package main

import (
	"strings"
	"sync"
	"time"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// writeFlags say how a file of rows is written.
type writeFlags struct {
	Output string `help:"File to write; it appears when it is whole. '-' is standard output." short:"o" default:"-"`
	Format string `help:"csv, tsv or jsonl; otherwise told by the file's name, else jsonl." placeholder:"FORMAT"`
	Raw    bool   `help:"In CSV, write text that a spreadsheet would run as a formula (=, +, -, @ first) as it is, without a ' before it."`
}

// options returns how to write, as far as the flags say, else as the file's name does.
func (f *writeFlags) options() (rows.WriterOptions, error) {
	format, err := rows.ParseFormat(f.Format)
	if err != nil {
		return rows.WriterOptions{}, usagef("--format: %w", err)
	}
	name := rows.PlainName(f.Output)
	if format == rows.Unknown {
		format = rows.FormatOf(name)
	}
	tab := strings.EqualFold(f.Format, "tsv") || f.Format == "" && (strings.HasSuffix(name, ".tsv") || strings.HasSuffix(name, ".tab"))
	return rows.WriterOptions{Format: format, Tab: tab, Raw: f.Raw}, nil
}

// optionFlags are leadmatch.v1.MatchOptions.
type optionFlags struct {
	Limit       uint32 `help:"Candidates to return, at most 50." default:"5"`
	Explain     bool   `help:"With each candidate's evidence, and how the candidates were found."`
	MinRevision uint64 `help:"Answer from this revision or a later one." placeholder:"N"`
}

func (f *optionFlags) options() *leadmatchv1.MatchOptions {
	return &leadmatchv1.MatchOptions{Limit: f.Limit, Explain: f.Explain, MinRevision: f.MinRevision}
}

// addressFlags are leadmatch.v1.Address.
type addressFlags struct {
	Country string `help:"Country, as a code or a name." placeholder:"TEXT"`
	Region  string `help:"State, province or region." placeholder:"TEXT"`
	City    string `help:"City or town." placeholder:"TEXT"`
	Postal  string `help:"Postal code." placeholder:"TEXT"`
	Street  string `help:"Street and house number." placeholder:"TEXT"`
}

// address returns nil when nothing was given.
func (f *addressFlags) address() *leadmatchv1.Address {
	if *f == (addressFlags{}) {
		return nil
	}
	return &leadmatchv1.Address{Country: f.Country, Region: f.Region, City: f.City, Postal: f.Postal, Street: f.Street}
}

// patienceFlags say what to do while no server answers.
type patienceFlags struct {
	Patience time.Duration `help:"How long to go on trying while no server answers." default:"2m"`
}

// limit is the flag as the client takes it, for which 0 is the default and less than 0 no patience.
func (f *patienceFlags) limit() time.Duration {
	if f.Patience == 0 {
		return -1
	}
	return f.Patience
}

// noteEvery is how often waiting for a server is told.
const noteEvery = 10 * time.Second

// noteWaiting tells now and then that a server is waited for. Several goroutines may call what it returns at once.
func (a *app) noteWaiting() func(error) {
	var mu sync.Mutex // guards last
	var last time.Time
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) >= noteEvery {
			last = time.Now()
			a.note("waiting for %s: %s", a.flags.Addr, describe(err))
		}
	}
}
