package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var update = flag.Bool("update", false, "write server/OPTIONS.md anew")

// TestOptionsAreDocumented holds server/OPTIONS.md to the table of options.
func TestOptionsAreDocumented(t *testing.T) {
	var flags flags
	var b strings.Builder
	b.WriteString(optionsHead)
	seen := 0
	var table func(n *kong.Node)
	table = func(n *kong.Node) {
		for _, f := range n.Flags {
			if settable(f) {
				value := f.Default
				if f.Name == "data" {
					value = "~/.local/share/leadmatch"
				}
				fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", f.Name, envOf(f.Name), value, f.Help)
				seen++
			}
		}
		for _, child := range n.Children {
			if child.Name == "serve" {
				table(child)
			}
		}
	}
	table(kong.Must(&flags, vars()).Model.Node)
	if seen < 20 {
		t.Fatalf("%d options", seen)
	}
	const file = "../OPTIONS.md"
	if *update {
		check(t, os.WriteFile(file, []byte(b.String()), 0o644))
		return
	}
	got, err := os.ReadFile(file)
	check(t, err)
	if string(got) != b.String() {
		t.Error("server/OPTIONS.md does not fit the options: go test ./server/leadmatchd -run Documented -update")
	}
}

const optionsHead = `# Options of leadmatchd

Made from the options themselves (` + "`go test ./server/leadmatchd -run Documented -update`" + `).

An option is taken from the command line (` + "`--max-live 2048`" + `), else from the file that ` + "`--config`" + ` or LEADMATCHD_CONFIG names,
else from the environment, else it has its default. The file is YAML, one option a line:

    listen: :7411
    tls-cert: /etc/leadmatch/cert.pem
    tls-key: /etc/leadmatch/key.pem
    tokens: /etc/leadmatch/tokens
    max-call: 30s

` + "`leadmatchd check-config`" + ` says all that is wrong, with file, line and column, or what is given and where. Certificates, tokens
and the policy are read again when their files change and on SIGHUP; all else at start. Traces are set up by OpenTelemetry's
own variables (OPERATIONS.md).

| option | environment | default | what it does |
|---|---|---|---|
`

// TestSettings asks check-config about good and bad files, environments and command lines.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	ask := func(file string, env []string, args ...string) (string, error) {
		path := filepath.Join(dir, "c.yaml")
		check(t, os.WriteFile(path, []byte(file), 0o600))
		cmd := leadmatchd(append([]string{"check-config", "--config", path}, args...)...)
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		return strings.ReplaceAll(string(out), path, "c.yaml"), err
	}
	good := func(file string, env []string, args []string, want ...string) {
		t.Helper()
		out, err := ask(file, env, args...)
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		for _, w := range want {
			if !strings.Contains("\n"+out, "\n"+w+"\n") {
				t.Errorf("%q is not in\n%s", w, out)
			}
		}
	}
	bad := func(file string, env []string, want ...string) {
		t.Helper()
		out, err := ask(file, env)
		if cmd := fmt.Sprint(err); cmd != "exit status 2" {
			t.Errorf("%v: %s", err, out)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not in\n%s", w, out)
			}
		}
		for line := range strings.Lines(out) {
			if !strings.HasPrefix(line, "leadmatchd: ") {
				t.Errorf("not leadmatchd's: %q", line)
			}
		}
	}
	good("", nil, nil, "# all other options have their defaults; nothing is wrong")
	good("max-live: 2\nmax-bulk: 3\nslow-call: 1s", []string{"LEADMATCHD_MAX_BULK=4", "LEADMATCHD_MAX_WRITES=5"}, []string{"--max-live", "6"},
		"max-live: 6  # command line", "max-bulk: 3  # c.yaml:2:11", "max-writes: 5  # LEADMATCHD_MAX_WRITES", "slow-call: 1s  # c.yaml:3:12")
	bad("max-live: many\nmax-streams: -1\nnonsense: 1\ntokens: [a]\nmax-live: 3\nlog-level: loud\nlisten: 0.0.0.0:1\n"+
		"tls-client-ca: x\nhttp-listen: localhost:99999\npolicy: /no/policy",
		[]string{"LEADMATCHD_MAX_WRITES=x", "LEADMATCHD_MAX_BULK=0x"},
		"c.yaml:1:11: max-live", "c.yaml:3:11: there is no option \"nonsense\"", "c.yaml:4:9: tokens: expected one value",
		"c.yaml:5:1: max-live is given again", "c.yaml:6:12: log-level: must be one of", "LEADMATCHD_MAX_WRITES: max-writes",
		"LEADMATCHD_MAX_BULK: max-bulk", "max-streams is -1", "0.0.0.0:1", "--tls-client-ca needs", "99999", "/no/policy")
	bad("log: nats://me:s3cret@host:4222\nlog-cert: /no/cert\n", nil, "log must not say who", "log-cert and log-key need each other")
	bad("log: tls://host:4222\nlog-ca: /no/ca\n", nil, "/no/ca")
	bad("log: tls://host:4222\nlog-credentials: /no/credentials\n", nil, "/no/credentials")
	bad("- a", nil, "c.yaml:1:1: expected options")
	bad("a: b: c", nil, "c.yaml: mapping values")
	bad("max-live: 1\n---\nmax-live: 2", nil, "second document")
	bad("data: "+strings.Repeat("x", maxConfigBytes), nil, "at most")
}

// TestPolicyFile has a leadmatchd keep to a policy in a file, which changes.
func TestPolicyFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.json")
	put := func(text string) { check(t, os.WriteFile(file, []byte(text), 0o600)) }
	put(`{"name": "first", "right_per_wrong": 7}`)
	p := run(t, filepath.Join(dir, "data"), "--policy", file)
	admin := leadmatchv1.NewAdminServiceClient(p.conn)
	wait := func(name string, version uint64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			got, err := admin.GetPolicy(t.Context(), &leadmatchv1.GetPolicyRequest{})
			check(t, err)
			if got.GetPolicy().GetName() == name && got.GetVersion() == version {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v, want %q, version %d", got, name, version)
			}
		}
	}
	wait("first", 1)
	put("name: second # YAML, too")
	check(t, p.Process.Signal(syscall.SIGHUP))
	wait("second", 2)
	put(`{"name": "third", "right_per_wrong": -1}`)
	check(t, p.Process.Signal(syscall.SIGHUP))
	if _, err := admin.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{}); err == nil || !strings.Contains(err.Error(), "--policy") {
		t.Errorf("a policy is set beside the file's: %v", err)
	}
	wait("second", 2)
	put(`{"name": "fourth"}`) // is noticed without a signal
	wait("fourth", 3)
	check(t, p.Process.Signal(syscall.SIGTERM), p.Wait())
	p = run(t, filepath.Join(dir, "data"), "--policy", file)
	admin = leadmatchv1.NewAdminServiceClient(p.conn)
	wait("fourth", 3)
}
