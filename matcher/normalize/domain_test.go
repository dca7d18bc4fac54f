package normalize

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

func (c DomainClass) String() string {
	return [...]string{"none", "business", "free", "disposable", "hosted"}[c]
}

func TestDomainParse(t *testing.T) {
	var d Domain
	f := func(in string, class DomainClass, identity, stem string) {
		t.Helper()
		d.Parse(in)
		if d.Class != class || string(d.Identity) != identity || string(d.Stem) != stem {
			t.Errorf("Parse(%q) = %v %q stem %q (host %q), want %v %q stem %q",
				in, d.Class, d.Identity, d.Stem, d.Host, class, identity, stem)
		}
		if (d.Hash == 0) != (identity == "") || (d.StemHash == 0) != (identity == "") {
			t.Errorf("Parse(%q): hash %x and stem hash %x do not go with identity %q", in, d.Hash, d.StemHash, identity)
		}
	}
	for _, in := range []string{
		"acme.com", "ACME.COM", "www.acme.com", "http://acme.com", "https//acme.com", `http:\\www.acme.com\x`, "http:acme.com",
		"https://https//acme.com", "http://http://www.acme.com/", "htps://acme.com", "//acme.com", "acme.com.", "acme.com/",
		"acme.com:8080", "https://user:secret@acme.com:443/a/b?c=d#e", "acme.com?x=@y.com", "<acme.com>", "\"acme.com\"",
		"“acme.com”", "'acme.com'", "(www.acme.com)", "john@acme.com", "john @ acme.com", "mailto:john@acme.com?subject=x",
		"John Doe <john.doe+tag@mail.acme.com>", "acme,com", "acme .com", "acme. com", "www acme com", "www,acme,com",
		"acme com", "ww.acme.com", "acme..com", "acme.con", "acme.cmo", "acme.comm", "Acme Inc, www.acme.com",
		"acme.com; acme.de", "ａｃｍｅ．ｃｏｍ", "acme。com", "@acme.com", "http://www.acme.com%20", "Website: acme.com",
		"\u200bacme.com\u00a0", "- acme.com", "ACME. COM", "www . acme . com", "Acme .com",
	} {
		f(in, Business, "acme.com", "acme")
	}
	f("acme.co.uk", Business, "acme.co.uk", "acme")
	f("shop.acme.com.au", Business, "acme.com.au", "acme")
	f("www.de", Business, "www.de", "www")
	f("acme.couk", Business, "acme.co.uk", "acme")
	f("acme.uk.com", Business, "acme.uk.com", "acme")
	f("acme-robotics.de", Business, "acme-robotics.de", "acme-robotics")
	f("müller.de", Business, "xn--mller-kva.de", "muller")
	f("MÜLLER.de", Business, "xn--mller-kva.de", "muller")
	f("xn--mller-kva.de", Business, "xn--mller-kva.de", "muller")
	f("faß.de", Business, "xn--fa-hia.de", "fass")
	f("пример.рф", Business, "xn--e1afmkfd.xn--p1ai", "primer")
	f("日本語.jp", Business, "xn--wgv71a119e.jp", "日本語")
	f("lehrstuhl.ruhr-uni-bochum.de", Business, "ruhr-uni-bochum.de", "ruhr-uni-bochum")

	for _, in := range []string{
		"", " ", "acme", "localhost", "localhost:8080", "acme.local", "192.168.1.1", "http://[::1]/", "n/a", "none", "com",
		"co.uk", "acme.-x.com", "acme-.com", "my_shop.com", "..", "@", "a@", "john@acme", "acme dot com", "Acme Group", "Smith, Co", "Acme Inc. Berlin",
		"\xff.com", strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 130) + "com", "http://", "www.", "acme.pdf",
	} {
		f(in, NoDomain, "", "")
	}

	f("john@gmail.com", Free, "", "gmail")
	f("john@gmial.com", Free, "", "gmail")
	f("john@gmail.con", Free, "", "gmail")
	f("john@gmail.co", Free, "", "gmail")
	f("john@yahoo.co.uk", Free, "", "yahoo")
	f("john@hotmail.fr", Free, "", "hotmail")
	f("x@web.de", Free, "", "web")
	f("1234567@qq.com", Free, "", "qq")
	f("x@zen.co.uk", Free, "", "zen")
	f("www.zen.co.uk", Business, "zen.co.uk", "zen")
	f("x@mailinator.com", Disposable, "", "mailinator")

	f("acme.wixsite.com/home", Hosted, "acme.wixsite.com", "acme")
	f("wixsite.com", Hosted, "", "")
	f("acme.sharepoint.com", Hosted, "acme.sharepoint.com", "acme")
	f("www.acme.wordpress.com", Hosted, "acme.wordpress.com", "acme")
	f("wordpress.com", Business, "wordpress.com", "wordpress")
	f("john@zendesk.com", Business, "zendesk.com", "zendesk")
	f("acme.zendesk.com", Hosted, "acme.zendesk.com", "acme")
	f("support.zendesk.com", Business, "zendesk.com", "zendesk")
	f("acme.mail.onmicrosoft.com", Hosted, "acme.mail.onmicrosoft.com", "acme")
	f("acme.github.io", Hosted, "acme.github.io", "acme")
	f("https://www.facebook.com/Acme.Robotics/?ref=x", Hosted, "facebook.com/acme.robotics", "acme.robotics")
	f("m.facebook.com/pages/Acme/123", Hosted, "facebook.com/acme", "acme")
	f("facebook.com/groups/123", Hosted, "", "")
	f("facebook.com", Business, "facebook.com", "facebook")
	f("facebook.com/acme", Hosted, "facebook.com/acme", "acme")
	f("https://www.linkedin.com/company/acme/", Hosted, "linkedin.com/acme", "acme")
	f("https://uk.linkedin.com/in/john", Hosted, "", "")
	f("john@linkedin.com", Business, "linkedin.com", "linkedin")
	f("www.pinterest.com/contact", Business, "pinterest.com", "pinterest")
	f("pinterest.com/en/index.html", Business, "pinterest.com", "pinterest")
	f("linktr.ee", Hosted, "", "")
	f("linktr.ee/acme", Hosted, "linktr.ee/acme", "acme")
	f("youtube.com/@Acme", Hosted, "youtube.com/acme", "acme")
	f("sites.google.com/view/acme/home", Hosted, "sites.google.com/acme", "acme")
	f("google.com/maps/place/x", Hosted, "", "")
	f("google.com/about", Business, "google.com", "google")
	f("bit.ly/abc", Hosted, "", "")
	f("medium.com/@acme", Hosted, "medium.com/acme", "acme")
	f("acme.medium.com", Hosted, "acme.medium.com", "acme")
}

func TestDomainDetails(t *testing.T) {
	var d Domain
	f := func(in, host, registrable, local string, country string, corrected bool) {
		t.Helper()
		d.Parse(in)
		if string(d.Host) != host || string(d.Registrable) != registrable || string(d.Local) != local ||
			d.Country.String() != country || d.Corrected != corrected {
			t.Errorf("Parse(%q) = host %q, registrable %q, local %q, country %q, corrected %v; want %q, %q, %q, %q, %v", in,
				d.Host, d.Registrable, d.Local, d.Country, d.Corrected, host, registrable, local, country, corrected)
		}
	}
	f("https://www.Shop.Acme.co.uk/x", "shop.acme.co.uk", "acme.co.uk", "", "GB", false)
	f("John.Doe+News@Mail.Acme.de", "mail.acme.de", "acme.de", "john.doe", "DE", false)
	f("ÉLISE@acme.fr", "acme.fr", "acme.fr", "élise", "FR", false)
	f("https://john:secret@acme.fr", "acme.fr", "acme.fr", "", "FR", false)
	f("de.acme.com", "de.acme.com", "acme.com", "", "DE", false)
	f("www.uk.acme.com", "uk.acme.com", "acme.com", "", "GB", false)
	f("it.acme.com", "it.acme.com", "acme.com", "", "", false)
	f("acme.io", "acme.io", "acme.io", "", "", false)
	f("acme.uk.com", "acme.uk.com", "acme.uk.com", "", "GB", false)
	f("acme.berlin", "acme.berlin", "acme.berlin", "", "DE", false)
	f("пример.рф", "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", "", "RU", false)
	f("acme.sharepoint.com", "acme.sharepoint.com", "sharepoint.com", "", "", false)
	f("x@gmial.com", "gmail.com", "gmail.com", "x", "", true)
	f("x@yahoo.fr", "yahoo.fr", "yahoo.fr", "x", "FR", false)
	f("acme.con", "acme.com", "acme.com", "", "", true)
	f("o'brien@acme.ie", "acme.ie", "acme.ie", "o'brien", "IE", false)
}

func TestDomainStemsMeetAcrossEndings(t *testing.T) {
	var a, b Domain
	f := func(x, y string) {
		t.Helper()
		a.Parse(x)
		b.Parse(y)
		if a.StemHash != b.StemHash || a.StemHash == 0 || a.Hash == b.Hash {
			t.Errorf("%q and %q do not share their stem alone", x, y)
		}
	}
	f("acme.de", "acme.com")
	f("acme-robotics.de", "acmerobotics.co.uk")
	f("acme.com", "acme.wixsite.com")
	f("acme.com", "facebook.com/acme")
}

// TestTypos holds that every line of the table has its effect.
func TestTypos(t *testing.T) {
	var d Domain
	lines := 0
	for typo, meant := range fields(typoTable) {
		if !strings.Contains(typo, ".") {
			typo, meant = "acme."+typo, "acme."+meant
		}
		d.Parse(typo)
		if string(d.Registrable) != meant || !d.Corrected {
			t.Errorf("Parse(%q) = %q, corrected %v, want %q", typo, d.Registrable, d.Corrected, meant)
		}
		lines++
	}
	if lines == 0 {
		t.Fatal("no lines")
	}
}

// TestMailTables holds that every line of the lists of mail domains has its effect.
func TestMailTables(t *testing.T) {
	var d Domain
	f := func(table string, class DomainClass) {
		t.Helper()
		lines := 0
		for host := range fields(table) {
			d.Parse("x@" + strings.Replace(host, ".*", ".com", 1))
			if d.Class != class {
				t.Errorf("%s is %v, want %v", host, d.Class, class)
			}
			lines++
		}
		if lines == 0 {
			t.Error("no lines")
		}
	}
	f(freeMailTable, Free)
	f(disposableTable, Disposable)
}

// TestDomainGolden prints what is made of the lines of testdata/domains.txt next to them.
func TestDomainGolden(t *testing.T) {
	var d Domain
	golden(t, "testdata/domains.txt", func(in string) string {
		d.Parse(in)
		out := d.Class.String()
		if d.Class == NoDomain {
			return out
		}
		out += " host=" + string(d.Host)
		for _, p := range []struct{ name, value string }{
			{"identity", string(d.Identity)},
			{"stem", string(d.Stem)},
			{"local", string(d.Local)},
			{"country", d.Country.String()},
		} {
			if p.value != "" {
				out += " " + p.name + "=" + p.value
			}
		}
		if d.Corrected {
			out += " corrected"
		}
		return out
	})
}

// golden holds a file of lines "input → output" to what the function makes of the inputs, or rewrites it. Quoted inputs
// are Go strings.
func golden(t *testing.T, path string, f func(in string) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cases := 0
	for s := bufio.NewScanner(strings.NewReader(string(text))); s.Scan(); {
		line := s.Text()
		if line == "" || line[0] == '#' {
			out.WriteString(line + "\n")
			continue
		}
		in, _, _ := strings.Cut(line, " → ")
		fmt.Fprintf(&out, "%s → %s\n", in, f(in))
		cases++
	}
	if cases == 0 {
		t.Fatalf("%s has no cases", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, got := strings.Split(string(text), "\n"), strings.Split(out.String(), "\n")
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Errorf("%s:%d: %s, want %s", path, i+1, got[i], want[i])
		}
	}
}
