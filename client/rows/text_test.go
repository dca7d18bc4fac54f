package rows

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestText: a row is told as it stands in the file, whether it can be read or not.
func TestText(t *testing.T) {
	f := func(name, text string, want ...string) {
		t.Helper()
		in, err := NewInput(name, InputOptions{}, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewLeads(in, &Options{Text: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			_, err := r.Read()
			wrong, isWrong := strings.CutPrefix(w, "!")
			var row *RowError
			if got := string(r.Text()); got != wrong || errors.As(err, &row) != isWrong {
				t.Errorf("%s: %q, %v; want %q", name, got, err, w)
			}
		}
		if _, err := r.Read(); err != io.EOF {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
	f("a.csv", "company,city\nAcme,Bonn\n,\n\n\"A\nB\",\"Ulm\"\r\nToo,many,fields\n", "Acme,Bonn", "\"A\nB\",\"Ulm\"", "!Too,many,fields")
	f("b.csv", "company\n\"open\nnext\nlast\n", "!\"open", "next", "last")
	f("c.jsonl", "{\"company\":\"A\"}\n\n {\"company\":[]}\n{\"company\":\"B\"}", `{"company":"A"}`, `! {"company":[]}`, `{"company":"B"}`)
}

// TestLeadParser reads objects as lines of a file are read, and names the field that is wrong.
func TestLeadParser(t *testing.T) {
	p, err := NewLeadParser(&Options{Map: map[string]string{"Firma": "company"}})
	if err != nil {
		t.Fatal(err)
	}
	lead, err := p.Parse([]byte(` {"Firma": "Acme", "Zip": 53113, "address": {"city": "Bonn"}}`))
	if err != nil || lead.GetCompany() != "Acme" || lead.GetAddress().GetPostal() != "53113" || lead.GetAddress().GetCity() != "Bonn" {
		t.Errorf("%v, %v", lead, err)
	}
	f := func(text, field string) {
		t.Helper()
		_, err := p.Parse([]byte(text))
		var wrong *FieldError
		if errors.As(err, &wrong) != (field != "") || err == nil || field != "" && wrong.Field != field {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	f(`{"company": {}}`, "company")
	f(`{"address": {"city": []}}`, "address")
	f(`[]`, "")
	f(``, "")
	f(`{"company": "`+strings.Repeat("x", MaxRow)+`"}`, "")
}
