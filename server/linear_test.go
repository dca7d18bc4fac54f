package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// What goes on at once in TestLinearizable. The checker's work grows fast with what happens to one account at a time.
const (
	linearCallers  = 6
	linearAccounts = 3
	linearCalls    = 120 // of each caller
)

// linearCall is one call about one account, which is known by a version in the place of its owner.
type linearCall struct {
	account int
	what    byte   // 'u': upsert; 'd': delete; 'm': match
	version string // that an upsert writes
}

// linearAnswer is the version that a match has seen, or whether a delete has found something.
type linearAnswer struct {
	version string
	deleted bool
}

// linearModel is one account as if there were one caller: a version, or "" when it is not there.
var linearModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, linearAccounts)
		for _, op := range history {
			i := op.Input.(linearCall).account
			parts[i] = append(parts[i], op)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		call, answer := input.(linearCall), output.(linearAnswer)
		switch call.what {
		case 'u':
			return true, call.version
		case 'd':
			return answer.deleted == (state != ""), ""
		}
		return answer.version == state, state
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
}

func linearAccount(i int) *leadmatchv1.Account {
	return &leadmatchv1.Account{
		Id: fmt.Sprint("linear-", i), Name: fmt.Sprintf("Linear%d Works Ltd", i), Domains: []string{fmt.Sprintf("linear%dworks.com", i)},
	}
}

// TestLinearizable lets callers write, delete and match the same few accounts at once. What they are answered must be
// what one caller could have been, who made the same calls one after the other, each at a moment between its begin and
// its end.
func TestLinearizable(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := start(t, Config{DataDir: t.TempDir()})
	var mu sync.Mutex // guards history
	var history []porcupine.Operation
	begin := time.Now()
	var all sync.WaitGroup
	for caller := range linearCallers {
		random := rand.New(rand.NewPCG(seed, uint64(caller)))
		all.Go(func() {
			for n := range linearCalls {
				call := linearCall{account: random.IntN(linearAccounts), what: "uumd"[random.IntN(4)], version: fmt.Sprint(caller, "-", n)}
				from := time.Since(begin)
				answer, err := r.linear(call)
				if err != nil {
					t.Errorf("%+v: %v", call, err)
					return
				}
				to := time.Since(begin)
				mu.Lock()
				history = append(history, porcupine.Operation{
					ClientId: caller, Input: call, Call: int64(from), Output: answer, Return: int64(to),
				})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(history) != linearCallers*linearCalls {
		t.Fatalf("%d calls", len(history))
	}
	wantLinearizable(t, history, porcupine.Ok)
	// The check must be able to fail: one match is made to have seen what was never written.
	for i, op := range history {
		if op.Input.(linearCall).what == 'm' {
			history[i].Output = linearAnswer{version: "never written"}
			break
		}
	}
	wantLinearizable(t, history, porcupine.Illegal)
}

func wantLinearizable(t *testing.T, history []porcupine.Operation, want porcupine.CheckResult) {
	t.Helper()
	if got := porcupine.CheckOperationsTimeout(linearModel, history, time.Minute); got != want {
		t.Fatalf("%d calls: %v, want %v", len(history), got, want)
	}
}

func (r *running) linear(call linearCall) (answer linearAnswer, err error) {
	ctx, a := context.Background(), linearAccount(call.account)
	switch call.what {
	case 'u':
		a.OwnerId = call.version
		_, err = r.UpsertAccounts(ctx, &leadmatchv1.UpsertAccountsRequest{Accounts: []*leadmatchv1.Account{a}})
	case 'd':
		var res *leadmatchv1.DeleteAccountsResponse
		res, err = r.DeleteAccounts(ctx, &leadmatchv1.DeleteAccountsRequest{Ids: []string{a.GetId()}})
		answer.deleted = res.GetDeleted() == 1
	case 'm':
		var res *leadmatchv1.MatchResponse
		res, err = r.Match(ctx, &leadmatchv1.MatchRequest{
			Lead: &leadmatchv1.Lead{Company: a.GetName(), Website: a.GetDomains()[0]}, Options: &leadmatchv1.MatchOptions{Limit: maxLimit},
		})
		for _, c := range res.GetOutcome().GetCandidates() {
			if c.GetAccountId() == a.GetId() {
				answer.version = c.GetOwnerId()
			}
		}
	}
	return answer, err
}
