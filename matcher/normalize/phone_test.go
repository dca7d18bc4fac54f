package normalize

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func countryArg(s string) Country {
	if s == "" {
		return 0
	}
	return country(s)
}

func TestPhonesAreEqual(t *testing.T) {
	f := func(texts ...string) {
		t.Helper()
		var want uint64
		for _, text := range texts {
			in, home, _ := strings.Cut(text, "|")
			p := ParsePhone(in, countryArg(home))
			if want == 0 {
				want = p.Hash
			}
			if p.Hash == 0 || p.Hash != want {
				t.Errorf("ParsePhone(%q, %s) = %s, which is not the same number as %q", in, home, p.Number[:p.Len], texts[0])
			}
		}
	}
	f("210-220-4011", "+1 (210) 220-4011", "12102204011", "1-210-220-4011|US", "210.220.4011|US", "210/220-4011 x123",
		"(210) 220 4011 ext. 5", "0012102204011|DE", "tel:+1-210-220-4011;ext=9", "Phone: 210 220 4011 / 210 220 4012",
		"011 1 210 220 4011", "２１０－２２０－４０１１", "2102204011 Bob 5551234|US", "+1 (0) 210 220 4011")
	f("357 25 357 768|CY", "25357768|CY", "25357768", "+357 25357768", "0035725357768", "35725357768")
	f("+44 (0)20 7946 0018", "020 7946 0018|GB", "020 7946 0018", "442079460018|GB", "+44 020 7946 0018", "+44 20 7946 0018",
		"0044 20 79460018", "020 7946 0018|US")
	f("+49 (0) 89 / 636-48010", "089 63648010|DE", "004989 63648010", "498963648010|DE", "08963648010", "+49 89 63648010 Durchwahl 12")
	f("+39 02 6379 1", "02 63791|IT")
	f("+39 06 698 81234", "06 69881234", "0669881234|IT")
	f("+33 1 42 68 53 00", "01 42 68 53 00|FR", "0142685300")
	f("+7 (495) 123-45-78", "8 (495) 123-45-78|RU", "7 495 1234578", "8 495 123 45 78")
	f("020 654 3210|NL", "+31 20 654 3210")
	f("+52 1 55 1234 5679", "+52 55 1234 5679", "55 1234 5679|MX", "01 55 1234 5679|MX")
	f("+36 1 234 5679", "06 1 234 5679|HU")
	f("+86 138 1234 5679", "13812345679|CN", "138 1234 5679")
	f("+45 33 12 34 58", "33123458|DK", "4533123458|DK")
	f("1-800-FLOWERS", "+1 800 356 9377", "800-356-9377|US", "1 (800) FLOWERS")
	f("1-800-GO-FEDEX", "1-800-463-3339")
	f("+298 123459", "123459|FO")
}

func TestPhonesAreDifferent(t *testing.T) {
	f := func(a, b string) {
		t.Helper()
		p, q := ParsePhone(a, 0), ParsePhone(b, 0)
		if p.Hash == q.Hash || p.Hash == 0 || q.Hash == 0 {
			t.Errorf("%q and %q are not told apart", a, b)
		}
	}
	f("+1 210 220 4011", "+1 210 220 4012")
	f("+298 123459", "+376 123459")
	f("+1 210 220 4011", "+1 310 220 4011")
}

func TestPhoneBlock(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		p, q := ParsePhone(a, country("DE")), ParsePhone(b, country("DE"))
		if (p.Block == q.Block) != want || p.Hash == q.Hash {
			t.Errorf("%q and %q share a switchboard: %v, want %v", a, b, p.Block == q.Block, want)
		}
	}
	f("089 636-48010", "089 636-48123", true)
	f("089 636-48010", "089 636-49010", false)
}

func TestPhonePlaceholders(t *testing.T) {
	f := func(in string) {
		t.Helper()
		for _, home := range []string{"", "US", "DE"} {
			if p := ParsePhone(in, countryArg(home)); p.Hash != 0 || p.Block != 0 {
				t.Errorf("ParsePhone(%q, %s) has a hash", in, home)
			}
		}
	}
	for _, in := range []string{
		"", "n/a", "none", "0", "0000000", "000-000-0000", "1234567", "123-456-7890", "0123456789", "9876543210", "1111111111",
		"999-999-9999", "+1 111 111 1111", "(212) 555-5555", "12345", "x123", strings.Repeat("12", 40), "+",
	} {
		f(in)
	}
	g := func(in string) {
		t.Helper()
		if p := ParsePhone(in, country("US")); p.Hash != 0 {
			t.Errorf("ParsePhone(%q, US) has a hash", in)
		}
	}
	g("212-555-0100")
	g("555-123-4567")
	g("112-555-1234")
	g("555-1234")
}

func TestPhoneGolden(t *testing.T) {
	golden(t, "testdata/phones.txt", func(in string) string {
		text, home, _ := strings.Cut(in, " | ")
		p := ParsePhone(text, countryArg(strings.TrimSpace(home)))
		out := string(p.Number[:p.Len])
		if p.Country != 0 {
			out += " country=" + p.Country.String()
		}
		if p.Hash == 0 {
			out += " incomparable"
		}
		return strings.TrimSpace(out)
	})
}

// TestPhoneParsesAgain holds that a number with its country code is read as itself.
func TestPhoneParsesAgain(t *testing.T) {
	parts := rapid.SampledFrom([]string{
		"+", "00", "0", "1", "44", "49", "39", "357", "(0)", "(", ")", "-", " ", "/", "2", "345", "6789", "800", "FLOWERS", "ext",
		"x", "+", ".", "７",
	})
	homes := rapid.SampledFrom([]string{"", "US", "DE", "GB", "IT", "CY", "RU", "HU", "MX"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(parts, 1, 9).Draw(t, "text"), "")
		holdPhone(t, text, countryArg(homes.Draw(t, "home")))
	})
}

func holdPhone(t failer, text string, home Country) {
	t.Helper()
	p := ParsePhone(text, home)
	if (p.Hash == 0) != (p.Block == 0) {
		t.Fatalf("ParsePhone(%q, %v): hash %x, block %x", text, home, p.Hash, p.Block)
	}
	for i, c := range p.Number {
		if digit := '0' <= c && c <= '9'; digit != (i < int(p.Len)) {
			t.Fatalf("ParsePhone(%q, %v): number %q of length %d", text, home, p.Number, p.Len)
		}
	}
	if p.Country != 0 && p.Hash != 0 {
		again := ParsePhone("+"+string(p.Number[:p.Len]), home)
		if again.Hash != p.Hash || again.Country != p.Country {
			t.Fatalf("ParsePhone(%q, %v) = %s, %v, which parses to %s, %v", text, home, p.Number[:p.Len], p.Country,
				again.Number[:again.Len], again.Country)
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+1 210 220 4011", "089/636-48010", "1-800-FLOWERS", "+39 02 6379 1", "\xff12345678"} {
		f.Add(s, uint16(country("DE")))
	}
	f.Fuzz(func(t *testing.T, s string, home uint16) {
		if utf8.ValidString(s) {
			holdPhone(t, s, Country(home))
		}
		ParsePhone(s, Country(home))
	})
}

var phoneTexts = []string{"+1 (210) 220-4011", "210-220-4011", "089 636-48010", "1-800-FLOWERS", "+357 25 357 768 ext. 12"}

func TestPhoneAllocatesNothing(t *testing.T) {
	for _, s := range phoneTexts {
		if n := testing.AllocsPerRun(100, func() { ParsePhone(s, country("DE")) }); n != 0 {
			t.Errorf("ParsePhone(%q) allocates %v times", s, n)
		}
	}
}

func BenchmarkPhone(b *testing.B) {
	for _, s := range phoneTexts {
		b.Run(fmt.Sprintf("text=%s", s), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParsePhone(s, country("DE"))
			}
		})
	}
}
