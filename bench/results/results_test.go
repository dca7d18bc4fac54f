package results

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	f := func(file, section, want string) {
		t.Helper()
		if got := string(replace([]byte(file), "B", section)); got != want {
			t.Errorf("%q with %q is %q, want %q", file, section, got, want)
		}
	}
	f("", "## B\n\nnew\n", "## B\n\nnew\n")
	f("# Top\n", "## B\n\nnew\n", "# Top\n\n## B\n\nnew\n")
	f("## B\n\nold\n", "## B\n\nnew\n", "## B\n\nnew\n")
	f("# Top\n\n## A\n\na\n\n## B\n\nold\n\n## C\n\nc\n", "## B\n\nnew\n", "# Top\n\n## A\n\na\n\n## B\n\nnew\n\n## C\n\nc\n")
	f("## BB\n\nb\n", "## B\n\nnew\n", "## BB\n\nb\n\n## B\n\nnew\n")
}

func TestWriteKeepsOtherSections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "RESULTS.md")
	for _, body := range []string{"first", "second"} {
		if err := Write(path, "Speed", "make bench", body); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, "Quality", "make quality", body); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, want int) {
		t.Helper()
		if got := strings.Count(string(text), what); got != want {
			t.Errorf("%q is there %d times, want %d:\n%s", what, got, want, text)
		}
	}
	f("## Speed\n", 1)
	f("## Quality\n", 1)
	f("first", 0)
	f("second\n", 2)
	f("Made by `make bench` at revision ", 1)
}

func TestBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	f := func(file, want string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		err := Block(path, "demo", "new\n")
		if want == "" && err == nil || want != "" && err != nil {
			t.Fatalf("%q: %v", file, err)
		}
		if want == "" {
			want = file
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q became %q, want %q; error %v", file, got, want, err)
		}
	}
	f("a\n<!-- demo -->\nold\n<!-- /demo -->\nb\n", "a\n<!-- demo -->\nnew\n<!-- /demo -->\nb\n")
	f("<!-- demo -->\n<!-- /demo -->\n", "<!-- demo -->\nnew\n<!-- /demo -->\n")
	f("a\n<!-- demo -->\nold\n", "")
	f("a\n", "")
}
