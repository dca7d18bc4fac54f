// Package secure holds the flags by which programs say how a server is recognized, and how it recognizes the caller.
package secure

import (
	"fmt"
	"os"
	"strings"

	"github.com/leadmatch/leadmatch/client"
)

// tokenVariable holds a token in the environment. There is no flag for it: other users of the machine can read those.
const tokenVariable = "LEADMATCH_TOKEN"

// Flags are those flags, to be embedded into others that kong parses.
type Flags struct {
	TLS           bool   `name:"tls" help:"Speak TLS, with a server whose certificate this machine trusts. Implied by the other flags of TLS." env:"LEADMATCH_TLS"`
	TLSCA         string `name:"tls-ca" help:"Trust servers by the certificates in this file instead." placeholder:"FILE" env:"LEADMATCH_TLS_CA"`
	TLSCert       string `name:"tls-cert" help:"Show this certificate." placeholder:"FILE" env:"LEADMATCH_TLS_CERT"`
	TLSKey        string `name:"tls-key" help:"The certificate's key." placeholder:"FILE" env:"LEADMATCH_TLS_KEY"`
	TLSServerName string `name:"tls-server-name" help:"Name in the server's certificate, when the address has another." placeholder:"NAME" env:"LEADMATCH_TLS_SERVER_NAME"`
	TokenFile     string `help:"File with the token to show; else it is taken from LEADMATCH_TOKEN." placeholder:"FILE" env:"LEADMATCH_TOKEN_FILE"`
}

// Fill puts what the flags and the environment say into the options. An error names the file that cannot be used.
func (f *Flags) Fill(opts *client.Options) (err error) {
	files := client.TLS{CA: f.TLSCA, Cert: f.TLSCert, Key: f.TLSKey, ServerName: f.TLSServerName}
	if f.TLS || files != (client.TLS{}) {
		if opts.Credentials, err = files.Credentials(); err != nil {
			return err
		}
	}
	opts.Token = os.Getenv(tokenVariable)
	if f.TokenFile != "" {
		text, err := os.ReadFile(f.TokenFile)
		if err != nil {
			return err
		}
		if opts.Token = strings.TrimSpace(string(text)); opts.Token == "" {
			return fmt.Errorf("%s: there is no token in it", f.TokenFile)
		}
	}
	return nil
}
