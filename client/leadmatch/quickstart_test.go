package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestQuickStart runs the commands of leadmatch that client/QUICKSTART.md shows; the lines below one are parts of what it
// prints. What it shows of curl is run in server/leadmatchd, and of the console in server/console/browser.
func TestQuickStart(t *testing.T) {
	text, err := os.ReadFile("../QUICKSTART.md")
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	script, commands := "server\n", 0
	for _, block := range strings.Split(string(text), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		command, want, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(command, "$ curl ") {
			continue
		}
		args, ok := strings.CutPrefix(command, "$ leadmatch ")
		if !ok {
			t.Fatalf("%q is no command of leadmatch", command)
		}
		commands++
		script += "exits 0 " + strings.ReplaceAll(args, "client/testdata", data) + "\n"
		from := "stdout"
		if !strings.HasPrefix(args, "match ") {
			from = "stderr"
		}
		for line := range strings.Lines(want) {
			script += from + " '" + regexp.QuoteMeta(strings.TrimSpace(line)) + "'\n"
		}
	}
	if commands < 3 {
		t.Fatalf("%d commands were found", commands)
	}
	file := filepath.Join(t.TempDir(), "quickstart.txtar")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file}, Setup: setUpScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"server": startServer, "exits": wantExitCode},
	})
}
