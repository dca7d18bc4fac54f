// Package results keeps RESULTS.md, the file of measured figures: each tool writes a section of its own and leaves the
// others alone. A section says which machine, revision and command its figures come from. In other files it fills
// blocks.
package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Write puts a section into a Markdown file: in place of the section of that name, or at the end. The command is the
// one that made the figures. Concurrent writers of one file overwrite each other.
func Write(path, name, command, body string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(old) == 0 {
		old = []byte("# Results\n\nMeasured figures, each section with the command, the revision and the machine that made it.\n")
	}
	section := fmt.Sprintf("## %s\n\n%s\n\n%s\n", name, origin(command), strings.TrimSpace(body))
	return os.WriteFile(path, replace(old, name, section), 0o644)
}

// Report prints a section's body and, if path is not empty, writes the section as Write does.
func Report(w io.Writer, path, name, command, body string) error {
	if _, err := fmt.Fprintln(w, body); err != nil || path == "" {
		return err
	}
	return Write(path, name, command, body)
}

// replace returns the file with the section in place. A section starts at its heading and ends before the next one.
func replace(file []byte, name, section string) []byte {
	heading := []byte("## " + name + "\n")
	start := 0
	if !bytes.HasPrefix(file, heading) {
		at := bytes.Index(file, append([]byte("\n"), heading...))
		if at < 0 {
			file = bytes.TrimRight(file, "\n")
			if len(file) > 0 {
				file = append(file, "\n\n"...)
			}
			return append(file, section...)
		}
		start = at + 1
	}
	after := file[start+len(heading):]
	if next := bytes.Index(after, []byte("\n## ")); next >= 0 {
		section += string(after[next:])
	}
	return append(file[:start:start], section...)
}

// Block puts a text between the lines <!-- name --> and <!-- /name --> of a Markdown file, in place of what is there.
func Block(path, name, body string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	opening, closing := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	before, rest, opened := strings.Cut(string(file), opening)
	_, after, closed := strings.Cut(rest, closing)
	if !opened || !closed {
		return fmt.Errorf("%s has no lines %s and %s", path, strings.TrimSpace(opening), strings.TrimSpace(closing))
	}
	return os.WriteFile(path, []byte(before+opening+strings.TrimSpace(body)+"\n"+closing+after), 0o644)
}

// origin says where and when figures were made.
func origin(command string) string {
	return fmt.Sprintf("Made by `%s` at revision %s on %s: %s, %d cores, %s.", command, Revision(),
		time.Now().UTC().Format(time.DateOnly), Processor(), runtime.NumCPU(), runtime.Version())
}

// Revision returns the short hash of the commit that is checked out, with a "+" when files were changed since, or
// "unknown" where git cannot say.
func Revision() string {
	hash, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	revision := strings.TrimSpace(string(hash))
	if exec.Command("git", "diff", "--quiet", "HEAD", "--", "*.go", "*.mod").Run() != nil {
		revision += "+"
	}
	return revision
}

// Processor returns the processor's name where the system tells it (Linux), else its architecture.
func Processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
