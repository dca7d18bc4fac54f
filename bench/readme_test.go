package bench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/sample"
)

var (
	link    = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	reading = regexp.MustCompile("(?m)^[0-9]+\\. `(\\w+)` in \\[([^]]+)\\]")
	target  = regexp.MustCompile("`?make ([a-z-]+)")
)

// What the README points to has to be there: files, functions in "Reading the source", targets of make.
func TestREADMEPointsToWhatIsThere(t *testing.T) {
	readme := read(t, "README.md")
	links := link.FindAllStringSubmatch(readme, -1)
	for _, m := range links {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
	functions := reading.FindAllStringSubmatch(readme, -1)
	for _, m := range functions {
		source := read(t, m[2])
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + m[1] + `\(`).MatchString(source) {
			t.Errorf("%s has no function %s", m[2], m[1])
		}
	}
	makefile := read(t, "Makefile")
	targets := target.FindAllStringSubmatch(readme, -1)
	for _, m := range targets {
		if !strings.Contains(makefile, "\n"+m[1]+": ") {
			t.Errorf("make has no target %s", m[1])
		}
	}
	accounts, err := sample.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	leads, err := sample.Leads()
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprintf("match %d leads to %d accounts", len(leads), len(accounts)); !strings.Contains(readme, said) {
		t.Errorf("the README does not say %q, which is what the demo does", said)
	}
	for _, block := range []struct{ name, begins string }{{"demo", "```\nMATCHED"}, {"quality", "| set |"}} {
		_, text, _ := strings.Cut(readme, "<!-- "+block.name+" -->\n")
		if !strings.HasPrefix(text, block.begins) || !strings.Contains(text, "<!-- /"+block.name+" -->\n") {
			t.Errorf("the README does not show what make results writes between <!-- %s --> and <!-- /%[1]s -->", block.name)
		}
	}
	if len(links) < 5 || len(functions) != 6 || len(targets) < 5 {
		t.Errorf("the README was not understood: %d links, %d functions, %d targets", len(links), len(functions), len(targets))
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
