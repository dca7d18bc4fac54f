package client

import (
	"strings"
	"testing"
)

func TestIsLocal(t *testing.T) {
	f := func(addr string, want bool) {
		t.Helper()
		if got := isLocal(addr); got != want {
			t.Errorf("%q: %v", addr, got)
		}
	}
	f("127.0.0.1:7411", true)
	f("localhost:7411", true)
	f("[::1]:7411", true)
	f("unix:///run/leadmatchd.sock", true)
	f("127.0.0.1:7411, 127.0.0.2:7411", true)
	f("127.0.0.1:7411,192.0.2.1:7411", false)
	f("localhost.example.com:7411", false)
	f("dns:///localhost:7411", false)
	f("example.com:7411", false)
	f("", false)
}

// TestTokenStaysOffPlainText dials where the token would go over a network unencrypted.
func TestTokenStaysOffPlainText(t *testing.T) {
	const token = "lm_abc_SECRET"
	f := func(addr, token string, tls bool, says string) {
		t.Helper()
		opts := &Options{Token: token}
		if tls {
			creds, err := TLS{}.Credentials()
			if err != nil {
				t.Fatal(err)
			}
			opts.Credentials = creds
		}
		c, err := Dial(addr, opts)
		if err == nil {
			c.Close()
		}
		if (err == nil) != (says == "") || err != nil && (!strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "SECRET")) {
			t.Errorf("%s: %v, want %q", addr, err, says)
		}
	}
	f("127.0.0.1:7411", token, false, "")
	f("example.com:7411", token, true, "")
	f("example.com:7411", token, false, "a token is not sent in plain text")
	f("127.0.0.1:7411,192.0.2.1:7411", token, false, "a token is not sent in plain text")
	f("127.0.0.1:7411", token+"\n", false, "the token has characters")
	f("127.0.0.1:7411", "Bearer "+token, false, "the token has characters")
}

func TestBadTLSFiles(t *testing.T) {
	f := func(c TLS, says string) {
		t.Helper()
		if _, err := c.Credentials(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", c, err, says)
		}
	}
	f(TLS{CA: "nothing.pem"}, "nothing.pem")
	f(TLS{CA: "secure_test.go"}, "there is no certificate")
	f(TLS{Cert: "nothing.pem"}, "nothing.pem")
	f(TLS{Key: "nothing.key"}, "nothing.key")
}
