package client_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// exampleClient is a client of a server in memory.
func exampleClient() (*client.Client, func()) {
	t := &exampleTB{}
	c, _ := start(t, nil)
	return c, t.end
}

// exampleTB lets examples use the tests' server.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTB) Helper()          {}
func (t *exampleTB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *exampleTB) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

func ExampleClient_Match() {
	c, stop := exampleClient() // in a program: client.Dial("127.0.0.1:7411", nil)
	defer stop()

	outcome, err := c.Match(context.Background(), &leadmatchv1.Lead{Company: "Acme GmbH", Email: "ann@acme.de"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	switch outcome.GetDecision() {
	case leadmatchv1.Decision_DECISION_MATCHED:
		fmt.Println("assign it to the", outcome.GetAccountId())
	case leadmatchv1.Decision_DECISION_REVIEW:
		fmt.Println("ask a person")
	case leadmatchv1.Decision_DECISION_NO_MATCH:
		fmt.Println("make a new account")
	}
	// Output: assign it to the account of Acme GmbH
}

func ExampleClient_MatchAll() {
	c, stop := exampleClient()
	defer stop()

	input := func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, company := range []string{"Acme", "bad", "Beta"} {
			if !yield(&leadmatchv1.Lead{Company: company}, nil) {
				return
			}
		}
	}
	for result, err := range c.MatchAll(context.Background(), input, nil) {
		switch {
		case err != nil:
			fmt.Println("ended:", err)
		case result.Err != nil:
			fmt.Println("refused:", result.Err)
		default:
			fmt.Println(result.Outcome.GetAccountId())
		}
	}
	// Output:
	// account of Acme
	// refused: company: expected a good one
	// account of Beta
}

func ExampleClient_Import() {
	c, stop := exampleClient()
	defer stop()

	result, err := c.Import(context.Background(), accounts(1234, nil), &client.ImportOptions{
		Refused: func(_ *leadmatchv1.Account, err *client.AccountError) { fmt.Println("refused:", err) },
	})
	fmt.Println(result.Created, "new,", result.Updated, "replaced,", err)
	// Output: 1234 new, 0 replaced, <nil>
}

// Several servers that hold the same: calls go round robin over those that serve.
func ExampleDial_replicas() {
	t := &exampleTB{}
	defer t.end()
	one, two := listen(t, newFake(nil)), listen(t, newFake(nil))

	c, err := client.Dial(one+","+two, &client.Options{Hedge: 50 * time.Millisecond}) // or dns:///leadmatchd.internal:7411
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.WaitReady(ctx); err != nil {
		fmt.Println("no server is serving:", err)
		return
	}
	outcome, err := c.Match(ctx, &leadmatchv1.Lead{Company: "Acme GmbH"}, nil)
	fmt.Println(outcome.GetAccountId(), err)
	// Output: account of Acme GmbH <nil>
}

// What a server refuses says which field of which account was wrong.
func ExampleProblems() {
	c, stop := exampleClient()
	defer stop()

	_, err := c.UpsertAccounts(context.Background(), []*leadmatchv1.Account{{Id: "a1", Name: "Acme GmbH"}, {Id: "a2", Name: "bad"}})
	for _, p := range client.Problems(err) {
		fmt.Println(p.Field, "–", p.Description)
	}
	fmt.Println(status.Code(err))
	// Output:
	// accounts[1].name – expected a good one
	// InvalidArgument
}

// A server that has too much to do says when to come again; the client does, as long as the call's deadline allows.
func ExampleRetryAfter() {
	t := &exampleTB{}
	defer t.end()
	c, _ := start(t, func() error { return overloaded(3 * time.Second) })

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := c.Match(ctx, &leadmatchv1.Lead{Company: "Acme GmbH"}, nil)
	if delay, ok := client.RetryAfter(err); ok {
		fmt.Println("again in", delay)
	}
	// Output: again in 3s
}
