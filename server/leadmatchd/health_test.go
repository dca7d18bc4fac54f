package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/server/testcert"
)

func TestHealth(t *testing.T) {
	f := func(well bool, says string, args ...string) {
		t.Helper()
		out, err := leadmatchd(append([]string{"health"}, args...)...).CombinedOutput()
		if (err == nil) != well || !strings.Contains(string(out), says) {
			t.Errorf("%v: %v, %s; want %q", args, err, out, says)
		}
	}
	plain := run(t, filepath.Join(t.TempDir(), "data"))
	_, port, _ := strings.Cut(plain.addr, ":")
	f(true, "SERVING", "--listen", plain.addr)
	f(true, "SERVING", "--listen", ":"+port)
	f(true, "SERVING", "--listen", "0.0.0.0:"+port)
	f(false, "connection refused", "--listen", "127.0.0.1:1")
	f(false, "not host:port", "--listen", "7411")

	ca := testcert.New(t)
	cert, key := ca.Issue(t, "leadmatchd.test")
	other, otherKey := ca.Issue(t, "other.test")
	secure := run(t, filepath.Join(t.TempDir(), "data"), "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca.File)
	f(true, "SERVING", "--listen", secure.addr, "--tls-cert", cert, "--tls-key", key)
	f(false, "another certificate", "--listen", secure.addr, "--tls-cert", other, "--tls-key", otherKey)
	f(false, "no such file", "--listen", secure.addr, "--tls-cert", cert+"?", "--tls-key", key)
	f(false, secure.addr, "--listen", secure.addr)
}
