package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// markdown makes a table of what was timed.
func (c *config) markdown(timings string) (string, error) {
	text, err := os.ReadFile(timings)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	name := fmt.Sprintf("%d made-up accounts", c.accounts)
	if c.file != "" {
		name = filepath.Base(c.file)
	}
	fmt.Fprintf(&b, "The console of a server with %s, in a headless Chromium on the same machine: milliseconds from what a person does "+
		"until its outcome stands in the page. A field waits 120 to 150 ms for the next letter before it asks. The file has %d leads, and so has the decision log.\n\n", name, c.leads)
	b.WriteString("| what | times | median | worst |\n|---|--:|--:|--:|\n")
	for line := range strings.Lines(string(text)) {
		row, err := tableRow(strings.TrimSpace(line))
		if err != nil {
			return "", err
		}
		b.WriteString(row)
	}
	return b.String(), nil
}

// tableRow makes a row of a line: what it is and milliseconds, with tabs between.
func tableRow(line string) (string, error) {
	parts := strings.Split(line, "\t")
	if len(parts) < 2 {
		return "", fmt.Errorf("no times in %q", line)
	}
	var ms []float64
	for _, text := range parts[1:] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "", fmt.Errorf("in %q: %w", line, err)
		}
		ms = append(ms, v)
	}
	slices.Sort(ms)
	return fmt.Sprintf("| %s | %d | %.0f | %.0f |\n", parts[0], len(ms), ms[len(ms)/2], ms[len(ms)-1]), nil
}
