package bench_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = ".." // of the repository, from this folder
	module = "github.com/leadmatch/leadmatch/"
)

// A rule keeps imports out of some packages. Paths stand for what is below them too.
type rule struct {
	in      string   // packages that it is for, by path in the module; programs in there, which make tables, are let off
	except  []string // packages below in that may
	imports []string // what they may not import
	reason  string
}

var rules = []rule{
	{
		in:      "matcher",
		imports: []string{"os", "io/fs", "log", "flag", "net", "time", "google.golang.org", module + "proto", "github.com/dgraph-io"},
		reason:  "the engine knows no wire, disk, log, flag, environment or clock",
	},
	{
		in: "", except: []string{"matcher", "server", "bench"},
		imports: []string{module + "matcher"},
		reason:  "the engine's types stop at the server",
	},
	{
		in: "", except: []string{"server", "bench", "client/beam"}, // whose workers decide by server/engine
		imports: []string{module + "server", module + "server/store"},
		reason:  "nothing is built on the server",
	},
	{
		in: "", except: []string{"server/store"},
		imports: []string{"github.com/dgraph-io"},
		reason:  "the database is the store's alone",
	},
	{
		in: "", except: []string{"server"},
		imports: []string{module + "proto/leadmatch/store"},
		reason:  "what is on disk is the server's alone",
	},
	{
		in: "", except: []string{"bench"},
		imports: []string{module + "bench"},
		reason:  "figures are made from outside",
	},
}

// Who follows a request walks the folders in order: imports point to the engine and to the wire, and never back.
func TestImportsPointToTheEngine(t *testing.T) {
	packages := listPackages(t)
	for _, r := range rules {
		looked := 0
		for path, imports := range packages {
			if !below(path, module+r.in) || r.excepts(path) {
				continue
			}
			looked++
			for _, imported := range imports {
				if r.forbids(imported) && !below(imported, path) {
					t.Errorf("%s imports %s, but %s", path, imported, r.reason)
				}
			}
		}
		if looked == 0 {
			t.Errorf("no package was looked at for: %s", r.reason)
		}
	}
}

func (r *rule) excepts(path string) bool {
	for _, e := range r.except {
		if below(path, module+e) {
			return true
		}
	}
	return false
}

func (r *rule) forbids(imported string) bool {
	for _, path := range r.imports {
		if below(imported, path) {
			return true
		}
	}
	return false
}

// below says whether a package is at a path or below it.
func below(path, above string) bool {
	return path == above || strings.HasPrefix(path, strings.TrimSuffix(above, "/")+"/")
}

// listPackages returns what each package of the module imports, tests apart. It reads the files itself: what go list says
// would not make a cached test run again.
func listPackages(t *testing.T) map[string][]string {
	t.Helper()
	packages := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		path := module + filepath.ToSlash(dir)
		if parsed.Name.Name == "main" && below(path, module+"matcher") {
			return nil // a program that makes tables; nothing can import it
		}
		for _, imported := range parsed.Imports {
			packages[path] = append(packages[path], strings.Trim(imported.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}
