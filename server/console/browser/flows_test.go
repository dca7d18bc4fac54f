package browser

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

type outcome struct {
	Decision   string
	Candidates []struct {
		AccountID string `json:"account_id"`
		Bits      float64
		Evidence  []struct{ Bits float64 }
	}
}

// TestMatch types a lead and compares what is shown with what the API says.
func TestMatch(t *testing.T) {
	s := sample(t)
	for _, scheme := range []string{"light", "dark"} {
		b := open(t, s, "match", scheme)
		b.enter("#lead-company", "seimens")
		b.says(".answer", "Siemens") // on the way
		b.enter("#lead-email", "petra.hartwenger@siemens.com")
		b.enter("#lead-country", "Germany")
		b.enter("#lead-city", "munich")
		b.until("document.querySelectorAll('.waterfall tbody tr').length > 0 && document.querySelector('.badge.matched')")
		b.says(".answer", "same city")
		lead := `{"lead": {"company": "seimens", "email": "petra.hartwenger@siemens.com", "address": {"country": "Germany", "city": "munich"}}, "options": {"limit": 8, "explain": true}}`
		want := call[struct{ Outcome outcome }](t, s, "POST", "/v1/match", lead).Outcome
		b.says(".answer", want.Candidates[0].AccountID)
		first := want.Candidates[0]
		rows := eval[[]string](b, "[...document.querySelector('.waterfall').querySelectorAll('td.number')].map(c => c.textContent.replace('−', '-'))")
		if len(rows) != len(first.Evidence)+1 {
			t.Fatalf("%d rows of evidence, want %d and their sum", len(rows), len(first.Evidence))
		}
		for i, row := range rows {
			bits := first.Bits
			if i < len(first.Evidence) {
				bits = first.Evidence[i].Bits
			}
			var shown float64
			if _, err := fmt.Sscan(row, &shown); err != nil || math.Abs(shown-bits) > 0.051 {
				t.Errorf("row %d shows %s, want %.2f", i, row, bits)
			}
		}
		for _, part := range []string{"siemens.com, siemens.de", "Why not the next one", "bits behind", "Nothing was cut short", "similar word", "normalizer"} {
			b.says(".answer", part)
		}
		b.picture("match-" + scheme)
		b.press("Clear")
		b.says(".answer", "Type a lead")
		b.quiet()
	}
}

// TestMatchShowsTheLastAnswer types faster than is answered; the answer in the end is of what stands there.
func TestMatchShowsTheLastAnswer(t *testing.T) {
	b := open(t, sample(t), "match", "light")
	eval[bool](b, `(() => {
		window.asked = [];
		const real = fetch;
		window.fetch = async (path, init) => { // the earlier a question, the later its answer
			const n = asked.push(init.body);
			const answer = await real(path, {...init, signal: undefined});
			await new Promise(r => setTimeout(r, 1500 - 400 * n));
			return answer;
		};
		return true;
	})()`)
	for i, company := range []string{"Samsung", "Google", "Netflix"} {
		eval[bool](b, fmt.Sprintf("(i => { i.value = %q; i.dispatchEvent(new Event('input', {bubbles: true})); return true; })(document.querySelector('#lead-company'))", company))
		b.until(fmt.Sprintf("asked.length > %d", i))
	}
	b.says(".answer", "Netflix")
	eval[bool](b, "(window.from = performance.now(), true)")
	b.until("performance.now() - from > 2000")
	if got := b.text(".answer"); !strings.Contains(got, "Netflix") || strings.Contains(got, "Samsung") {
		t.Errorf("in the end it says: %s", got)
	}
	b.quiet()
}

type override struct{ Action, Domain, Company, Author, Note string }

func overrides(t *testing.T, s *server) []override {
	t.Helper()
	return call[struct{ Overrides []override }](t, s, "GET", "/v1/overrides", "").Overrides
}

// TestReview goes through leads by keyboard, and looks at what is kept.
func TestReview(t *testing.T) {
	s := sample(t)
	b := open(t, s, "review", "light")
	b.drop(sampleLeads)
	b.says(".queue", "%")
	waiting := eval[int](b, "document.querySelector('progress').max")
	b.do(chromedp.KeyEvent("1"))
	b.says("[role=status]", "who you are") // nothing is kept without a name
	if got := overrides(t, s); len(got) != 0 {
		t.Fatalf("kept without an author: %v", got)
	}
	eval[bool](b, "(document.querySelector('#in-you-are').value = '', true)") // the protocol types the key that a person's would not
	b.enter("#in-you-are", "Ana")
	b.enter("#in-why", "asked the company")
	eval[bool](b, "(document.activeElement.blur(), true)")
	lead := func() string { return b.text(".queue [aria-current] span") }
	first := lead()
	b.do(chromedp.KeyEvent("j"))
	if lead() == first {
		t.Error("j does not go on")
	}
	b.do(chromedp.KeyEvent("k"))
	if lead() != first {
		t.Error("k does not go back")
	}
	b.do(chromedp.KeyEvent("1"))
	b.says("[role=status]", "settled by it")
	got := overrides(t, s)
	if len(got) != 1 || got[0].Author != "Ana" || got[0].Note != "asked the company" || got[0].Action != "OVERRIDE_ACTION_FORCE" {
		t.Fatalf("kept: %+v", got)
	}
	if lead() == first {
		t.Error("it does not go on to the next lead")
	}
	b.says(".subject", "Holds for all leads named “Porshe”.") // and not from web.de, which is anybody's
	b.picture("review-light")
	b.do(chromedp.KeyEvent("u"))
	b.says("[role=status]", "Taken back")
	if got := overrides(t, s); len(got) != 0 || lead() != first {
		t.Errorf("after undo, at %s: %v", lead(), got)
	}
	b.do(chromedp.KeyEvent("x"))
	b.until("!document.querySelector('[role=status]').textContent.includes('Taken back')")
	for _, o := range overrides(t, s) {
		if o.Action != "OVERRIDE_ACTION_FORBID" {
			t.Errorf("x keeps %+v", o)
		}
	}
	if n := len(overrides(t, s)); n == 0 {
		t.Error("x keeps nothing")
	}
	if settled := eval[int](b, "document.querySelector('progress').value"); settled < 1 || settled > waiting {
		t.Errorf("%d of %d settled", settled, waiting)
	}
	b.do(chromedp.KeyEvent("u"))
	b.says("[role=status]", "Taken back")
	if got := overrides(t, s); len(got) != 0 {
		t.Errorf("after undo: %v", got)
	}
	b.quiet()
}

// logging is a server with the sample's accounts that has written down what it decided of the sample's leads.
func logging(t *testing.T) *server {
	s := serve(t, "--decision-log", filepath.Join(t.TempDir(), "decisions.jsonl"), "--decision-log-leads", "whole")
	s.leadmatch(t, "accounts", "import", sampleAccounts)
	for range 2 {
		s.leadmatch(t, "bulk", sampleLeads, "-o", filepath.Join(t.TempDir(), "outcomes.jsonl"))
	}
	for end := time.Now().Add(patience); decisions(t, s) < 2*713 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
	}
	return s
}

// decisions is how many the log has.
func decisions(t *testing.T, s *server) (n int) {
	t.Helper()
	for page := ""; ; {
		answer := call[struct {
			Decisions []json.RawMessage
			Next      string `json:"next_page_token"`
		}](t, s, "GET", "/v1/decisions?page_size=1000&page_token="+page, "")
		n += len(answer.Decisions)
		if page = answer.Next; page == "" {
			return n
		}
	}
}

// TestReviewOfTheLog has the leads that wait in the decision log: each once, those that wait in the file that they are of. To
// look at them adds nothing to the log.
func TestReviewOfTheLog(t *testing.T) {
	s := logging(t)
	before := decisions(t, s)
	b := open(t, s, "review", "light")
	b.drop(sampleLeads)
	b.says(".queue", "%")
	texts := "[...new Set([...document.querySelectorAll('.queue span')].map(e => e.textContent))].length"
	waiting := eval[int](b, "document.querySelector('progress').max")
	b.press("Other leads")
	b.press("From the decision log")
	b.says(".queue", "%")
	logged := eval[int](b, "document.querySelector('progress').max")
	if logged == 0 || logged > waiting || logged < waiting*9/10 || eval[int](b, texts) < 10 {
		t.Errorf("%d leads of the log wait, %d of the file", logged, waiting)
	}
	b.enter("#in-you-are", "Ana")
	eval[bool](b, "(document.activeElement.blur(), true)")
	b.do(chromedp.KeyEvent("1"))
	b.says("[role=status]", "settled by it")
	if got := overrides(t, s); len(got) != 1 || got[0].Author != "Ana" {
		t.Errorf("kept: %+v", got)
	}
	b.press("Other leads")
	b.press("From the decision log") // as the leads are decided now
	b.until(fmt.Sprintf("document.querySelector('progress')?.max < %d", logged))
	if after := decisions(t, s); after != before {
		t.Errorf("the log had %d decisions, and has %d", before, after)
	}
	b.quiet()
	b = open(t, sample(t), "review", "light")
	b.press("From the decision log")
	b.says("#problem", "this server writes no decision log")
}

const crm = "Account ID,Account Name,Website,Billing Street,Billing City,Billing State/Province,Billing Zip/Postal Code,Billing Country,Phone,Account Owner,Type\r\n" +
	`001A,"Acme ""Rocket"" Works, Inc",https://acmerockets.com,"1 Main` + "\n" + `Street",Austin,TX,73301,USA,+1 512 555 0100,jo,Customer` + "\r\n" +
	"001B,Beta Bridges GmbH,beta.de,,Köln,,50667,Germany,,,\r\n"

// TestImport brings the same files in by the console and by the command line: the accounts must be the same.
func TestImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.csv")
	if err := os.WriteFile(file, []byte(crm), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{file, sampleAccounts} {
		byPage, byLine := serve(t), serve(t)
		byLine.leadmatch(t, "accounts", "import", file)
		b := open(t, byPage, "accounts", "light")
		b.drop(file)
		b.press("Store ")
		b.says("main", "Stored: ")
		type list struct{ Accounts []json.RawMessage }
		got := call[list](t, byPage, "GET", "/v1/accounts?page_size=1000", "").Accounts
		want := call[list](t, byLine, "GET", "/v1/accounts?page_size=1000", "").Accounts
		if len(got) != len(want) || len(got) == 0 {
			t.Fatalf("%s: %d accounts, want %d", file, len(got), len(want))
		}
		for i := range got {
			if string(got[i]) != string(want[i]) {
				t.Errorf("%s:\n%s\nwant\n%s", file, got[i], want[i])
			}
		}
		b.quiet()
	}
}

// TestAccounts looks for an account, at it, and at the health of the data.
func TestAccounts(t *testing.T) {
	b := open(t, sample(t), "accounts", "dark")
	b.enter("#search", "siemens")
	b.press("Siemens AG")
	b.says("main", "business, registered as siemens.com")
	b.says("main", "ag (legal)")
	b.press("Look")
	b.says("main", "accounts looked at: all there are")
	b.says("main", "Ranked by how many accounts are involved; not by leads, as this server writes no decision log")
	b.says(".finding", "on several accounts")                                         // which are the most
	if logged := b.errors(); len(logged) > 1 || !strings.Contains(logged[0], "400") { // the browser's word on there being no log
		t.Errorf("the page logs: %q", logged)
	}
}

// TestHealthByLeads ranks what is wrong by the leads that it hurts.
func TestHealthByLeads(t *testing.T) {
	b := open(t, logging(t), "accounts", "dark")
	b.press("Look")
	b.says("main", "Ranked by leads: of the newest ")
	b.says("main", "546 accounts looked at: all there are")
	leads := eval[[]int](b, "[...document.querySelectorAll('.finding .hurt')].map(e => parseInt(e.textContent))")
	if len(leads) < 2 || leads[0] == 0 || !slices.IsSortedFunc(leads, func(a, b int) int { return b - a }) {
		t.Errorf("leads by finding: %v", leads)
	}
	eval[bool](b, "(document.querySelector('.finding').open = true)")
	rows := eval[[]int](b, "[...document.querySelectorAll('.finding[open] td.number')].map(e => +e.textContent)")
	if len(rows) == 0 || rows[0] == 0 || rows[0] > leads[0] || !slices.IsSortedFunc(rows, func(a, b int) int { return b - a }) {
		t.Errorf("leads by account: %v", rows)
	}
	b.picture("accounts-dark")
	b.quiet()
}

// TestPolicy measures labelled leads, which must come to what leadmatch eval says, and sets the dial.
func TestPolicy(t *testing.T) {
	s := sample(t)
	want := strings.Fields(strings.Split(s.leadmatch(t, "eval", sampleLeads), "\n")[1]) // slice n matchable assigned wrong recall …
	b := open(t, s, "policy", "light")
	b.drop(sampleLeads)
	b.until("document.querySelectorAll('.charts tbody tr').length >= 7 && document.querySelector('.charts tbody tr:last-child').textContent.includes('1,000')")
	row := eval[[]string](b, "[...[...document.querySelectorAll('.charts tbody tr')].find(r => r.textContent.includes('in force')).cells].map(c => c.textContent)")
	var assigned, right, found, leads, share, wrong, recall float64
	_, err := fmt.Sscanf(strings.Join([]string{row[2], row[3], row[5], want[1], want[3], want[4], want[5]}, " "), "%f %f %% %f %% %f %f %f %f", &assigned, &right, &found, &leads, &share, &wrong, &recall)
	if err != nil || math.Abs(assigned/leads-share) > 1e-3 || math.Abs(right/100-(1-wrong)) > 1e-3 || math.Abs(found/100-recall) > 1e-3 {
		t.Errorf("%q, and eval says %q: %v", row, want, err)
	}
	eval[bool](b, "(i => { i.value = 100; i.dispatchEvent(new Event('input')); return true; })(document.querySelector('#dial-number'))")
	b.says(".flips", "At 100, ")
	b.says(".flips", "Matched → Review")
	b.picture("policy-light")
	b.enter("#in-you-are", "Ana")
	b.enter("#in-why", "fewer <wrong> ones")
	b.press("Set this policy")
	b.says("[role=status]", "Version 1 is in force")
	b.says("main", "fewer <wrong> ones")
	type policy struct {
		Version   string
		Effective struct {
			Dial float64 `json:"right_per_wrong"`
		}
	}
	wantPolicy := func(version string, dial float64) {
		t.Helper()
		b.says("main", "Version "+version+": ")
		if p := call[policy](t, s, "GET", "/v1/policy", ""); p.Version != version || p.Effective.Dial != dial {
			t.Errorf("in force: %+v, want version %s, dial %g", p, version, dial)
		}
	}
	wantPolicy("1", 100)
	eval[bool](b, "(i => { i.value = 20; i.dispatchEvent(new Event('input')); return true; })(document.querySelector('#dial-number'))")
	b.says(".flips", "At 20, ")
	b.press("Set this policy")
	wantPolicy("2", 20)
	b.press("Set again")
	wantPolicy("3", 100)
	b.says("main", "version 1 again")
	eval[bool](b, "([...document.querySelectorAll('h2')].find(e => e.textContent === 'History').scrollIntoView({block: 'end'}), scrollBy(0, 300), true)")
	b.picture("policy-history-light")
	type history struct {
		Policies []struct{ Version, Author, Note string }
	}
	all := call[history](t, s, "GET", "/v1/policies", "").Policies
	if len(all) != 3 || all[0].Note != "version 1 again" || all[2].Author != "Ana" || all[2].Note != "fewer <wrong> ones" {
		t.Errorf("history: %+v", all)
	}
	b.press("Set the built-in default")
	b.says("main", "Version 4")
	b.quiet()
}

// TestNow looks at the charts while leads are decided.
func TestNow(t *testing.T) {
	s := sample(t)
	b := open(t, s, "now", "dark")
	b.says(".cards", "546")
	for i := range 3 {
		b.until(fmt.Sprintf("(document.querySelector('.line.k0')?.getAttribute('points') ?? '').split(' ').length > %d", i))
		s.leadmatch(t, "bulk", sampleLeads, "-o", filepath.Join(t.TempDir(), "outcomes.jsonl"))
	}
	b.until("[...document.querySelectorAll('.chart')].find(c => c.textContent.includes('Leads a second')).querySelector('.legend b').textContent !== '0.0'")
	for _, chart := range []string{"A lead takes, in the engine", "A call takes, in the server"} {
		legend := fmt.Sprintf("([...document.querySelectorAll('.chart')].find(c => c.textContent.includes(%q))?.querySelector('.legend')?.textContent ?? '')", chart)
		b.until(`/median \d.*[µm]?s.*99 of 100 \d/.test(` + legend + ")")
	}
	b.picture("now-dark")
	b.quiet()
}
