package browser

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var steps = regexp.MustCompile("(?s)Open `http://127.0.0.1:7412(/[^`]+)`|drop `([^`]+)`|Press \\*\\*([^*]+)\\*\\*|type `([^`]+)` as (\\w+)|and `([^`]+)` as (\\w+)|“([^”]+)”")

// TestQuickStart does what client/QUICKSTART.md says about the console: it opens, drops, presses and types what stands there,
// and wants what stands in quotes.
func TestQuickStart(t *testing.T) {
	text, err := os.ReadFile("../../../client/QUICKSTART.md")
	if err != nil {
		t.Fatal(err)
	}
	_, console, ok := strings.Cut(string(text), "\n## In the console\n")
	found := steps.FindAllStringSubmatch(strings.Join(strings.Fields(console), " "), -1)
	if !ok || len(found) < 12 {
		t.Fatalf("it has %d steps: %q", len(found), found)
	}
	s := serve(t)
	b := open(t, s, "match", "light")
	for _, m := range found {
		switch {
		case m[1] != "":
			b.do(chromedp.Navigate("http://" + s.http + m[1]))
		case m[2] != "":
			b.until("document.querySelector('input[type=file]')")
			b.drop("../../../" + m[2])
		case m[3] != "":
			b.press(m[3])
		case m[4]+m[6] != "":
			label := m[5] + m[7]
			b.until(fmt.Sprintf("[...document.querySelectorAll('label')].find(l => l.textContent === %q)", label))
			eval[bool](b, fmt.Sprintf("([...document.querySelectorAll('label')].find(l => l.textContent === %q).control.focus(), true)", label))
			b.do(chromedp.KeyEvent(m[4] + m[6]))
		default:
			b.says("main", m[8])
		}
	}
	b.quiet()
}
