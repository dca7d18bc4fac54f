package console

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path string, head ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

// files are the page's files and what is in them.
func files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := fs.Glob(page(), "*")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(page(), name) // there are no folders: they would be listed
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// TestHeaders looks at what guards every answer, also that there is nothing.
func TestHeaders(t *testing.T) {
	f := func(path string, code int) {
		t.Helper()
		w := get(t, path)
		if w.Code != code {
			t.Errorf("%s: %d, want %d", path, w.Code, code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	f("/", 200)
	f("/index.html", 301)
	f("/none", 404)
	f("/../console.go", 404)
	for name := range files(t) {
		if name != "index.html" {
			f("/"+name, 200)
		}
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "trusted-types 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %q", want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy lets in too much: %s", policy)
	}
}

// TestTypes holds the types that browsers insist on when nosniff is said.
func TestTypes(t *testing.T) {
	types := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	for name := range files(t) {
		at := "/" + strings.TrimSuffix(name, "index.html")
		want := types[path.Ext(name)]
		if got := get(t, at).Header().Get("Content-Type"); want == "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestNotModified(t *testing.T) {
	tag := get(t, "/").Header().Get("ETag")
	if w := get(t, "/console.js", "If-None-Match", tag); w.Code != http.StatusNotModified || len(tag) < 30 {
		t.Errorf("%d with %s", w.Code, tag)
	}
	if w := get(t, "/console.js", "If-None-Match", `"old"`); w.Code != http.StatusOK {
		t.Errorf("%d with an old tag", w.Code)
	}
}

var (
	references = regexp.MustCompile(`(?:href|src)="([^"#]+)"|from "\./([^"]+)"|import\("\./([^"]+)"\)`)
	forbidden  = regexp.MustCompile(`(?i)innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|https?://(?:[^w]|w[^w])|style="|\son[a-z]+="|<style|<script>`)
)

// TestFilesAreWhole follows each reference to a file that exists, and wants each file to be referred to.
func TestFilesAreWhole(t *testing.T) {
	all := files(t)
	used := map[string]bool{"index.html": true}
	for name, text := range all {
		for _, m := range references.FindAllStringSubmatch(text, -1) {
			to := m[1] + m[2] + m[3]
			if _, ok := all[to]; !ok {
				t.Errorf("%s refers to %s, which is not there", name, to)
			}
			used[to] = true
		}
	}
	for name := range all {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

// TestNothingMakesMarkup holds what the browser is told to refuse, and that nothing comes from elsewhere.
func TestNothingMakesMarkup(t *testing.T) {
	for name, text := range files(t) {
		for _, found := range forbidden.FindAllString(text, -1) {
			t.Errorf("%s has %q", name, found)
		}
	}
	for _, bad := range []string{`x.innerHTML = y`, `<p style="x">`, `<b onclick="x">`, `"https://cdn.example/x.js"`, `<script>`} {
		if !forbidden.MatchString(bad) {
			t.Errorf("%s is not found", bad)
		}
	}
}
