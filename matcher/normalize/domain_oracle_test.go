package normalize

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"pgregory.net/rapid"
)

// TestAgainstPublicSuffix holds the walk through the table to golang.org/x/net/publicsuffix at every rule of the list,
// at the name above, and at names below.
func TestAgainstPublicSuffix(t *testing.T) {
	hosts := 0
	for rule := range fields(publicSuffixTable) {
		rule = strings.TrimPrefix(strings.Replace(rule, "*.", "wild.", 1), "!")
		for _, host := range []string{rule, "acme." + rule, "www.acme." + rule, "a.b.acme." + rule} {
			if rule == "private" {
				continue
			}
			holdToPublicSuffix(t, host)
			hosts++
		}
	}
	if hosts < 30000 {
		t.Fatalf("only %d hosts", hosts)
	}
}

func holdToPublicSuffix(t *testing.T, host string) {
	t.Helper()
	var p hostParts
	p.read([]byte(host))
	want, icann := publicsuffix.PublicSuffix(host)
	if !strings.Contains(want, ".") && !icann {
		if p.known {
			t.Errorf("%s: no rule, but known", host)
		}
		return
	}
	// Where registries.txt or hosted.txt say more than the list, they win.
	if got := host[min(p.public, p.platform):]; got != want && !ownTables(want) && !ownTables(got) {
		t.Errorf("%s ends with %q, want %q", host, got, want)
	}
}

// ownTables reports whether our own tables have a line on an ending.
func ownTables(ending string) bool {
	for _, table := range []string{registryTable, hostedTable} {
		for line := range fields(table) {
			if line == ending {
				return true
			}
		}
	}
	return false
}

// TestRegistriesArePrivateRules holds that every line of registries.txt is about a rule of the list.
func TestRegistriesArePrivateRules(t *testing.T) {
	_, private, _ := strings.Cut(publicSuffixTable, "\nprivate\n")
	for ending := range fields(registryTable) {
		if !strings.Contains("\n"+private, "\n"+ending+"\n") {
			t.Errorf("registries.txt: %s is no private rule", ending)
		}
	}
}

// TestHostHashesDiffer holds that no two keys of the table share a hash.
func TestHostHashesDiffer(t *testing.T) {
	keys := map[uint64]string{}
	add := func(h uint64, key string) {
		if other, ok := keys[h]; ok && other != key {
			t.Errorf("%s and %s share their hash", key, other)
		}
		keys[h] = key
	}
	for _, table := range []string{publicSuffixTable, registryTable, endingTable, hostedTable, freeMailTable, disposableTable, typoTable} {
		for key := range fields(table) {
			key = strings.TrimLeft(key, "*.!")
			host, path, _ := strings.Cut(key, "/")
			for rest, more := host, true; more; _, rest, more = strings.Cut(rest, ".") {
				add(hashEnding(hostHashStart, rest), rest)
			}
			if path = strings.Trim(path, "/*"); path != "" {
				add(hashPath(hashEnding(hostHashStart, host), []byte(path)), host+"/"+path)
			}
		}
	}
	if len(keys) < 10000 {
		t.Fatalf("only %d keys", len(keys))
	}
}

// TestAgainstIDNA holds hosts of letters of many scripts to golang.org/x/net/idna.
func TestAgainstIDNA(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	letters := [][]rune{
		[]rune("abcÄÖÜäöüßéèêçñøåæœłşğıžščřőű"), []rune("абвгдеёжзийАБВГ"), []rune("αβγδεζςσΑΒ"), []rune("日本語株式会社カタカナー"),
		[]rune("한국회사"), []rune("אבגד"), []rune("ابتث"), []rune("กขค"), []rune("ａＢ１２"),
	}
	profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true))
	compared := 0
	for range 3000 {
		alphabet := letters[r.IntN(len(letters))]
		var label strings.Builder
		for range 1 + r.IntN(12) {
			label.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		host := label.String() + ".com"
		want, err := profile.ToASCII(host)
		if err != nil {
			continue
		}
		got, ok := new(Domain).appendHost(nil, []byte(host))
		if !ok || string(got) != want {
			t.Fatalf("appendHost(%q) = %q, %v, want %q", host, got, ok, want)
		}
		holdPunycode(t, got)
		compared++
	}
	if compared < 2000 {
		t.Fatalf("only %d hosts compared", compared)
	}
}

// holdPunycode holds that the first label of a host comes back from its Unicode form.
func holdPunycode(t *testing.T, host []byte) {
	t.Helper()
	label, _, _ := bytes.Cut(host, []byte("."))
	code, encoded := bytes.CutPrefix(label, acePrefix)
	if !encoded {
		return
	}
	text, ok := appendDecoded(nil, code)
	if !ok {
		t.Fatalf("%s does not decode", label)
	}
	if again, ok := appendEncoded(nil, text); !ok || !bytes.Equal(again, code) {
		t.Fatalf("%s is %q, which encodes to %s", code, text, again)
	}
}

// TestDomainParsesAgain holds that what identifies a domain, and its host, are read as the same domain.
func TestDomainParsesAgain(t *testing.T) {
	words := rapid.SampledFrom([]string{
		"acme", "www", "de", "müller", "xn--mller-kva", "facebook", "zendesk", "wixsite", "gmail", "gmial", "com", "con", "co",
		"uk", "jp", "github", "io", "a_b", "company", "@", ".", ".", ".", "/", ":", " ", ",", "http://", "mailto:", "-", "日本",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(words, 1, 8).Draw(t, "words"), "")
		holdParsesAgain(t, text)
	})
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func holdParsesAgain(t failer, text string) {
	t.Helper()
	var d, again Domain
	d.Parse(text)
	if d.Class == NoDomain {
		if d.Hash != 0 || d.Host != nil || d.Local != nil || d.Identity != nil {
			t.Fatalf("Parse(%q) has parts of no domain", text)
		}
		return
	}
	if d.Hash != 0 {
		if again.Parse(string(d.Identity)); again.Hash != d.Hash || again.StemHash != d.StemHash {
			t.Fatalf("Parse(%q) has identity %q, which parses to %q", text, d.Identity, again.Identity)
		}
	}
	again.Parse(string(d.Host))
	inPath := bytes.IndexByte(d.Identity, '/') >= 0 || d.Class == Hosted && d.Hash == 0
	mailbox := d.Class == Free && len(d.Local) > 0 // the provider's web address may be its own
	if !inPath && !mailbox && (again.Hash != d.Hash || again.Class != d.Class) {
		t.Fatalf("Parse(%q) has host %q, which parses to %v %q", text, d.Host, again.Class, again.Identity)
	}
	if !bytes.HasSuffix(d.Host, d.Registrable) || len(d.Registrable) == 0 {
		t.Fatalf("Parse(%q): registrable %q of host %q", text, d.Registrable, d.Host)
	}
}

func FuzzDomain(f *testing.F) {
	for _, s := range []string{
		"acme.com", "John <john@müller.de>", "https//www.facebook.com/Acme", "acme,con", "www acme com", "\xffa.b.co.uk:80",
		"xn--mller-kva.de", "xn--a-.com", "a.s3.amazonaws.com", "x.kawasaki.jp", "city.kawasaki.jp",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		holdParsesAgain(t, s)
		var d Domain
		if d.Parse(s); d.Host != nil {
			holdToPublicSuffix(t, string(d.Host))
		}
	})
}

var domainTexts = []string{
	"john.smith@acme.com", "https://www.acme-robotics.co.uk/en/about?x=y", "acme.wixsite.com", "john@gmail.com", "Acme Inc",
	"https://www.linkedin.com/company/acme", "info@müller.de", "acme,com", "x@gmial.com", "shop.acme.com.au", worstText,
}

// worstText is long, and no address until everything has been tried.
var worstText = strings.Repeat("ü.ö ", 100) + strings.Repeat(" , ", 200)

func TestDomainAllocatesNothing(t *testing.T) {
	var d Domain
	for _, s := range domainTexts {
		if n := testing.AllocsPerRun(100, func() { d.Parse(s) }); n != 0 {
			t.Errorf("Parse(%q) allocates %v times", s, n)
		}
	}
}

func BenchmarkDomain(b *testing.B) {
	var d Domain
	for _, s := range domainTexts {
		b.Run("text="+s[:min(len(s), 48)], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Parse(s)
			}
		})
	}
}

func BenchmarkLoadHosts(b *testing.B) {
	for b.Loop() {
		loadHosts()
	}
}
