package server

import (
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
)

// kind says which bound a method's calls count against.
type kind uint8

const (
	outside kind = iota + 1 // health, reflection: about the server, not about accounts
	live                    // somebody waits for the answer
	bulk                    // work through many leads or accounts
	writing
	kinds
)

var kindWords = [kinds]string{outside: "health and reflection", live: "live", bulk: "bulk", writing: "writing"}

// anybody may call a method with this rule, with or without a token.
const anybody access.Scope = 0

// rule is what is asked of the calls of a method.
type rule struct {
	kind   kind
	scopes access.Scope // one of which the caller must have
	stream bool
}

// rules are those of all methods. A method that is not listed is refused, whoever calls it.
var rules = map[string]rule{
	leadmatchv1.MatchService_Match_FullMethodName:       {live, access.Match, false},
	leadmatchv1.MatchService_BatchMatch_FullMethodName:  {bulk, access.Match, false},
	leadmatchv1.MatchService_StreamMatch_FullMethodName: {bulk, access.Match, true},
	leadmatchv1.MatchService_GetImpact_FullMethodName:   {bulk, access.Match, true},
	leadmatchv1.MatchService_Normalize_FullMethodName:   {live, access.Match, false},

	leadmatchv1.AccountService_GetAccount_FullMethodName:      {live, access.Write | access.Review, false},
	leadmatchv1.AccountService_ListAccounts_FullMethodName:    {live, access.Write | access.Review, false},
	leadmatchv1.AccountService_UpsertAccounts_FullMethodName:  {writing, access.Write, false},
	leadmatchv1.AccountService_ImportAccounts_FullMethodName:  {writing, access.Write, true},
	leadmatchv1.AccountService_DeleteAccounts_FullMethodName:  {writing, access.Write, false},
	leadmatchv1.AccountService_ReplaceAccounts_FullMethodName: {writing, access.Write, true},

	leadmatchv1.OverrideService_ListOverrides_FullMethodName:  {live, access.Review, false},
	leadmatchv1.OverrideService_SetOverride_FullMethodName:    {writing, access.Review, false},
	leadmatchv1.OverrideService_DeleteOverride_FullMethodName: {writing, access.Review, false},

	leadmatchv1.AdminService_GetStatus_FullMethodName:     {live, access.Write | access.Review | access.Admin, false},
	leadmatchv1.AdminService_GetPolicy_FullMethodName:     {live, access.Review | access.Admin, false},
	leadmatchv1.AdminService_SetPolicy_FullMethodName:     {writing, access.Admin, false},
	leadmatchv1.AdminService_ListPolicies_FullMethodName:  {live, access.Review | access.Admin, false},
	leadmatchv1.AdminService_ListDecisions_FullMethodName: {live, access.Review, false},
	leadmatchv1.AdminService_PreviewPolicy_FullMethodName: {bulk, access.Review | access.Admin, true},
	leadmatchv1.AdminService_Backup_FullMethodName:        {bulk, access.Admin, true},

	healthv1.Health_Check_FullMethodName:                                   {outside, anybody, false},
	healthv1.Health_List_FullMethodName:                                    {outside, anybody, false},
	healthv1.Health_Watch_FullMethodName:                                   {outside, anybody, true},
	reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName:      {outside, access.Admin, true},
	reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName: {outside, access.Admin, true},
}
