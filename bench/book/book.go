// Package book reads and writes books of accounts as files: JSON Lines, an account a line, in the flat form that
// `leadmatch accounts import` reads.
package book

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/leadmatch/leadmatch/matcher"
)

// maxLine bounds a line; nothing that describes one account is longer.
const maxLine = 1 << 20

// row is an account as a line spells it.
type row struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Aliases  []string `json:"aliases,omitempty"`
	Domains  []string `json:"domains,omitempty"`
	Country  string   `json:"country,omitempty"`
	Region   string   `json:"region,omitempty"`
	City     string   `json:"city,omitempty"`
	Postal   string   `json:"postal,omitempty"`
	Phone    string   `json:"phone,omitempty"`
	ParentID string   `json:"parent_id,omitempty"`
	OwnerID  string   `json:"owner_id,omitempty"`
	Type     string   `json:"type,omitempty"`
}

// Read yields the accounts of a file, gzipped when its name ends in ".gz". The first line that cannot be read ends it,
// with an error that names the line. What is yielded stays valid.
func Read(path string) iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		if err := read(path, func(a *matcher.Account) bool { return yield(a, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// read calls f for each account until it returns false.
func read(path string, f func(*matcher.Account) bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	text := io.Reader(bufio.NewReaderSize(file, 1<<16))
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(text); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if !f(r.account()) {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (r *row) account() *matcher.Account {
	a := &matcher.Account{
		ID: r.ID, Name: r.Name, Aliases: r.Aliases, Domains: r.Domains, ParentID: r.ParentID, OwnerID: r.OwnerID,
		Addresses: []matcher.Address{{Country: r.Country, Region: r.Region, City: r.City, Postal: r.Postal}},
	}
	if r.Phone != "" {
		a.Phones = []string{r.Phone}
	}
	if r.Type != "" {
		a.Labels = map[string]string{"type": r.Type}
	}
	return a
}

// Write writes the accounts, of each the first phone number and address, which is all that a line holds.
func Write(w io.Writer, accounts iter.Seq2[*matcher.Account, error]) error {
	b := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(b)
	for a, err := range accounts {
		if err != nil {
			return err
		}
		r := row{
			ID: a.ID, Name: a.Name, Aliases: a.Aliases, Domains: a.Domains, ParentID: a.ParentID, OwnerID: a.OwnerID,
			Type: a.Labels["type"],
		}
		if len(a.Phones) > 0 {
			r.Phone = a.Phones[0]
		}
		if len(a.Addresses) > 0 {
			p := &a.Addresses[0]
			r.Country, r.Region, r.City, r.Postal = p.Country, p.Region, p.City, p.Postal
		}
		if err := lines.Encode(&r); err != nil {
			return err
		}
	}
	return b.Flush()
}
