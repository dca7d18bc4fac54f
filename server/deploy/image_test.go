//go:build linux && image

package deploy_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/server/testcert"
)

// The tests in this file are those of "make package-check". They need Linux, and the right to make a user namespace.

// image is a folder with what the Dockerfile's last stage has in it, and nothing else.
type image struct {
	dir  string
	env  []string
	user int
}

// makeImage does what the Dockerfile says, without its engine.
func makeImage(t *testing.T) *image {
	t.Helper()
	file, built := readDockerfile(t), t.TempDir()
	img := &image{dir: t.TempDir()}
	for _, i := range file {
		switch {
		case i.name == "RUN" && strings.Contains(i.args, "/out"):
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(i.args, "/out", built))
			cmd.Dir, cmd.Env = root, append(os.Environ(), "VERSION=v0.0.0-image")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", i.args, err, out)
			}
		case i.name == "COPY" && i.stage == "" && strings.Contains(i.args, "/out/"):
			words := strings.Fields(i.args)
			from, to := strings.Replace(words[len(words)-2], "/out", built, 1), filepath.Join(img.dir, words[len(words)-1])
			if err := os.Rename(from, to); err != nil {
				t.Fatalf("COPY %s: %v", i.args, err)
			}
		case i.name == "ENV" && i.stage == "":
			img.env = append(img.env, strings.Fields(i.args)...)
		}
	}
	uid, _, _ := strings.Cut(last(t, file, "USER"), ":")
	img.user, _ = strconv.Atoi(uid)
	return img
}

// command is a command in the image, as its user: one that owns the image's files, and has no rights beyond.
func (img *image) command(env []string, words ...string) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = "/", append(img.env[:len(img.env):len(img.env)], env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:      img.dir,
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: img.user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: img.user, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	return cmd
}

// TestImage runs what is in the image as a container does: version, refusal without certificates, serving, health, the
// client, end.
func TestImage(t *testing.T) {
	img := makeImage(t)
	out, err := img.command(nil, "/leadmatchd", "--version").CombinedOutput()
	if string(out) != "v0.0.0-image\n" || err != nil {
		t.Fatalf("the version is %q (%v)", out, err)
	}
	out, err = img.command(nil, "/leadmatchd").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--tls-cert") {
		t.Errorf("without certificates: %v, %s", err, out)
	}
	env := img.secure(t)
	server := img.command(env, "/leadmatchd")
	var log strings.Builder
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Process.Kill()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, err = img.command(env, "/leadmatchd", "health").CombinedOutput()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			server.Process.Kill()
			t.Fatalf("it does not serve: %s\n%v %s", out, server.Wait(), log.String())
		}
	}
	if string(out) != "SERVING\n" {
		t.Errorf("its health is %q", out)
	}
	out, err = img.command(env, "/leadmatch", "match", "--company", "Acme").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "NO_MATCH") {
		t.Errorf("the client: %v, %s", err, out)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, log.String())
	}
	if out, err := img.command(env, "/leadmatchd", "health").CombinedOutput(); err == nil {
		t.Errorf("after its end, its health is %s", out)
	}
}

// secure puts certificates and a token into the image, and returns the environment that names them and free ports.
func (img *image) secure(t *testing.T) []string {
	t.Helper()
	ca := testcert.New(t)
	cert, key := ca.Issue(t, "leadmatchd.test")
	for from, to := range map[string]string{ca.File: "ca.pem", cert: "cert.pem", key: "key.pem"} {
		if err := os.WriteFile(filepath.Join(img.dir, to), []byte(read(t, from)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	token, err := img.command(nil, "/leadmatchd", "token", "/tokens", "--name", "test", "--scopes", "match").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, grpc, _ := net.SplitHostPort(freeAddr(t))
	_, http, _ := net.SplitHostPort(freeAddr(t))
	return []string{
		"LEADMATCHD_LISTEN=:" + grpc, "LEADMATCHD_HTTP_LISTEN=:" + http,
		"LEADMATCHD_TLS_CERT=/cert.pem", "LEADMATCHD_TLS_KEY=/key.pem", "LEADMATCHD_TOKENS=/tokens",
		"LEADMATCH_ADDR=127.0.0.1:" + grpc, "LEADMATCH_TLS_CA=/ca.pem", "LEADMATCH_TOKEN=" + strings.TrimSpace(string(token)),
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestUnitBySystemd lets systemd look at the unit, and say how exposed the service is: 10 is anything, 0 nothing.
func TestUnitBySystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("there is no systemd-analyze on this machine: NOT RUN")
	}
	unit := filepath.Join(t.TempDir(), "leadmatchd.service")
	text := strings.Replace(read(t, "systemd/leadmatchd.service"), "/usr/local/bin/leadmatchd", "/bin/true", 1)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
}
