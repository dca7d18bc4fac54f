package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is what nobody's company is called.
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>"'&amp;`

// TestHostileNames has names that would be markup in each page that shows names.
func TestHostileNames(t *testing.T) {
	s := serve(t)
	call[any](t, s, "POST", "/v1/accounts:upsert", fmt.Sprintf(`{"accounts": [{"id": "a<b>1", "name": %q, "domains": ["evil-rockets.com"]}, {"id": "a<b>2", "name": %[1]q, "domains": ["other-rockets.com"]}]}`, hostile))
	leads := filepath.Join(t.TempDir(), "leads.jsonl")
	if err := os.WriteFile(leads, []byte(fmt.Sprintf(`{"company": %q}`, hostile)), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := func(b *tab) {
		t.Helper()
		b.says("main", "onerror=")
		if eval[bool](b, `document.title === 'owned' || document.querySelectorAll('main img, main script').length > 0`) {
			t.Errorf("a name has become markup: %s", eval[string](b, "document.querySelector('main').innerHTML"))
		}
		b.quiet()
	}
	b := open(t, s, "match", "light")
	b.enter("#lead-website", "evil-rockets.com")
	whole(b)
	b = open(t, s, "accounts", "light")
	b.enter("#search", "evil-rockets.com")
	whole(b)
	b.press("<img")
	b.says("main", "As the engine reads it")
	whole(b)
	b = open(t, s, "review", "light")
	b.drop(leads)
	whole(b)
	b = open(t, s, "policy", "light")
	b.drop(leads)
	b.until("document.querySelector('.flips h3')")
	b.quiet()
}

// TestMarkupIsRefused tries what the page's policy forbids, as a script that got in would.
func TestMarkupIsRefused(t *testing.T) {
	b := open(t, serve(t), "match", "light")
	for _, attempt := range []string{
		`document.body.innerHTML = "<b>x</b>"`,
		`document.body.setAttribute("onclick", "x")`,
		`document.createElement("script").text = "x"`,
	} {
		if !eval[bool](b, "(() => { try { "+attempt+"; return false; } catch { return true; } })()") {
			t.Errorf("it lets this happen: %s", attempt)
		}
	}
}

// TestToken goes to a server that asks for a token, without one, with a wrong one, and with the right one.
func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	token, err := exec.CommandContext(t.Context(), filepath.Join(*programs, "leadmatchd"), "token", file, "--name", "ana", "--scopes", "match,review").Output()
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, serve(t, "--tokens", file), "match", "light")
	b.until("document.querySelector('#access').open && !document.querySelector('#problem').hidden")
	b.enter("#token", "lm_x_y")
	b.press("Use it")
	b.until("!document.querySelector('#problem').hidden && document.querySelector('#access').open")
	eval[bool](b, "(document.querySelector('#token').value = '', true)")
	b.enter("#token", strings.TrimSpace(string(token)))
	b.press("Use it")
	b.says("#server", "0 accounts")
	b.until("document.querySelector('#problem').hidden")
	if stored := eval[string](b, "JSON.stringify(localStorage) + document.cookie"); stored != "{}" {
		t.Errorf("kept beyond the tab: %s", stored)
	}
}

// TestEverythingHasAName wants a name that screen readers can say for each control of each page, and one main heading.
func TestEverythingHasAName(t *testing.T) {
	s := sample(t)
	for _, page := range []string{"match", "review", "accounts", "policy", "now"} {
		b := open(t, s, page, "light")
		b.until("document.querySelector('h1')")
		if page == "review" {
			b.drop(sampleLeads)
			b.says(".queue", "%")
		}
		nameless := eval[[]string](b, `[...document.querySelectorAll("input, select, textarea, button, summary, a")].filter(e =>
			!(e.labels?.length || e.getAttribute("aria-label") || (e.matches("button, summary, a") && e.textContent.trim()))).map(e => e.outerHTML)`)
		if len(nameless) > 0 {
			t.Errorf("%s: without a name: %q", page, nameless)
		}
		if n := eval[int](b, "document.querySelectorAll('h1').length"); n != 1 {
			t.Errorf("%s has %d main headings", page, n)
		}
		if wide := eval[bool](b, "document.documentElement.scrollWidth > innerWidth"); wide {
			t.Errorf("%s is wider than the window", page)
		}
	}
}
