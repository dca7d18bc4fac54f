package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
)

func (r *running) setPolicy(t *testing.T, req *leadmatchv1.SetPolicyRequest) {
	t.Helper()
	if _, err := r.SetPolicy(t.Context(), req); err != nil {
		t.Fatal(err)
	}
}

// policies lists all policies, a page at a time.
func (r *running) policies(t *testing.T, size int32) (all []*leadmatchv1.PolicyVersion) {
	t.Helper()
	for token := ""; ; {
		res, err := r.ListPolicies(t.Context(), &leadmatchv1.ListPoliciesRequest{PageSize: size, PageToken: token})
		if err != nil || len(res.GetPolicies()) > int(size) {
			t.Fatal(res, err)
		}
		all = append(all, res.GetPolicies()...)
		if token = res.GetNextPageToken(); token == "" {
			return all
		}
	}
}

// TestListPolicies looks at who set what, before and after a restart, and in what is restored from a backup.
func TestListPolicies(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	if all := r.policies(t, 1); len(all) != 0 {
		t.Fatalf("none was set: %v", all)
	}
	for i := range 7 {
		r.setPolicy(t, &leadmatchv1.SetPolicyRequest{
			Policy: &leadmatchv1.Policy{Name: fmt.Sprint("p", i+1), RightPerWrong: float64(10 * (i + 1))}, Author: fmt.Sprint("jo", i+1), Note: "<why>",
		})
	}
	check := func() {
		t.Helper()
		for _, size := range []int32{1, 3, 7, 100} {
			all := r.policies(t, size)
			if len(all) != 7 {
				t.Fatalf("%d policies", len(all))
			}
			for i, p := range all {
				n := 7 - i
				if p.GetVersion() != uint64(n) || p.GetRevision() != uint64(n) || p.GetAuthor() != fmt.Sprint("jo", n) || p.GetNote() != "<why>" ||
					p.GetCreateTime().AsTime().Year() < 2020 || p.GetPolicy().GetRightPerWrong() != float64(10*n) {
					t.Fatalf("at %d: %v", i, p)
				}
			}
		}
	}
	check()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: dir})
	check()
	restored := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(restored, bytes.NewReader(r.backup(t)), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: restored})
	check()
}

func TestListPoliciesRefuses(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	f := func(req *leadmatchv1.ListPoliciesRequest, field string) {
		t.Helper()
		_, err := r.ListPolicies(t.Context(), req)
		if v := violations(t, err); v[field] == "" {
			t.Errorf("%v: %v", req, err)
		}
	}
	f(&leadmatchv1.ListPoliciesRequest{PageSize: -1}, "page_size")
	f(&leadmatchv1.ListPoliciesRequest{PageSize: maxPage + 1}, "page_size")
	f(&leadmatchv1.ListPoliciesRequest{PageToken: "x"}, "page_token")
	f(&leadmatchv1.ListPoliciesRequest{PageToken: pageToken(pageOfAccounts, "1")}, "page_token")
	f(&leadmatchv1.ListPoliciesRequest{PageToken: pageToken(pageOfPolicies, "x")}, "page_token")
	_, err := r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{Author: strings.Repeat("x", maxAuthor+1), Note: strings.Repeat("x", maxNote+1)})
	if v := violations(t, err); v["author"] == "" || v["note"] == "" {
		t.Error(err)
	}
}

// TestPolicyAuthor finds out who set a policy where they do not say so.
func TestPolicyAuthor(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tokens")
	token := grant(t, file, access.Grant{Name: "revops", Scopes: access.Admin})
	r := start(t, Config{DataDir: filepath.Join(dir, "data"), Tokens: file})
	ctx := with(t.Context(), token)
	for _, author := range []string{"", "Ana"} {
		if _, err := r.SetPolicy(ctx, &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{}, Author: author}); err != nil {
			t.Fatal(err)
		}
	}
	res, err := r.ListPolicies(ctx, &leadmatchv1.ListPoliciesRequest{})
	if err != nil || len(res.GetPolicies()) != 2 || res.GetPolicies()[0].GetAuthor() != "Ana" || res.GetPolicies()[1].GetAuthor() != "revops" {
		t.Fatal(res, err)
	}
	policy := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(policy, []byte(`{"right_per_wrong": 30}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r = start(t, Config{DataDir: t.TempDir(), Policy: policy})
	if all := r.policies(t, 9); len(all) != 1 || all[0].GetAuthor() != "leadmatchd --policy" {
		t.Fatal(all)
	}
	_, err = r.SetPolicy(t.Context(), &leadmatchv1.SetPolicyRequest{})
	wantCode(t, err, codes.FailedPrecondition)
}
