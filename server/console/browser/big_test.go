//go:build big

package browser

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The server, its accounts and what it has decided are those of bench/console, which makes a table of the times.
var (
	at      = flag.String("at", "", "HTTP address of a leadmatchd with many accounts and a decision log")
	leads   = flag.String("leads", "", "JSON Lines file of leads")
	timings = flag.String("timings", "", "file for the times: a line for each step, what it is and milliseconds, with tabs between")
)

const (
	rounds = 20 // of steps that are done over and over
	whole  = 3  // of those that work through a whole file
)

// stopwatch times what a tab does. What is timed is what a person waits for: from their doing something until its outcome
// stands in the page.
type stopwatch struct {
	*tab
	lines []string
}

// add times a step so many times; do begins it, until says in JavaScript that it is done.
func (w *stopwatch) add(what string, times int, do func(i int), until string) {
	w.t.Helper()
	var took []string
	for i := range times {
		w.until("!document.querySelector('main').textContent.includes('are decided anew')") // of the step before
		eval[bool](w.tab, `(document.querySelectorAll("main *").forEach(e => { e.dataset.old = ""; }), window.begun = performance.now(), true)`)
		do(i)
		ms, err := chromedp.Run(w.ctx, chromedp.Evaluate[float64](`(async () => {
			const fresh = s => document.querySelector(s + ":not([data-old])");
			const text = s => document.querySelector(s)?.textContent ?? "";
			while (!(`+until+`)) {
				if (performance.now() - begun > 60000) throw new Error("it takes more than a minute: " + document.querySelector("main").innerText.slice(0, 500));
				await new Promise(r => setTimeout(r));
			}
			return performance.now() - begun;
		})()`, chromedp.EvalAwaitPromise))
		if err != nil {
			w.t.Fatalf("%s: %v\nso far:\n%s", what, err, strings.Join(w.lines, "\n"))
		}
		took = append(took, fmt.Sprintf("%.1f", ms))
	}
	w.lines = append(w.lines, what+"\t"+strings.Join(took, "\t"))
}

// run is a step that is begun by JavaScript.
func (w *stopwatch) run(script func(i int) string) func(int) {
	return func(i int) { eval[bool](w.tab, "("+script(i)+", true)") }
}

// fill puts a text into a field, as a person pastes it.
func fill(selector, text string) string {
	return fmt.Sprintf(`(i => { i.value = %q; i.dispatchEvent(new Event("input", {bubbles: true})); })(document.querySelector(%q))`, text, selector)
}

func click(selector string) string {
	return fmt.Sprintf("document.querySelector(%q).click()", selector)
}

func press(text string) string {
	return fmt.Sprintf("[...document.querySelectorAll('button')].find(b => b.textContent.trim().startsWith(%q)).click()", text)
}

// unsaid clears what was said of the choice before.
const unsaid = "document.querySelector('main > [role=status]').replaceChildren(), "

func key(k string) string {
	return fmt.Sprintf("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: %q, bubbles: true}))", k)
}

// companies are the names in the file of leads, from all over it.
func companies(t *testing.T) (names []string) {
	t.Helper()
	f, err := os.Open(*leads)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var lead struct{ Company string }
		if err := json.Unmarshal(lines.Bytes(), &lead); err != nil {
			t.Fatal(err)
		}
		names = append(names, lead.Company)
	}
	if len(names) < rounds {
		t.Fatalf("%s has %d leads, fewer than %d", *leads, len(names), rounds)
	}
	step := len(names) / rounds
	for i := range rounds {
		names[i] = names[i*step]
	}
	return names[:rounds]
}

// TestBigBook goes through each page of the console of a server with many accounts, and times what people wait for.
func TestBigBook(t *testing.T) {
	names := companies(t)
	s := &server{http: *at}
	w := &stopwatch{tab: open(t, s, "match", "light")}
	w.until("document.querySelector('#lead-company')")
	for _, page := range []struct{ name, until string }{
		{"match", `fresh("#lead-company")`},
		{"review", `fresh(".drop")`},
		{"accounts", `fresh("#search")`},
		{"policy", `fresh("#dial") && text("main").includes("Version ")`},
		{"now", `fresh(".cards data")`},
	} {
		w.add("open "+page.name, 5, w.run(func(int) string { return "(location.hash = 'none', location.hash = '" + page.name + "')" }), page.until)
		w.picture("big-" + page.name)
	}

	eval[bool](w.tab, "(location.hash = 'match', true)")
	w.until("document.querySelector('#lead-company')")
	w.add("Match: a company typed, until it is decided", rounds, w.run(func(i int) string { return fill("#lead-company", names[i]) }), `fresh(".answer .badge") && text(".answer").includes("normalizer")`)
	w.picture("big-match-decided")

	eval[bool](w.tab, "(location.hash = 'accounts', true)")
	w.until("document.querySelector('#search')")
	w.add("Accounts: a name searched for, until accounts are listed", rounds, w.run(func(i int) string { return fill("#search", names[i]) }), `fresh("[role=status] > ul") || fresh("[role=status] > .note")`)
	w.picture("big-accounts-found")
	w.add("Accounts: one looked at", 10, w.run(func(int) string { return click(".hits button") }), `fresh("h2[tabindex]")`)
	w.picture("big-accounts-one")
	w.add("Accounts: health of 5,000, and of those that leads wait for", whole, w.run(func(int) string { return press("Look") }), `fresh(".finding")`)
	eval[bool](w.tab, `([...document.querySelectorAll(".finding")].slice(0, 1).forEach(f => { f.open = true; }), document.querySelector(".finding")?.scrollIntoView(), true)`)
	w.picture("big-accounts-health")

	eval[bool](w.tab, "(location.hash = 'review', true)")
	w.until("document.querySelector('.drop')")
	w.add("Review: a file of leads, until the first is shown", whole, func(i int) {
		if i > 0 {
			eval[bool](w.tab, "("+press("Other leads")+", true)")
		}
		w.drop(*leads)
	}, `fresh(".queue") && fresh(".subject .candidates")`)
	w.picture("big-review")
	eval[bool](w.tab, "("+press("Other leads")+", true)")
	w.until("[...document.querySelectorAll('button')].find(b => b.textContent === 'From the decision log')")
	w.add("Review: the decision log, until the first is shown", whole, w.run(func(i int) string {
		if i > 0 {
			return press("Other leads") + ", " + press("From the decision log")
		}
		return press("From the decision log")
	}), `fresh(".queue") && fresh(".subject .candidates")`)
	eval[bool](w.tab, "("+fill("#in-you-are", "a test")+", document.activeElement.blur(), true)")
	w.add("Review: one chosen, until the next is shown", whole, w.run(func(int) string { return unsaid + key("1") }), `text("main > [role=status]").includes("“") && fresh(".subject .candidates")`)
	w.picture("big-review-log")
	w.add("Review: one chosen, until all others are decided anew", whole, w.run(func(int) string { return unsaid + key("1") }), `text("main > [role=status]").includes("settled by it")`)
	w.add("Review: taken back, until all others are decided anew", 2*whole, w.run(func(int) string { return unsaid + key("u") }), `/Taken back.*settled by it/.test(text("main > [role=status]"))`)

	eval[bool](w.tab, "(location.hash = 'policy', true)")
	w.until("document.querySelector('main').textContent.includes('Version ')")
	w.drop(*leads)
	w.until("document.querySelector('.flips h3')")
	w.add("Policy: the dial turned, until it is said what would change", 5, w.run(func(i int) string {
		return fill("#dial-number", fmt.Sprint(20*(i+1)))
	}), `fresh(".flips h3")`)
	w.picture("big-policy-flips")
	w.quiet()
	if err := os.WriteFile(*timings, []byte(strings.Join(w.lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
