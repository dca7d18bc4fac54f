package normalize

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// key returns the Key of a name's first reading.
func key(t *testing.T, s string) uint64 {
	t.Helper()
	var n Name
	n.Parse(s)
	if len(n.Readings) == 0 {
		t.Fatalf("%q has no reading: %s", s, n.describe())
	}
	return n.Readings[0].Key
}

func TestEqualNames(t *testing.T) {
	equal := func(names ...string) {
		t.Helper()
		for _, s := range names[1:] {
			if key(t, s) != key(t, names[0]) {
				t.Errorf("%q and %q have different keys", names[0], s)
			}
		}
	}
	equal("Acme Inc.", "ACME", "acme, incorporated", "The Acme Corporation", "Acme GmbH & Co. KG", "\u200bAcme\u00a0Ltd\u200e")
	equal("Facebook", "Face Book", "face-book")
	equal("I.B.M.", "IBM", "I B M", "ibm")
	equal("H&M", "H & M", "HM", "H and M")
	equal("Texas A&M University", "Texas A and M University", "TEXAS A & M UNIVERSITY")
	equal("Macy's", "Macys", "Macy’s", "MACY`S")
	equal("Data Systems", "Data System")
	equal("Johnson & Johnson", "Johnson and Johnson", "Johnson und Johnson", "Johnson&amp;Johnson")
	equal("First National Bank", "1st Natl Bank", "1st National Bank")
	equal("7-Eleven", "Seven Eleven", "7 Eleven")
	equal("Capital Fund II", "Capital Fund 2")
	equal("Studio 054", "Studio 54")
	equal("International Paper", "Intl. Paper Co", "Int'l Paper")
	equal("US Steel", "U.S. Steel", "United States Steel Corp", "USA Steel")
	equal("Straße", "STRASSE", "Strasse")
	equal("IŞIK", "ışık", "Işık", "isik")
	equal("Łódź", "Lodz")
	equal("ＡＣＭＥ", "Acme")
	equal("Apple", "Аррle") // Cyrillic А, р, р
	equal("Сбербанк", "Sberbank", "ПАО Сбербанк")
	equal("株式会社電通", "電通", "（株）電通", "㈱電通", "電通株式会社")
	equal("台灣積體電路製造股份有限公司", "台湾积体电路制造")
	equal("주식회사 카카오", "카카오(주)", "㈜카카오")
	equal("Cafe\u0301 Noir", "Café Noir", "Caf&eacute; Noir", "cafe noir")
	equal("Sunstone Hotel Investors Inc. Sunstone Hotel Investors Inc.", "Sunstone Hotel Investors")
	equal("Booking.com", "Booking")
	equal("Acme Inc /DE/", "Acme")
	equal("Acme Corp - Sales", "Acme, HR Department", "Acme")
}

func TestUnequalNames(t *testing.T) {
	unequal := func(a, b string) {
		t.Helper()
		if key(t, a) == key(t, b) {
			t.Errorf("%q and %q have the same key", a, b)
		}
	}
	unequal("Studio 54", "Studio 45")
	unequal("Bank of America", "Bank of Armenia")
	unequal("Technical Data", "Technology Data")
	unequal("Capital Fund II", "Capital Fund III")
	unequal("Airbus", "Airbu")
	unequal("SC Johnson", "Johnson")
	unequal("J.P. Morgan", "Morgan")
	unequal("Acme Germany", "Acme France")
	unequal("ホテル", "ボトル")
}

func TestSecondSpelling(t *testing.T) {
	same := func(name, other string) {
		t.Helper()
		var n, o Name
		n.Parse(name)
		o.Parse(other)
		if a, b := n.Readings[0].Words[0], o.Readings[0].Words[0]; a.Alt != b.Hash || a.Alt == a.Hash {
			t.Errorf("the second spelling of %q is not %q", name, other)
		}
	}
	same("Müller", "Mueller")
	same("Søborg", "Soeborg")
	same("Håkan", "Haakan")
	same("Peña", "Penya")
	same("L'Oréal", "Oreal")
	same("Moe's", "Moe")
	same("Лукойл", "Lukoil")
	var n Name
	n.Parse("Mueller")
	if alt := n.Readings[0].Words[0].Alt; alt != 0 {
		t.Errorf("Mueller has the second spelling %x", alt)
	}
}

func TestAcronyms(t *testing.T) {
	f := func(name, short, all string) {
		t.Helper()
		var n Name
		n.Parse(name)
		want := func(acronym string) uint64 {
			if acronym == "" {
				return 0
			}
			return HashWord([]byte(acronym))
		}
		if r := n.Readings[0]; r.Acronym != want(short) || r.AcronymAll != want(all) {
			t.Errorf("%q is not abbreviated to %q and %q", name, short, all)
		}
	}
	f("International Business Machines Corp.", "ibm", "")
	f("University of Washington", "uw", "uow")
	f("United States Steel", "uss", "")
	f("Acme", "", "")
	f("Acme Inc", "", "")
	f("株式会社電通", "", "")
}

func TestCompareForms(t *testing.T) {
	f := func(a, b string, want FormLevel) {
		t.Helper()
		var n, o Name
		n.Parse(a)
		o.Parse(b)
		if got := CompareForms(&n.Readings[0], &o.Readings[0]); got != want {
			t.Errorf("%q and %q: %v, want %v", a, b, got, want)
		}
		if CompareForms(&n.Readings[0], &o.Readings[0]) != CompareForms(&o.Readings[0], &n.Readings[0]) {
			t.Errorf("%q and %q: the order matters", a, b)
		}
	}
	f("Acme", "Acme Ltd", FormMissing)
	f("Acme Ltd", "Acme Limited", FormSame)
	f("Acme Corp", "Acme Incorporated", FormFamily)
	f("Acme Ltd", "Acme PLC", FormDifferent)
	f("Acme GmbH", "Acme AG", FormDifferent)
	f("Acme Ltd", "Acme GmbH", FormIncompatible)
	f("Acme SA/NV", "Acme S.A.", FormSame)
}

func TestFormsAreDescribed(t *testing.T) {
	if len(vocabulary.forms) < 100 {
		t.Fatalf("%d legal forms", len(vocabulary.forms))
	}
	for i := 1; i < len(vocabulary.forms); i++ {
		f := LegalForm(i)
		if f.Name() == "" || f.Family() == NoFamily || f.Family().String() == "" {
			t.Errorf("form %d: %q of family %q", i, f.Name(), f.Family())
		}
		for _, c := range f.Countries() {
			if s := c.String(); len(s) != 2 || s != strings.ToUpper(s) {
				t.Errorf("%s: country %q", f.Name(), s)
			}
		}
	}
	if LegalForm(0).Name() != "" || LegalForm(65535).Name() != "" {
		t.Error("a form that is none has a name")
	}
}

func TestPersonOf(t *testing.T) {
	f := func(name, local string, want bool) {
		t.Helper()
		var n Name
		n.Parse(name)
		if got := n.PersonOf([]byte(local)); got != want {
			t.Errorf("%q, %q: %v", name, local, got)
		}
	}
	f("John Smith", "john.smith", true)
	f("John Smith", "Smith_John", true)
	f("John Smith", "johnsmith42", true)
	f("José Peña", "jose.pena", true)
	f("John Smith", "jsmith", false)
	f("John Smith LLC", "john.smith", false)
	f("Smith", "smith", false)
	f("John Smith", "john.smithson", false)
	f("Smith & Sons", "smith.sons", false)
	f("", "john.smith", false)
	f("John Smith", "", false)
	f("John Smith", strings.Repeat("john.smith", 100), false)
}

func TestRunsOfHan(t *testing.T) {
	var n Name
	n.Parse("三菱重工")
	var got []string
	for _, w := range n.Readings[0].Words {
		if w.Flags&Bigram == 0 {
			t.Errorf("%s is not flagged", w.Text)
		}
		got = append(got, string(w.Text))
	}
	if want := []string{"三菱", "菱重", "重工"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	n.Parse("鮨")
	if w := n.Readings[0].Words; len(w) != 1 || w[0].Flags&Bigram != 0 {
		t.Errorf("a single character: %s", n.describe())
	}
}

func TestBounds(t *testing.T) {
	var n, o Name
	for kind, s := range samples {
		n.Parse(s)
		checkBounds(t, kind, &n)
	}
	long := []rune(strings.Repeat("Größe ", 1000))
	n.Parse(string(long))
	o.Parse(string(long[:MaxNameRunes]))
	if n.Readings[0].Key != o.Readings[0].Key {
		t.Error("what follows the longest name is read")
	}
}

// checkBounds fails when a name breaks what its documentation says of every name.
func checkBounds(t interface{ Errorf(string, ...any) }, s string, n *Name) {
	if len(n.Readings) > MaxReadings {
		t.Errorf("%q: %d readings", s, len(n.Readings))
	}
	if (n.Status == OK) != (len(n.Readings) > 0) && n.Status != URL {
		t.Errorf("%q: status %d and %d readings", s, n.Status, len(n.Readings))
	}
	for i := range n.Readings {
		r := &n.Readings[i]
		if len(r.Words) == 0 || len(r.Words) > MaxWords {
			t.Errorf("%q: %d words", s, len(r.Words))
		}
		for j := range r.Words {
			w := &r.Words[j]
			if len(w.Text) == 0 || len(w.Canonical) == 0 || !utf8.Valid(w.Text) || w.Hash == 0 {
				t.Errorf("%q: word %q, canonical %q", s, w.Text, w.Canonical)
			}
			if (w.Class == Legal) != (w.Form != 0) {
				t.Errorf("%q: %q has class %d and form %d", s, w.Text, w.Class, w.Form)
			}
			if w.Alt == w.Hash {
				t.Errorf("%q: the second spelling of %q is its first", s, w.Text)
			}
			if bytes.ContainsFunc(w.Text, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%q: control character in %q", s, w.Text)
			}
		}
	}
}

// text joins the words of a reading to a name again.
func (r *Reading) text() string {
	var b strings.Builder
	for i := range r.Words {
		w := &r.Words[i]
		if w.Flags&Bigram != 0 && i > 0 && r.Words[i-1].Flags&Bigram != 0 && !startsRun(r.Words, i) {
			_, size := utf8.DecodeRune(w.Text)
			b.Write(w.Text[size:])
			continue
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.Write(w.Text)
	}
	return b.String()
}

// startsRun reports whether the bigram at i is the first of a run: it does not start where the one before ends.
func startsRun(words []Word, i int) bool {
	_, size := utf8.DecodeRune(words[i-1].Text)
	return !bytes.HasPrefix(words[i].Text, words[i-1].Text[size:])
}

// TestReadAgain parses what was read once more: the key must stay.
func TestReadAgain(t *testing.T) {
	words := []string{
		"Acme", "Müller", "Smith's", "Data", "Systems", "Batteries", "Bank", "Univ", "Intl", "Berlin", "Texas", "7", "Second", "3M",
		"Öl", "Щербаков", "Τράπεζα", "東芝", "한빛", "L'Oréal", "Foxes", "2nd", "007", "Brothers",
	}
	ends := []string{"", " Inc.", " GmbH & Co. KG", ", S.A.", " Pty Ltd", " d.o.o.", " A/S", " Limited"}
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 2, 5).Draw(t, "words"), " ") + rapid.SampledFrom(ends).Draw(t, "end")
		var n, again Name
		n.Parse(name)
		checkBounds(t, name, &n)
		text := n.Readings[0].text()
		again.Parse(text)
		if len(again.Readings) == 0 || again.Readings[0].Key != n.Readings[0].Key {
			t.Fatalf("%q is read as %q, and that as %s", name, text, again.describe())
		}
	})
}

func FuzzName(f *testing.F) {
	for _, s := range samples {
		if len(s) < 2000 {
			f.Add(s)
		}
	}
	f.Add("&#x41;&amp;amp;B (\"C) | D - E/F/ ①½ ǅ \xff\xe2\x80")
	f.Fuzz(func(t *testing.T, s string) {
		var n, again Name
		n.Parse(s)
		checkBounds(t, s, &n)
		before := n.describe()
		again.Parse("Something Else (ELSE) Ltd dba Other")
		again.Parse(s)
		if after := again.describe(); after != before {
			t.Errorf("%q: %s with a new Name, %s with a used one", s, before, after)
		}
		n.PersonOf([]byte(s))
	})
}
