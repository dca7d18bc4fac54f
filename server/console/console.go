// Package console is the page that people look at leads, accounts and the policy with. It is plain HTML, CSS and
// JavaScript, embedded as it is written, and calls nothing but the HTTP and JSON API of the server that it comes from.
//
// What it shows is written by strangers: leads come from forms, account names from whoever typed them. So text only ever
// becomes text (the browser is told to refuse anything else, see policy), and nothing is loaded from elsewhere.
package console

import (
	"embed"
	"encoding/hex"
	"hash/fnv"
	"io/fs"
	"net/http"
)

//go:embed page
var embedded embed.FS

// policy lets the page load its own files and call its own server, and be framed by nobody. Scripts cannot make markup out
// of text: no policy for trusted types exists, and there are no inline scripts or styles.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Handler serves the page's files, its root being "/". Any number of goroutines may use it.
func Handler() http.Handler {
	files := page()
	serve := http.FileServerFS(files)
	tag := fingerprint(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache") // ask each time: files of two versions must not meet
		h.Set("ETag", tag)
		serve.ServeHTTP(w, r)
	})
}

func page() fs.FS {
	files, err := fs.Sub(embedded, "page")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// fingerprint is the ETag of all files together.
func fingerprint(files fs.FS) string {
	sum := fnv.New128a()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		sum.Write([]byte(path + "\x00"))
		sum.Write(text)
		return err
	})
	if err != nil {
		panic(err) // they are part of the program
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)) + `"`
}
