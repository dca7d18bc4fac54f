package server

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// numbered returns accounts with ids that are in order.
func numbered(n int) []*leadmatchv1.Account {
	out := make([]*leadmatchv1.Account, n)
	for i := range out {
		out[i] = &leadmatchv1.Account{Id: fmt.Sprintf("id-%05d", i), Name: fmt.Sprintf("Company %d Ltd", i)}
	}
	return out
}

func (r *running) accounts(t *testing.T) (ids []string) {
	t.Helper()
	for token := ""; ; {
		page, err := r.ListAccounts(t.Context(), &leadmatchv1.ListAccountsRequest{PageSize: 7, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.GetAccounts() {
			ids = append(ids, a.GetId())
		}
		if token = page.GetNextPageToken(); token == "" {
			return ids
		}
	}
}

func TestUpsertGetDelete(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	res, err := r.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: append(numbered(2), acme())})
	if err != nil || res.GetRevision() != 1 || res.GetCreated() != 3 || res.GetUpdated() != 0 {
		t.Fatalf("%v, %v", res, err)
	}
	res, err = r.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: numbered(3)})
	if err != nil || res.GetRevision() != 2 || res.GetCreated() != 1 || res.GetUpdated() != 2 {
		t.Fatalf("%v, %v", res, err)
	}
	got, err := r.GetAccount(t.Context(), &leadmatchv1.GetAccountRequest{Id: "acme"})
	if err != nil || !proto.Equal(got.GetAccount(), acme()) || got.GetRevision() != 1 || got.GetUpdateTime().GetSeconds() == 0 {
		t.Fatalf("%v, %v", got, err)
	}
	gone, err := r.DeleteAccounts(t.Context(), &leadmatchv1.DeleteAccountsRequest{Ids: []string{"acme", "nobody", "acme"}})
	if err != nil || gone.GetDeleted() != 1 || !slices.Equal(gone.GetMissingIds(), []string{"nobody"}) || gone.GetRevision() != 3 {
		t.Fatalf("%v, %v", gone, err)
	}
	_, err = r.GetAccount(t.Context(), &leadmatchv1.GetAccountRequest{Id: "acme"})
	details := wantCode(t, err, codes.NotFound).Details()
	if info, ok := details[0].(*errdetails.ResourceInfo); !ok || info.GetResourceType() != "account" || info.GetResourceName() != "acme" {
		t.Fatalf("%v", details)
	}
}

func TestAccountsAreListedInPages(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Config{DataDir: dir})
	r.upsert(t, numbered(50)...)
	ids := r.accounts(t)
	if len(ids) != 50 || !slices.IsSorted(ids) {
		t.Fatalf("%d accounts: %v", len(ids), ids)
	}
	_, err := r.ListAccounts(t.Context(), &leadmatchv1.ListAccountsRequest{PageToken: "bm9uZQ"})
	if violations(t, err)["page_token"] == "" {
		t.Fatalf("%v", err)
	}
	_, err = r.ListAccounts(t.Context(), &leadmatchv1.ListAccountsRequest{PageToken: pageToken(pageOfOverrides, "x")})
	if violations(t, err)["page_token"] == "" {
		t.Fatalf("%v", err)
	}
	_, err = r.ListAccounts(t.Context(), &leadmatchv1.ListAccountsRequest{PageSize: 1001})
	if violations(t, err)["page_size"] == "" {
		t.Fatalf("%v", err)
	}
}

func TestAPageEndsBeforeItOutgrowsAMessage(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	for i := range 4 {
		var big []*leadmatchv1.Account
		for _, a := range numbered(100 * (i + 1))[100*i:] {
			a.Aliases = slices.Repeat([]string{strings.Repeat("x", 500)}, 64)
			big = append(big, a)
		}
		r.upsert(t, big...)
	}
	seen := 0
	for token := ""; seen == 0 || token != ""; {
		page, err := r.ListAccounts(t.Context(), &leadmatchv1.ListAccountsRequest{PageSize: 1000, PageToken: token})
		if err != nil || proto.Size(page) > 4<<20 {
			t.Fatalf("%d bytes, %v", proto.Size(page), err)
		}
		seen, token = seen+len(page.GetAccounts()), page.GetNextPageToken()
	}
	if seen != 400 {
		t.Fatalf("%d accounts", seen)
	}
}

// TestBadAccountsAreRefused sends a good account with each bad one: neither is stored, and the error names the field.
func TestBadAccountsAreRefused(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	f := func(field, says string, change func(*leadmatchv1.Account)) {
		t.Helper()
		bad := &leadmatchv1.Account{Id: "bad"}
		change(bad)
		_, err := r.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: []*leadmatchv1.Account{acme(), bad}})
		if text := violations(t, err)[field]; !strings.Contains(text, says) {
			t.Errorf("%s: %q does not say %q (%v)", field, text, says, err)
		}
	}
	long := func(n int) string { return strings.Repeat("x", n+1) }
	f("accounts[1].id", "required", func(a *leadmatchv1.Account) { a.Id = "" })
	f("accounts[1].id", "at most 128 bytes; it has 129", func(a *leadmatchv1.Account) { a.Id = long(128) })
	f("accounts[1].id", "control characters", func(a *leadmatchv1.Account) { a.Id = "a\x00b" })
	f("accounts[1].id", "control characters", func(a *leadmatchv1.Account) { a.Id = "ü\u0085" })
	f("accounts[1].id", "accounts[0]", func(a *leadmatchv1.Account) { a.Id = "acme" })
	f("accounts[1].name", "512", func(a *leadmatchv1.Account) { a.Name = long(512) })
	f("accounts[1].aliases", "at most 64 entries; it has 65", func(a *leadmatchv1.Account) { a.Aliases = make([]string, 65) })
	f("accounts[1].aliases[2]", "512", func(a *leadmatchv1.Account) { a.Aliases = []string{"", "", long(512)} })
	f("accounts[1].domains[0]", "2048", func(a *leadmatchv1.Account) { a.Domains = []string{long(2048)} })
	f("accounts[1].phones[0]", "64", func(a *leadmatchv1.Account) { a.Phones = []string{long(64)} })
	f("accounts[1].addresses", "16", func(a *leadmatchv1.Account) { a.Addresses = make([]*leadmatchv1.Address, 17) })
	f("accounts[1].addresses[0].postal", "32", func(a *leadmatchv1.Account) {
		a.Addresses = []*leadmatchv1.Address{{Postal: long(32)}}
	})
	f("accounts[1].owner_id", "128", func(a *leadmatchv1.Account) { a.OwnerId = long(128) })
	f("accounts[1].labels[\"k\"]", "256", func(a *leadmatchv1.Account) { a.Labels = map[string]string{"k": long(256)} })
	f("accounts[1].labels", "keys", func(a *leadmatchv1.Account) { a.Labels = map[string]string{"": "v"} })
	f("accounts[1].numbers[\"k\"]", "NaN", func(a *leadmatchv1.Account) { a.Numbers = map[string]float64{"k": math.NaN()} })
	if ids := r.accounts(t); len(ids) != 0 {
		t.Fatalf("something of what was refused was stored: %v", ids)
	}
	for _, n := range []int{0, 1001} {
		_, err := r.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: numbered(n)})
		if text := violations(t, err)["accounts"]; !strings.Contains(text, fmt.Sprintf("1 to 1000 a request; there are %d", n)) {
			t.Fatalf("%v", err)
		}
	}
}

func TestImportStoresUpToTheFirstBadBatch(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	all := numbered(30)
	stream, err := r.ImportAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range [][]*leadmatchv1.Account{all[:10], all[5:20], append(all[20:29:29], &leadmatchv1.Account{})} {
		if err := stream.Send(&leadmatchv1.ImportAccountsRequest{Accounts: batch}); err != nil {
			break // the answer says why
		}
	}
	_, err = stream.CloseAndRecv()
	if violations(t, err)["accounts[9].id"] == "" {
		t.Fatalf("%v", err)
	}
	if ids := r.accounts(t); len(ids) != 20 {
		t.Fatalf("%d accounts: %v", len(ids), ids)
	}

	stream, err = r.ImportAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 30; i += 10 {
		if err := stream.Send(&leadmatchv1.ImportAccountsRequest{Accounts: all[i : i+10]}); err != nil {
			t.Fatal(err)
		}
	}
	res, err := stream.CloseAndRecv()
	if err != nil || res.GetCreated() != 10 || res.GetUpdated() != 20 || res.GetRevision() != 5 {
		t.Fatalf("%v, %v", res, err)
	}
}

// replace sends the batches as the whole new set.
func (r *running) replace(t *testing.T, batches ...[]*leadmatchv1.Account) (*leadmatchv1.ReplaceAccountsResponse, error) {
	t.Helper()
	stream, err := r.ReplaceAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: b}); err != nil {
			break // the answer says why
		}
	}
	return stream.CloseAndRecv()
}

func TestReplaceAccounts(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, append(numbered(10), acme())...)
	fresh := append(numbered(15)[5:], &leadmatchv1.Account{Id: "new", Name: "Brand New Things", Domains: []string{"brandnew.io"}})
	res, err := r.replace(t, fresh, fresh[:3])
	if err != nil || res.GetRevision() != 2 || res.GetAccounts() != 11 || res.GetDeleted() != 6 {
		t.Fatalf("%v, %v", res, err)
	}
	if o := r.match(t, &leadmatchv1.Lead{Email: "a@brandnew.io", Company: "Brand New Things"}); o.GetAccountId() != "new" ||
		o.GetVersions().GetRevision() != 2 {
		t.Fatalf("an account of the new set: %v", o)
	}
	if o := r.match(t, acmeLead("x")); o.GetDecision() != leadmatchv1.Decision_DECISION_NO_MATCH {
		t.Fatalf("an account of the old set: %v", o)
	}
	got, err := r.GetAccount(t.Context(), &leadmatchv1.GetAccountRequest{Id: "new"})
	if err != nil || got.GetRevision() != 2 || got.GetUpdateTime().GetSeconds() == 0 {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestReplaceThatBreaksChangesNothing(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	r.upsert(t, acme())
	_, err := r.replace(t, numbered(10), []*leadmatchv1.Account{{}})
	if violations(t, err)["accounts[0].id"] == "" {
		t.Fatalf("%v", err)
	}
	if _, err := r.replace(t); violations(t, err)["accounts"] == "" {
		t.Fatalf("a stream without a message: %v", err)
	}
	if ids := r.accounts(t); !slices.Equal(ids, []string{"acme"}) {
		t.Fatalf("%v", ids)
	}
	if o := r.match(t, acmeLead("x")); o.GetAccountId() != "acme" {
		t.Fatalf("%v", o)
	}
	if res, err := r.replace(t, nil); err != nil || res.GetDeleted() != 1 || res.GetAccounts() != 0 {
		t.Fatalf("a stream of no accounts: %v, %v", res, err)
	}
}
