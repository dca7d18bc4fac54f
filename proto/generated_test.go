// Package proto_test holds the generated code to the .proto files that it was made from.
package proto_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write down that the generated code is new")

// The sums of the .proto and .yaml files that the committed code was generated from, as sha256sum writes them.
const sums = "generated.sum"

// Generating takes buf, which takes minutes to build. So the committed code is not compared with newly generated code:
// generating writes down what it read, and this compares that with what is there.
func TestGeneratedCodeIsOfTheseFiles(t *testing.T) {
	got, files := sumProtos(t)
	if files == 0 {
		t.Fatal("no sources were found")
	}
	if *update {
		if err := os.WriteFile(sums, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the sources have changed since the code was generated: run make generate\nnow:\n%sgenerated from:\n%s", got, want)
	}
}

// sumProtos returns a line for each .proto file and each file that says what is made of them, in order of path, and how many there are.
func sumProtos(t *testing.T) (lines string, files int) {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || ext != ".proto" && ext != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), files
}
