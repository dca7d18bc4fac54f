package server

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leadmatch/leadmatch/matcher/normalize"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Words for the normalizer's codes, as leadmatch.v1 lists them.
var (
	statusWords = [...]string{
		normalize.OK: "ok", normalize.Empty: "empty", normalize.Placeholder: "placeholder",
		normalize.Email: "email", normalize.URL: "url",
	}
	roleWords = [...]string{
		normalize.Primary: "primary", normalize.Trade: "trade", normalize.Former: "former",
		normalize.Parent: "parent", normalize.Alias: "alias",
	}
	classWords = [...]string{
		normalize.Core: "core", normalize.Generic: "generic", normalize.Sector: "sector", normalize.Place: "place",
		normalize.Legal: "legal", normalize.Number: "number", normalize.Conjunction: "conjunction",
		normalize.Stop: "stop", normalize.Suffix: "suffix",
	}
	domainWords = [...]string{
		normalize.NoDomain: "invalid", normalize.Business: "business", normalize.Free: "free",
		normalize.Disposable: "disposable", normalize.Hosted: "hosted",
	}
)

// word returns a code's word; a code that has none is spelled as its number, rather than hidden.
func word[C ~uint8](words []string, code C) string {
	if int(code) < len(words) && words[code] != "" {
		return words[code]
	}
	return strconv.Itoa(int(code))
}

func (s *matchService) Normalize(_ context.Context, req *leadmatchv1.NormalizeRequest) (*leadmatchv1.NormalizeResponse, error) {
	var c checker
	p := path{index: -1}
	c.text(&p, "name", req.GetName(), maxName)
	c.text(&p, "domain", req.GetDomain(), maxURL)
	c.text(&p, "email", req.GetEmail(), maxEmail)
	c.text(&p, "phone", req.GetPhone(), maxPhone)
	address := p.field("address")
	if c.address(&address, req.GetAddress()); c.err() != nil {
		return nil, c.err()
	}
	res := &leadmatchv1.NormalizeResponse{Normalizer: normalize.Version}
	if text := req.GetName(); text != "" {
		res.Name = normalizedName(text)
	}
	if text := req.GetDomain(); text != "" {
		res.Domain = normalizedDomain(text)
	}
	if text := req.GetEmail(); text != "" {
		res.EmailDomain = normalizedDomain(text)
	}
	country := normalize.ParseCountry(req.GetAddress().GetCountry())
	if text := req.GetPhone(); text != "" {
		res.Phone = normalizedPhone(text, country)
	}
	if a := req.GetAddress(); a != nil {
		res.Address = &leadmatchv1.NormalizedAddress{
			Country: country.String(), Region: a.GetRegion(), City: a.GetCity(), Postal: a.GetPostal(),
		}
	}
	return res, nil
}

func normalizedName(text string) *leadmatchv1.NormalizedName {
	var n normalize.Name
	n.Parse(text)
	out := &leadmatchv1.NormalizedName{Status: word(statusWords[:], n.Status)}
	for _, r := range n.Readings {
		reading := &leadmatchv1.NameReading{Role: word(roleWords[:], r.Role)}
		for _, w := range r.Words {
			reading.Words = append(reading.Words, &leadmatchv1.NameWord{
				Text: string(w.Text), Class: word(classWords[:], w.Class),
			})
		}
		if r.Key != 0 {
			reading.Key = nameKey(r.Words)
		}
		if r.Acronym != 0 {
			reading.Acronym = initials(r.Words)
		}
		out.Readings = append(out.Readings, reading)
	}
	return out
}

// compared says whether a word is part of a name as it is compared for equality.
func compared(w *normalize.Word) bool { return w.Class != normalize.Legal && w.Class != normalize.Stop }

// nameKey spells the words that a name's key is of.
func nameKey(words []normalize.Word) string {
	var out []string
	for i := range words {
		if compared(&words[i]) {
			out = append(out, string(words[i].Text))
		}
	}
	return strings.Join(out, " ")
}

// initials spells the first letters of the words that a name's acronym is of.
func initials(words []normalize.Word) string {
	var out []rune
	for i := range words {
		if compared(&words[i]) {
			first, _ := utf8.DecodeRune(words[i].Text)
			out = append(out, first)
		}
	}
	return string(out)
}

func normalizedDomain(text string) *leadmatchv1.NormalizedDomain {
	var d normalize.Domain
	d.Parse(text)
	return &leadmatchv1.NormalizedDomain{
		Host: string(d.Host), Registrable: string(d.Registrable), Stem: string(d.Stem), Class: word(domainWords[:], d.Class),
	}
}

func normalizedPhone(text string, country normalize.Country) *leadmatchv1.NormalizedPhone {
	n := normalize.ParsePhone(text, country)
	return &leadmatchv1.NormalizedPhone{
		Number: string(n.Number[:n.Len]), Country: n.Country.String(), Valid: n.Hash != 0,
	}
}
