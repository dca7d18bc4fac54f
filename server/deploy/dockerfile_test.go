package deploy_test

import (
	"encoding/json"
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.." // of the repository

// An instruction of a Dockerfile.
type instruction struct{ stage, name, args string }

// readDockerfile returns the instructions, each with the name of its stage; that of the last stage is "".
func readDockerfile(t *testing.T) (out []instruction) {
	t.Helper()
	stage := ""
	for line := range strings.Lines(strings.ReplaceAll(read(t, "Dockerfile"), "\\\n", " ")) {
		name, args, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if name == "FROM" {
			_, stage, _ = strings.Cut(args, " AS ")
		}
		out = append(out, instruction{stage, name, strings.TrimSpace(args)})
	}
	return out
}

// last returns the arguments of an instruction that the image, which is the last stage, has just once.
func last(t *testing.T, file []instruction, name string) string {
	t.Helper()
	var found []string
	for _, i := range file {
		if i.stage == "" && i.name == name {
			found = append(found, i.args)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the image has %d of %s, want one: %q", len(found), name, found)
	}
	return found[0]
}

func TestDockerfile(t *testing.T) {
	file := readDockerfile(t)
	if from := last(t, file, "FROM"); from != "scratch" {
		t.Errorf("the image is made from %s, want scratch", from)
	}
	if user := last(t, file, "USER"); !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("the user is %s, want numbers that are not root's: nothing in the image knows names", user)
	}
	if got := command(t, last(t, file, "ENTRYPOINT")); len(got) != 1 || got[0] != "/leadmatchd" {
		t.Errorf("the entry point is %q", got)
	}
	_, check, _ := strings.Cut(last(t, file, "HEALTHCHECK"), "CMD ")
	if got := strings.Join(command(t, check), " "); got != "/leadmatchd health" {
		t.Errorf("the health check is %q", got)
	}
	copied := 0
	for _, i := range file {
		switch i.name {
		case "FROM":
			checkFrom(t, strings.Fields(i.args)[0])
		case "ADD":
			t.Errorf("ADD %s: COPY says what it does", i.args)
		case "COPY":
			copied += checkCopy(t, i)
		case "RUN":
			if strings.Contains(i.args, "make ") && !strings.Contains(read(t, root+"/Makefile"), "\nbuild: ") || i.stage == "" {
				t.Errorf("RUN %s cannot work", i.args)
			}
		}
	}
	if copied < 4 {
		t.Errorf("%d things are copied; the file was not understood", copied)
	}
}

func command(t *testing.T, list string) (words []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(list), &words); err != nil {
		t.Errorf("%s: %v; without a shell, a command is a list", list, err)
	}
	return words
}

var goImage = regexp.MustCompile(`^golang:(\d+\.\d+\.\d+)-\w+$`)

// Images have a version, and that of Go suffices for the module.
func checkFrom(t *testing.T, image string) {
	t.Helper()
	if image == "scratch" {
		return
	}
	found := goImage.FindStringSubmatch(image)
	module := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, root+"/go.mod"))
	if found == nil || version.Compare("go"+found[1], "go"+module[1]) < 0 {
		t.Errorf("FROM %s: want golang with a whole version, %s or newer", image, module[1])
	}
}

// What is copied from the repository is there; it returns how many things that are.
func checkCopy(t *testing.T, i instruction) (n int) {
	t.Helper()
	words := strings.Fields(i.args)
	fromStage := false
	for _, w := range words[:len(words)-1] {
		if strings.HasPrefix(w, "--") {
			fromStage = fromStage || strings.HasPrefix(w, "--from=")
			continue
		}
		n++
		if fromStage {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, w)); err != nil {
			t.Errorf("COPY %s: %v", i.args, err)
		}
	}
	return n
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
