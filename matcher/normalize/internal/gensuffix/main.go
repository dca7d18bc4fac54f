// Command gensuffix writes publicsuffix.txt, the public suffix list as golang.org/x/net holds it.
//
//	go run ./internal/gensuffix DIR
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/net/publicsuffix"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gensuffix DIR")
	}
	if err := writeSuffixes(filepath.Join(os.Args[1], "publicsuffix.txt")); err != nil {
		log.Fatal("gensuffix: ", err)
	}
}

const suffixHead = `# The public suffix list, as rules: first those that registries sell names under, then, after "private", those that
# companies let others have names under. A rule is an ending, an ending with a wildcard label, or an exception from that.
#
# Written by gensuffix from golang.org/x/net/publicsuffix; do not edit. The list is by publicsuffix.org, under the
# Mozilla Public License 2.0 (https://mozilla.org/MPL/2.0/):
# %s
`

// writeSuffixes writes the rules one a line. The package offers them only to its own tests, as an array of strings in a
// generated file, and that file is parsed here.
func writeSuffixes(path string) error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/net").Output()
	if err != nil {
		return fmt.Errorf("find golang.org/x/net: %w", err)
	}
	source := filepath.Join(string(bytes.TrimSpace(dir)), "publicsuffix", "table_test.go")
	rules, icann, err := readRules(source)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, suffixHead, publicsuffix.List.String())
	for i, rule := range rules {
		if i == icann {
			out.WriteString("private\n")
		}
		out.WriteString(rule + "\n")
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// readRules returns the array rules and the constant numICANNRules of a Go file.
func readRules(path string) (rules []string, icann int, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, 0, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		switch v := spec.Values[0].(type) {
		case *ast.BasicLit:
			if spec.Names[0].Name == "numICANNRules" {
				icann, err = strconv.Atoi(v.Value)
			}
		case *ast.CompositeLit:
			if spec.Names[0].Name == "rules" {
				rules, err = stringsOf(v)
			}
		}
		return err == nil
	})
	if err == nil && (icann == 0 || len(rules) <= icann) {
		err = fmt.Errorf("%s: %d rules, %d of them of registries: has its form changed?", path, len(rules), icann)
	}
	return rules, icann, err
}

func stringsOf(list *ast.CompositeLit) ([]string, error) {
	var out []string
	for _, e := range list.Elts {
		lit, ok := e.(*ast.BasicLit)
		if !ok {
			return nil, fmt.Errorf("an element of the list is no literal")
		}
		s, err := strconv.Unquote(lit.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
