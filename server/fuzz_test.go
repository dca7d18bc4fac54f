package server

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// fuzzedCalls are messages that are good, by the method that they are for.
var fuzzedCalls = []struct {
	method  string
	message proto.Message
}{
	{leadmatchv1.MatchService_Match_FullMethodName, &leadmatchv1.MatchRequest{
		Lead: acmeLead("x"), Options: &leadmatchv1.MatchOptions{Explain: true, Limit: 50},
	}},
	{leadmatchv1.MatchService_BatchMatch_FullMethodName, &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("x"), {}}}},
	{leadmatchv1.MatchService_Normalize_FullMethodName, &leadmatchv1.NormalizeRequest{
		Name: "Acme", Domain: "acme.com", Email: "a@b.de", Phone: "+1 415 392 0202", Address: &leadmatchv1.Address{Country: "US"},
	}},
	{leadmatchv1.AccountService_UpsertAccounts_FullMethodName, &leadmatchv1.UpsertAccountsRequest{Accounts: []*leadmatchv1.Account{acme()}}},
	{leadmatchv1.AccountService_GetAccount_FullMethodName, &leadmatchv1.GetAccountRequest{Id: "acme"}},
	{leadmatchv1.AccountService_ListAccounts_FullMethodName, &leadmatchv1.ListAccountsRequest{PageSize: 2, PageToken: pageToken(pageOfAccounts, "a")}},
	{leadmatchv1.AccountService_DeleteAccounts_FullMethodName, &leadmatchv1.DeleteAccountsRequest{Ids: []string{"x", "acme"}}},
	{leadmatchv1.OverrideService_SetOverride_FullMethodName, &leadmatchv1.SetOverrideRequest{
		Override: &leadmatchv1.Override{Action: force, AccountId: "acme", Domain: "acme.com"},
	}},
	{leadmatchv1.OverrideService_DeleteOverride_FullMethodName, &leadmatchv1.DeleteOverrideRequest{Id: "x"}},
	{leadmatchv1.OverrideService_ListOverrides_FullMethodName, &leadmatchv1.ListOverridesRequest{PageToken: pageToken(pageOfOverrides, "a")}},
	{leadmatchv1.AdminService_SetPolicy_FullMethodName, &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{
		RightPerWrong: 20, TieBreaks: []string{"label:a=b", "highest:open"}, Filters: []string{"label:a!=b"},
		SharedDomains: []string{"shared.com"}, Weights: map[string]float64{"name.exact": 3},
	}}},
}

// FuzzCalls sends any bytes to the methods with one answer. The server may refuse them, and must say why: it never
// answers that it has failed, nor too late.
func FuzzCalls(f *testing.F) {
	for i, c := range fuzzedCalls {
		message, err := proto.Marshal(c.message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), message)
	}
	r := start(f, Config{DataDir: f.TempDir(), MaxWait: time.Millisecond})
	r.upsert(f, acme())
	f.Fuzz(func(t *testing.T, which uint8, message []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var answer []byte
		method := fuzzedCalls[int(which)%len(fuzzedCalls)].method
		err := r.conn.Invoke(ctx, method, &message, &answer, grpc.ForceCodecV2(rawCodec{}))
		switch s := status.Convert(err); s.Code() {
		case codes.OK, codes.InvalidArgument, codes.NotFound, codes.Aborted, codes.FailedPrecondition:
		default:
			t.Errorf("%s: %v", method, err)
		}
	})
}
