package normalize

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

var classNames = [...]string{"", "generic", "sector", "place", "legal", "number", "and", "stop", "suffix"}

// describe writes what was read: readings separated by " / ", each as its role and its words with their classes.
func (n *Name) describe() string {
	var b strings.Builder
	b.WriteString([...]string{"", "empty", "placeholder", "email", "url"}[n.Status])
	if n.Address != "" {
		fmt.Fprintf(&b, "<%s>", n.Address)
	}
	for i := range n.Readings {
		r := &n.Readings[i]
		if b.Len() > 0 {
			b.WriteString(" ")
		}
		if i > 0 {
			b.WriteString("/ ")
		}
		b.WriteString([...]string{"", "trade: ", "former: ", "parent: ", "alias: "}[r.Role])
		for j := range r.Words {
			w := &r.Words[j]
			if j > 0 {
				b.WriteByte(' ')
			}
			b.Write(w.Text)
			if w.Class != Core {
				b.WriteString("[" + classNames[w.Class])
				if w.Form != 0 {
					b.WriteString(" " + w.Form.Name())
				}
				if w.Country != 0 {
					b.WriteString(" " + w.Country.String())
				}
				b.WriteString("]")
			}
		}
	}
	return b.String()
}

// TestGolden holds what is made of the names in testdata/names.txt: each line is a name, an arrow, and its readings.
func TestGolden(t *testing.T) {
	const file, arrow = "testdata/names.txt", " → "
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var n Name
	var now strings.Builder
	count := 0
	for line := range strings.Lines(string(old)) {
		name, _, ok := strings.Cut(strings.TrimSuffix(line, "\n"), arrow)
		if strings.HasPrefix(line, "#") || name == "" {
			now.WriteString(line)
			continue
		}
		n.Parse(name)
		got := name + arrow + n.describe() + "\n"
		now.WriteString(got)
		if count++; !*update && (got != line || !ok) {
			t.Errorf("%s\nwas    %s\nis now %s", name, line, got)
		}
	}
	if count == 0 {
		t.Fatal("no names")
	}
	if *update {
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	var n Name
	for kind, s := range samples {
		n.Parse(s)
		if allocs := testing.AllocsPerRun(20, func() { n.Parse(s) }); allocs != 0 {
			t.Errorf("%s: %v allocations", kind, allocs)
		}
	}
}

// samples is a name of each kind.
var samples = map[string]string{
	"ascii":       "Northwind Traders International Inc",
	"abbreviated": "I.B.M. Intl. Mgmt. Svcs. (UK) Ltd.",
	"latin":       "Müller Präzisionstechnik GmbH & Co. KG",
	"cyrillic":    "ООО «Щербаков и сыновья»",
	"greek":       "Αγροτική Τράπεζα Α.Ε.",
	"han":         "株式会社三菱東京UFJ銀行",
	"hangul":      "삼성전자 주식회사",
	"arabic":      "شركة أرامكو السعودية",
	"phrase":      "Acme LLC (formerly Bar Systems) dba Roadrunner - Sales Dept",
	"parens":      "Alphabet (Google) | \"Moonshots\"",
	"placeholder": "self-employed",
	"email":       "Acme <sales@acme.com>",
	"url":         "https://www.acme.co.uk/contact",
	"longest":     strings.Repeat("a & b.c (d) ", 100),
	"words":       strings.Repeat("bank of the ", 1000),
	"invalid":     strings.Repeat("M\xfcller \xe2\x80 ", 40),
	"huge":        strings.Repeat("Größe ", 200_000),
}

func BenchmarkParse(b *testing.B) {
	for kind, s := range samples {
		b.Run("kind="+kind, func(b *testing.B) {
			var n Name
			b.ReportAllocs()
			for b.Loop() {
				n.Parse(s)
			}
		})
	}
}
