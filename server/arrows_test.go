package server

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/leadmatch/leadmatch/"

// arrows says what each part may know of the others, itself included; what is not listed may know nothing. Programs may
// use what their package may, and the package.
var arrows = []struct {
	part  string // a package, or all below it when it ends in /...
	knows []string
}{
	{"proto/...", []string{"proto", "proto/"}},
	{"matcher/...", []string{"matcher/", "matcher"}},
	{"server/backup", []string{"server/backup", "proto/leadmatch/store/v1"}},
	{"server/store", []string{"server/store", "server/backup", "proto/leadmatch/store/v1"}},
	{"server/engine", []string{"server/engine", "server/backup", "matcher", "matcher/", "proto/"}},
	{"server/access", []string{"server/access"}},
	{"server/replica/...", []string{"server/replica/", "server/replica", "server/backup", "server/store", "proto/leadmatch/store/v1"}},
	{"server/console", []string{"server/console"}},
	{"server/decisionlog", []string{"server/decisionlog", "proto/leadmatch/v1"}},
	{"server/metrics", []string{"server/metrics", "matcher", "matcher/"}},
	{"server/gateway", []string{"server/gateway", "proto/leadmatch/v1"}},
	{"server", []string{"server", "server/access", "server/backup", "server/decisionlog", "server/engine", "server/gateway", "server/metrics", "server/replica", "server/replica/", "server/store", "matcher", "matcher/", "proto/"}},
	{"server/leadmatchd", []string{"server/leadmatchd", "server", "server/access", "server/backup", "server/console", "server/decisionlog", "server/engine", "server/gateway", "server/metrics", "server/replica", "server/replica/", "server/store", "matcher", "matcher/", "proto/"}},
	{"client/...", []string{"client", "client/", "proto/leadmatch/v1", "proto/policyfile"}},
}

// TestArrows holds the direction in which packages know each other: the engine knows no wire, no disk and no log; only
// the store knows Badger; the client does not know the engine.
func TestArrows(t *testing.T) {
	for _, a := range arrows {
		for _, dep := range list(t, append([]string{"-deps", "-f", "{{.ImportPath}}"}, "./../"+a.part)...) {
			if own, ok := strings.CutPrefix(dep, module); ok && !allowed(own, a.knows) {
				t.Errorf("%s depends on %s", a.part, own)
			}
		}
	}
}

func allowed(part string, knows []string) bool {
	for _, k := range knows {
		if part == k || strings.HasSuffix(k, "/") && strings.HasPrefix(part, k) {
			return true
		}
	}
	return false
}

// TestEngineKnowsNoOutsideWorld looks at what the engine is made of beside itself.
func TestEngineKnowsNoOutsideWorld(t *testing.T) {
	banned := []string{"os", "net", "net/http", "log", "log/slog", "flag", "os/exec", "database/sql"}
	for _, line := range list(t, "-f", "{{.Name}} {{.ImportPath}} {{join .Imports \" \"}}", "./../matcher/...") {
		name, line, _ := strings.Cut(line, " ")
		if name == "main" {
			continue // makes the engine's tables, and is no part of it
		}
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			for _, b := range banned {
				if imported == b {
					t.Errorf("%s imports %s", fields[0], imported)
				}
			}
		}
	}
}

// TestForeignDependencies holds Badger to the store, and NATS to its log.
func TestForeignDependencies(t *testing.T) {
	owners := map[string]string{"github.com/dgraph-io/badger": "server/store", "github.com/nats-io": "server/replica/natslog"}
	users := map[string]int{}
	for _, line := range list(t, "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./../...") {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			for prefix, owner := range owners {
				if !strings.HasPrefix(imported, prefix) {
					continue
				}
				users[prefix]++
				if fields[0] != module+owner {
					t.Errorf("%s imports %s", fields[0], imported)
				}
			}
		}
	}
	for prefix := range owners {
		if users[prefix] == 0 {
			t.Errorf("nothing imports %s: the test looks at the wrong packages", prefix)
		}
	}
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
