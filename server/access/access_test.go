package access

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// granted returns a tokens file with one token of each scope, and the tokens by scope.
func granted(t *testing.T) (path string, tokens map[Scope]string) {
	t.Helper()
	path, tokens = filepath.Join(t.TempDir(), "tokens"), map[Scope]string{}
	for _, s := range scopeNames {
		token, err := Add(path, Grant{Name: "for-" + s.name, Scopes: s.scope})
		if err != nil {
			t.Fatal(err)
		}
		tokens[s.scope] = token
	}
	return path, tokens
}

func TestFind(t *testing.T) {
	path, tokens := granted(t)
	all, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := func(want error, authorization ...string) {
		t.Helper()
		if _, err := all.Find(authorization); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", authorization, err, want)
		}
	}
	for scope, token := range tokens {
		if c, err := all.Find([]string{"Bearer " + token}); err != nil || c.Scopes != scope || c.Name != "for-"+scope.String() {
			t.Errorf("%v: %+v, %v", scope, c, err)
		}
		f(nil, "bearer "+token)
		f(ErrBadToken, "Bearer "+token[:len(token)-1])
		f(ErrBadToken, "Bearer "+token+"A")
		f(ErrBadToken, "Bearer "+strings.ToLower(token))
		f(ErrBadToken, "Bearer  "+token)
		f(ErrNoToken, token)
		f(ErrNoToken, "Basic "+token)
		f(ErrNoToken, "Bearer "+token, "Bearer "+token)
		id, _, _ := split(token)
		f(ErrBadToken, "Bearer lm_"+id+"_")
		f(ErrBadToken, "Bearer lm_unknown_"+strings.Repeat("x", 1<<20))
	}
	f(ErrNoToken)
	f(ErrNoToken, "")
	f(ErrBadToken, "Bearer ")
	f(ErrBadToken, "Bearer lm_")
	f(ErrBadToken, "Bearer lm__")
}

// TestFileHoldsNoToken looks for the secret where it must not be.
func TestFileHoldsNoToken(t *testing.T) {
	path, tokens := granted(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if _, secret, ok := split(token); !ok || len(secret) < 26 || strings.Contains(string(text), secret) {
			t.Errorf("the token %q stands in the file, or is short", token)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestExpiry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	old, err := Add(path, Grant{Name: "old", Scopes: Match, Expires: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	young, err := Add(path, Grant{Name: "young", Scopes: Match, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all.Find([]string{"Bearer " + old}); !errors.Is(err, ErrExpired) {
		t.Errorf("%v", err)
	}
	if _, err := all.Find([]string{"Bearer " + young}); err != nil {
		t.Errorf("%v", err)
	}
}

// TestReload takes one token away and keeps another, which must go on as the same caller.
func TestReload(t *testing.T) {
	path, tokens := granted(t)
	all, err := Open(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	find := func(s Scope) *Caller {
		c, err := all.Find([]string{"Bearer " + tokens[s]})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	kept, removed := find(Match), find(Admin)
	if wait := kept.Take(10); wait != 0 {
		t.Fatalf("the first has to wait for %v", wait)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(path, []byte("# but one\n\n"+strings.Join(lines[:3], "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := all.Reload(); err != nil {
		t.Fatal(err)
	}
	if find(Match) != kept || kept.Take(1) == 0 {
		t.Error("what a caller has used is forgotten")
	}
	if _, err := all.Find([]string{"Bearer " + tokens[Admin]}); !errors.Is(err, ErrBadToken) || removed.Check() == nil {
		t.Errorf("a token that was taken away: %v, %v", err, removed.Check())
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := all.Reload(); err == nil || find(Match) != kept {
		t.Errorf("a broken file: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	f := func(says, text string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "tokens")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, 0); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), hash) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	f("line 2: expected 6 words", "# tokens\nid "+hash+" name match never\n")
	f("line 1: the hash", "id "+hash[2:]+" name match never -")
	f("line 1: the hash", "id "+hash+"ab name match never -")
	f("line 1: the hash", "id x"+hash[1:]+" name match never -")
	f(`no scope "root"`, "id "+hash+" name match,root never -")
	f(`no scope ""`, "id "+hash+" name , never -")
	f("2030-01-31T00:00:00Z", "id "+hash+" name match tomorrow -")
	f("the rate must be", "id "+hash+" name match never 0")
	f("the rate must be", "id "+hash+" name match never 1000001")
	f("line 2: the id is", strings.Repeat("id "+hash+" name match never -\n", 2))
	f("at most", strings.Repeat("#", maxFileBytes+1))
	path, _ := granted(t)
	if err := os.Chmod(path, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, 0); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a file that others may change: %v", err)
	}
	if _, err := Open(t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nothing"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestBadGrants(t *testing.T) {
	f := func(g Grant) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "tokens")
		if _, err := Add(path, g); err == nil {
			t.Errorf("%+v: no error", g)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%+v: a file was made", g)
		}
	}
	f(Grant{Scopes: Match})
	f(Grant{Name: "two words", Scopes: Match})
	f(Grant{Name: "line\nbreak", Scopes: Match})
	f(Grant{Name: strings.Repeat("x", 65), Scopes: Match})
	f(Grant{Name: "x"})
	f(Grant{Name: "x", Scopes: 1 << 7})
	f(Grant{Name: "x", Scopes: Match, Rate: -1})
}

// TestRate counts what gets through in a minute, by a clock of its own.
func TestRate(t *testing.T) {
	f := func(batch, want int) {
		t.Helper()
		r := rate{each: time.Second / 100}
		now, through := time.Unix(1_000_000, 0), 0
		for end := now.Add(time.Minute); now.Before(end); {
			if wait := r.take(batch, now); wait == 0 {
				through += batch
			} else {
				now = now.Add(min(wait, time.Millisecond))
			}
		}
		if through < want-batch || through > want+batch {
			t.Errorf("batches of %d: %d, want %d", batch, through, want)
		}
	}
	f(1, 61*100) // the first second's worth was saved up
	f(7, 61*100)
	f(1000, 61*100)
	var any rate
	if wait := any.take(1<<40, time.Now()); wait != 0 {
		t.Errorf("no rate: %v", wait)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("id " + strings.Repeat("ab", 32) + " name match,write never 10")
	f.Add("id x y z 2030-01-31T00:00:00Z -")
	f.Fuzz(func(t *testing.T, line string) {
		if _, c, err := (&Tokens{}).parse(line); err == nil && (c.Scopes == 0 || c.Scopes&^All != 0 || c.Name == "") {
			t.Errorf("%q: %+v", line, c)
		}
	})
}
