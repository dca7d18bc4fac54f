package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// example is a command of a manual, and what it prints.
type example struct{ command, want string }

// examplesOf returns the commands in the blocks of a manual that are marked "console".
func examplesOf(t *testing.T, file string) (out []example) {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	blocks := strings.Split(string(text), "```console\n")[1:]
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		for _, e := range strings.Split("\n"+b, "\n$ ")[1:] {
			lines := strings.SplitAfter(strings.TrimRight(e, "\n")+"\n", "\n")
			n := 1
			for n < len(lines) && strings.HasPrefix(lines[n], "    ") {
				n++ // the command goes on
			}
			out = append(out, example{strings.Join(lines[:n], ""), strings.Join(lines[n:], "")})
		}
	}
	return out
}

// fits says whether a text is as an example has it, where … is any text.
func fits(got, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", "(?s:.*)")
	return regexp.MustCompile("^" + pattern + "$").MatchString(strings.TrimSpace(got))
}

// TestHTTPManual runs what server/HTTP.md shows.
func TestHTTPManual(t *testing.T) { runExamples(t, examplesOf(t, "../HTTP.md"), 10) }

// TestQuickStart runs what client/QUICKSTART.md shows of curl.
func TestQuickStart(t *testing.T) {
	examples := slices.DeleteFunc(examplesOf(t, "../../client/QUICKSTART.md"), func(e example) bool {
		return !strings.HasPrefix(e.command, "curl ")
	})
	runExamples(t, examples, 3)
}

// runExamples runs commands, at least so many, against an empty server.
func runExamples(t *testing.T, examples []example, least int) {
	t.Helper()
	if len(examples) < least {
		t.Fatalf("%d examples were found", len(examples))
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl on this machine: NOT RUN")
	}
	dir := t.TempDir()
	p := run(t, filepath.Join(dir, "data"))
	check(t, os.Symlink(os.Args[0], filepath.Join(dir, "leadmatchd")))
	for _, e := range examples {
		command := strings.ReplaceAll(e.command, "curl ", "curl -sS --noproxy '*' ")
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(command, "127.0.0.1:7412", p.http))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LEADMATCHD_TEST_BE_MAIN=1", "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if got := strings.ReplaceAll(string(out), "\r", ""); err != nil || !fits(got, e.want) {
			t.Errorf("$ %s%s(%v)\nwant:\n%s", e.command, got, err, e.want)
		}
	}
}
